"""Updates from the network: only the author's, only newer than what is here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from fedi.core.statuses.content import Content, admit, read_content
from fedi.core.statuses.edits import Revision, replace_mentions, write_revisions
from fedi.core.statuses.receive_notes import find_targets, pick_mentions, receive_notes
from fedi.core.statuses.receive_parts import refresh_parts
from fedi.core.statuses.types import ReceivedNote
from fedi.events import StatusEdited, StatusRefreshed
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

_LOCK = """
SELECT id, uri, account_id, local, visibility, content, spoiler_text, sensitive, language,
  attachments, emojis, tags, edited_at, created_at
FROM statuses WHERE uri = ANY($1::text[]) AND reblog_of_id IS NULL ORDER BY id + 0 FOR UPDATE
"""


async def receive_updates(unit: Unit, items: Sequence[ReceivedNote]) -> list[Outcome]:
    """Bring posts up to date; records StatusEdited.

    Of several Updates of one post the newest counts. A post that never came is created by its
    Update, if somebody here wants it: a Create that comes later changes nothing.
    """
    rows = await unit.fetch(_LOCK, sorted({item.note.id for item in items}))
    stored = {row["uri"]: row for row in rows}
    newest: dict[str, int] = {}
    for index, item in enumerate(items):
        known = newest.get(item.note.id)
        if known is None or _moment(item) >= _moment(items[known]):
            newest[item.note.id] = index
    outcomes: list[Outcome] = [Ignored("a newer one came with it")] * len(items)
    missing = [i for i in newest.values() if items[i].note.id not in stored]
    here = [i for i in newest.values() if items[i].note.id in stored]
    wanted = [i for i in missing if items[i].is_wanted]
    created = await receive_notes(unit, [items[i] for i in wanted])
    outcomes_of_new: Mapping[int, Outcome] = dict(zip(wanted, created, strict=True))
    for i in missing:
        outcomes[i] = outcomes_of_new.get(i, Ignored("not here"))
    changes: list[tuple[ReceivedNote, asyncpg.Record, Revision]] = []
    for i in here:
        outcome = _judge(items[i], stored[items[i].note.id], unit.now())
        if isinstance(outcome, Revision):
            changes.append((items[i], stored[items[i].note.id], outcome))
            outcomes[i] = Done()
        else:
            outcomes[i] = outcome
    await _apply(unit, changes)
    await _recount(unit, stored, outcomes, [(i, items[i]) for i in here])
    return outcomes


async def _recount(
    unit: Unit,
    stored: Mapping[str, asyncpg.Record],
    outcomes: list[Outcome],
    items: Sequence[tuple[int, ReceivedNote]],
) -> None:
    """Take over votes and policies, which change without a mark of an edit."""
    current = [
        (i, stored[item.note.id], item)
        for i, item in items
        if not isinstance(outcomes[i], Refused) and not _is_old(item, stored[item.note.id])
    ]
    counted = await refresh_parts(unit, [(row["id"], item) for _, row, item in current])
    for i, row, _ in current:
        if row["id"] in counted and not isinstance(outcomes[i], Done):
            outcomes[i] = Done()
            unit.record(StatusRefreshed(row["id"], row["account_id"], local=False))


def _is_old(item: ReceivedNote, row: asyncpg.Record) -> bool:
    updated = item.note.updated
    return updated is not None and row["edited_at"] is not None and updated < row["edited_at"]


def _moment(item: ReceivedNote) -> datetime:
    return item.note.updated or _LONG_AGO


def _judge(item: ReceivedNote, row: asyncpg.Record, now: datetime) -> Revision | Outcome:
    """The change that an Update makes, or why it makes none."""
    if row["account_id"] != item.account.id or row["local"]:
        return Refused("the object is not the actor's own")
    if item.account.is_gone:
        return Refused("the author is suspended or gone")
    updated = item.note.updated
    if row["edited_at"] is not None and (updated is None or updated <= row["edited_at"]):
        return Ignored("older than what is here")
    content = admit(read_content(item.note), item.account)
    if content == _content_of(row):
        return Ignored("nothing that shows has changed")
    if updated is not None:
        # An Update without a moment of its own (polls) changes the post without a mark.
        updated = max(min(updated, now), row["created_at"])
    return Revision(row["id"], content, edited_at=updated)


def _content_of(row: asyncpg.Record) -> Content:
    return Content(
        content=row["content"],
        spoiler_text=row["spoiler_text"],
        sensitive=row["sensitive"],
        language=row["language"],
        attachments=row["attachments"],
        emojis=row["emojis"],
        tags=row["tags"],
    )


async def _apply(
    unit: Unit, changes: Sequence[tuple[ReceivedNote, asyncpg.Record, Revision]]
) -> None:
    if not changes:
        return
    await write_revisions(unit, [revision for _, _, revision in changes])
    targets = await find_targets(unit, [item for item, _, _ in changes])
    for item, row, _ in changes:
        picked = pick_mentions(item, row["visibility"], targets)
        await replace_mentions(unit, row["id"], [i for i, silent in picked.items() if not silent])
    unit.record(*(StatusEdited(row["id"], row["account_id"], local=False) for _, row, _ in changes))
