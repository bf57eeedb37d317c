"""Members change what they wrote: words, media, poll, and who may quote it."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from fedi.config import Settings
from fedi.core.accounts.types import Account
from fedi.core.emojis.queries import find_used
from fedi.core.media import attach
from fedi.core.statuses.consent.own import set_rules
from fedi.core.statuses.content import Content
from fedi.core.statuses.edits import Revision, replace_mentions, write_revisions
from fedi.core.statuses.polls_write import change_poll, check_poll, is_poll_changed
from fedi.core.statuses.quoting import set_policy
from fedi.core.statuses.types import NewPoll, Prepared, StatusChanges
from fedi.core.statuses.wording import (
    CONTENT_TYPES,
    check_length,
    emoji_texts,
    render,
    stand_in,
)
from fedi.events import StatusEdited
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import Unit

_LOCK = """
SELECT text, spoiler_text, sensitive, language, attachments, emojis, content_type, poll_id
FROM statuses WHERE id = $1 AND account_id = $2 AND local AND reblog_of_id IS NULL FOR UPDATE
"""


async def edit(
    unit: Unit,
    settings: Settings,
    author: Account,
    status_id: int,
    changes: StatusChanges,
    prepared: Prepared,
) -> None:
    """Replace what a member's own post says; records StatusEdited if anything changed.

    Raises:
        NotFound: no such post of this author.
        Invalid: no text, too much of it, or media or a poll that cannot be.
    """
    row = await unit.row(_LOCK, status_id, author.id)
    if row is None:
        raise NotFound
    wanted = _read(settings, row, changes)
    attachments = await _change_media(unit, settings, author.id, status_id, row, changes)
    if changes.quote_policy is not None:
        await set_policy(unit, author.id, status_id, changes.quote_policy)
    if changes.interaction_policy is not None:
        await set_rules(unit, author, status_id, changes.interaction_policy)
    is_poll_new = await is_poll_changed(unit, row["poll_id"], wanted.poll)
    before = (row["text"], row["spoiler_text"], row["sensitive"], row["language"])
    is_same = (wanted.text, wanted.spoiler_text, wanted.sensitive, wanted.language) == before
    if (
        is_same
        and not is_poll_new
        and attachments == row["attachments"]
        and wanted.content_type == row["content_type"]
    ):
        return
    rendered = render(settings, wanted.text, prepared, wanted.content_type)
    content = Content(
        content=rendered.html,
        spoiler_text=wanted.spoiler_text,
        sensitive=wanted.sensitive,
        language=wanted.language,
        attachments=attachments,
        emojis=await find_used(unit, emoji_texts(wanted.text, wanted.spoiler_text, wanted.poll)),
        tags=rendered.tags,
    )
    await write_revisions(
        unit,
        [Revision(status_id, content, wanted.text, unit.now(), content_type=wanted.content_type)],
    )
    if row["poll_id"] or wanted.poll:
        poll_id = await change_poll(unit, row["poll_id"], status_id, author.id, wanted.poll)
        await unit.execute("UPDATE statuses SET poll_id = $2 WHERE id = $1", status_id, poll_id)
    await replace_mentions(unit, status_id, sorted(rendered.mentioned - {author.id}))
    unit.record(StatusEdited(status_id, author.id, local=True))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the post shall say, checked."""

    text: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    content_type: str
    poll: NewPoll | None


def _read(settings: Settings, row: asyncpg.Record, changes: StatusChanges) -> _Wanted:
    kept = len(row["attachments"]) if changes.media_ids is None else len(changes.media_ids)
    if kept and changes.poll is not None:
        raise Invalid("Cannot attach files to a post that has a poll")
    content_type = changes.content_type or row["content_type"]
    if content_type not in CONTENT_TYPES:
        raise Invalid("Validation failed: Content type is not included in the list")
    text = stand_in(changes.text, changes.spoiler_text, has_media=kept > 0)
    is_carrying = kept > 0 or changes.poll is not None
    check_length(settings, text, changes.spoiler_text, is_carrying=is_carrying)
    return _Wanted(
        text=scrub_text(text),
        spoiler_text=scrub_text(changes.spoiler_text),
        sensitive=changes.sensitive or bool(changes.spoiler_text),
        language=changes.language,
        content_type=content_type,
        poll=check_poll(changes.poll) if changes.poll else None,
    )


async def _change_media(
    unit: Unit,
    settings: Settings,
    account_id: int,
    status_id: int,
    row: asyncpg.Record,
    changes: StatusChanges,
) -> list[dict[str, Any]]:
    """The attachments as they shall be; what is described anew is described in them, too."""
    stored: list[dict[str, Any]] = row["attachments"]
    ids = [int(item["id"]) for item in stored]
    wanted = ids if changes.media_ids is None else list(changes.media_ids)
    details = [
        (change.id, change.description, change.focus)
        for change in changes.media_changes
        if change.id in wanted
    ]
    if wanted == ids and not details:
        return stored
    if dropped := [media_id for media_id in ids if media_id not in wanted]:
        await attach.drop(unit, status_id, dropped)
    if not wanted:
        return []
    most = settings.media.per_post
    taken = await attach.take(unit, account_id, wanted, status_id=status_id, most=most)
    if not details:
        return taken
    await attach.change(unit, account_id, status_id, details)
    # Read once more: the copies in the post are to say what is said there now.
    return await attach.take(unit, account_id, wanted, status_id=status_id, most=most)
