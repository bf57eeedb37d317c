"""Posts from the network: bulk, idempotent, in any order of arrival.

Their authority has been checked before: `item.account` is who wrote the note. A batch takes the
same handful of statements whether it is one post or two hundred.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core.statuses.consent.answering import Answer, hold_answers
from fedi.core.statuses.content import (
    Content,
    admit,
    as_json,
    clamp_published,
    is_storable,
    read_content,
)
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.origin_counts import Counts, counts_of, write_origin_counts
from fedi.core.statuses.policy import DIRECT, UNLISTED, received_visibility
from fedi.core.statuses.receive_parts import (
    Parts,
    Stored,
    adopt_quotes,
    insert_parts,
    number_parts,
    own_replies,
)
from fedi.core.statuses.threading import Parent, adopt, find_parents, make_news
from fedi.core.statuses.types import ReceivedNote
from fedi.events import StatusCreated
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.text import safe_url
from fedi.kit.unit import ReadUnit, Unit

# Enough for any conversation, and no use to somebody who wants to wake everybody.
MAX_MENTIONS = 100

KNOWN = Ignored("already here")


@dataclass(frozen=True, slots=True)
class Target:
    """A known account that a post names or addresses."""

    id: int
    local: bool
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """One post on its way into the table."""

    item: ReceivedNote
    content: Content
    visibility: int
    created_at: datetime
    edited_at: datetime | None
    parent: Parent | None
    parts: Parts


async def receive_notes(
    unit: Unit, items: Sequence[ReceivedNote], *, are_news: bool = True
) -> list[Outcome]:
    """Store what is new; records StatusCreated for each, and again for orphans that found a home.

    A post that is here already stays as it is (only Updates change posts), but becomes visible
    to a member to whom it was delivered personally. Of what is no news (`are_news`), posts of long
    ago that somebody went to fetch, nothing is recorded: nobody is told of them.
    """
    outcomes: list[Outcome | None] = [None] * len(items)
    here, graves = await _look(unit, [item.note.id for item in items])
    fresh: dict[str, int] = {}
    again: list[ReceivedNote] = []
    for index, item in enumerate(items):
        uri = item.note.id
        outcomes[index] = refusal = _refusal(item, graves)
        if refusal is not None:
            continue
        if uri in here or uri in fresh:
            outcomes[index] = KNOWN
            again.append(item)
        else:
            fresh[uri] = index
    drafts = await _draft(unit, [items[index] for index in fresh.values()])
    held = await hold_answers(unit, [Answer(draft.item, draft.parent) for draft in drafts])
    drafts = [draft for draft in drafts if draft.item.note.id not in held]
    stored = await _store(unit, drafts, are_news=are_news)
    for uri, index in fresh.items():
        outcomes[index] = Done() if uri in stored else held.get(uri, KNOWN)
        if uri not in stored and uri not in held:
            # Somebody else was storing it at this very moment.
            again.append(items[index])
    await _widen(unit, [item for item in again if item.recipient_ids])
    if again and are_news:
        await make_news(unit, [item.note.id for item in again])
    return [outcome or KNOWN for outcome in outcomes]


def _refusal(item: ReceivedNote, graves: Collection[tuple[str, str]]) -> Outcome | None:
    if item.account.is_gone:
        return Refused("the author is suspended or gone")
    if item.account.is_local:
        return Refused("a local author does not post through the network")
    if not is_storable(item.note.id):
        return Refused("the id is too long")
    if (item.note.id, item.account.uri) in graves:
        return Ignored("deleted before")
    return None


async def _look(read: ReadUnit, uris: Sequence[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """Which of these are here, and which (uri, actor) are known to be deleted."""
    rows = await read.fetch(
        "SELECT s.uri, NULL AS actor FROM statuses s WHERE s.uri = ANY($1::text[])"
        " UNION ALL SELECT t.uri, t.actor_uri FROM tombstones t WHERE t.uri = ANY($1::text[])",
        uris,
    )
    here = {row[0] for row in rows if row[1] is None}
    return here, {(row[0], row[1]) for row in rows if row[1] is not None}


async def _store(unit: Unit, drafts: Sequence[_Draft], *, are_news: bool) -> dict[str, int]:
    """Insert posts with all that belongs to them; the ids of those that were really new."""
    if not drafts:
        return {}
    stored = await _insert(unit, drafts)
    new = [draft for draft in drafts if draft.item.note.id in stored]
    if not new:
        return {}
    targets = await find_targets(unit, [draft.item for draft in new])
    await insert_mentions(
        unit,
        {
            stored[draft.item.note.id]: pick_mentions(draft.item, draft.visibility, targets)
            for draft in new
        },
    )
    placed = [(stored[draft.item.note.id], draft.item, draft.visibility) for draft in new]
    await place_in_groups(unit, placed, targets)
    tally, counts = Tally(), dict[int, Counts]()
    for draft in new:
        tally.status(draft.item.account.id, draft.visibility, 1, draft.created_at)
        tally.reply(draft.parent.id if draft.parent else None, draft.visibility)
        said = counts_of(draft.item.note)
        # Hardly any post has been liked when it comes; what nobody says costs nothing.
        if any(said):
            counts[stored[draft.item.note.id]] = said
    await insert_parts(
        unit, [Stored(stored[draft.item.note.id], draft.item, draft.parts) for draft in new], tally
    )
    adopted = await adopt(unit, sorted(stored), tally)
    await adopt_quotes(unit, sorted(stored), tally)
    await tally.write(unit)
    await write_origin_counts(unit, counts)
    mine = set(stored.values())
    unit.record(
        *(
            StatusCreated(stored[draft.item.note.id], draft.item.account.id, local=False)
            for draft in new
            if are_news
        ),
        *(
            StatusCreated(a.id, a.account_id, local=False)
            for a in adopted
            if not a.local and (are_news or a.id not in mine)
        ),
    )
    return stored


async def _draft(unit: Unit, items: Sequence[ReceivedNote]) -> list[_Draft]:
    if not items:
        return []
    items = sorted(items, key=lambda item: item.note.id)
    wanted = {item.note.in_reply_to for item in items}
    parents = await find_parents(unit, [uri for uri in wanted if uri is not None])
    now = unit.now()
    parts = await number_parts(unit, items)
    return [_draft_one(item, parents, now, own) for item, own in zip(items, parts, strict=True)]


def _draft_one(
    item: ReceivedNote, parents: Mapping[str, Parent], now: datetime, parts: Parts
) -> _Draft:
    note = item.note
    to, cc = (note.to, note.cc) if note.to or note.cc else (item.to, item.cc)
    created = clamp_published(note.published, now)
    updated = note.updated
    return _Draft(
        item=item,
        content=admit(read_content(note), item.account),
        visibility=DIRECT if note.direct else received_visibility(to, cc, item.account),
        created_at=created,
        edited_at=min(updated, now) if updated and updated > created else None,
        parent=parents.get(note.in_reply_to) if note.in_reply_to else None,
        parts=parts,
    )


_INSERT = """
INSERT INTO statuses (id, uri, url, account_id, local, visibility, in_reply_to_id,
  in_reply_to_account_id, in_reply_to_uri, context_uri, content, spoiler_text, sensitive,
  language, attachments, emojis, tags, created_at, edited_at, conversation_id, poll_id, quote_id,
  quote_policy, quote_manual, replies_uri, interaction_policy)
SELECT d.id, d.uri, d.url, d.account_id, false, d.visibility, d.parent_id, d.parent_account_id,
  d.parent_uri, d.context_uri, d.content, d.spoiler_text, d.sensitive, d.language,
  d.attachments::jsonb, d.emojis::jsonb, d.tags::jsonb, d.created_at, d.edited_at,
  coalesce(d.thread, d.id), d.poll_id, d.quote_id, d.quote_policy, d.quote_manual,
  d.replies_uri, d.policy::jsonb
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::smallint[], $6::bigint[],
  $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bool[], $13::text[],
  $14::text[], $15::text[], $16::text[], $17::timestamptz[], $18::timestamptz[],
  $19::bigint[], $20::bigint[], $21::bigint[], $22::smallint[], $23::smallint[],
  $24::text[], $25::text[])
  AS d(id, uri, url, account_id, visibility, parent_id, parent_account_id, parent_uri,
    context_uri, content, spoiler_text, sensitive, language, attachments, emojis, tags,
    created_at, edited_at, thread, poll_id, quote_id, quote_policy, quote_manual, replies_uri,
    policy)
ON CONFLICT (uri) DO NOTHING
RETURNING uri, id
"""


async def _insert(unit: Unit, drafts: Sequence[_Draft]) -> dict[str, int]:
    ids = await unit.new_ids_at([draft.created_at for draft in drafts])
    notes = [draft.item.note for draft in drafts]
    content = [draft.content for draft in drafts]
    rows = await unit.fetch(
        _INSERT,
        ids,
        [note.id for note in notes],
        [safe_url(note.url) or safe_url(note.id) for note in notes],
        [draft.item.account.id for draft in drafts],
        [draft.visibility for draft in drafts],
        [draft.parent.id if draft.parent else None for draft in drafts],
        [draft.parent.account_id if draft.parent else None for draft in drafts],
        [_parent_uri(draft) for draft in drafts],
        [note.context or note.conversation for note in notes],
        [item.content for item in content],
        [item.spoiler_text for item in content],
        [item.sensitive for item in content],
        [item.language for item in content],
        [as_json(item.attachments) for item in content],
        [as_json(item.emojis) for item in content],
        [as_json(item.tags) for item in content],
        [draft.created_at for draft in drafts],
        [draft.edited_at for draft in drafts],
        [draft.parent.conversation_id if draft.parent else None for draft in drafts],
        [draft.parts.poll_id for draft in drafts],
        [draft.parts.quote_id for draft in drafts],
        [draft.parts.quote_policy for draft in drafts],
        [draft.parts.quote_manual for draft in drafts],
        [own_replies(note) for note in notes],
        [draft.parts.policy for draft in drafts],
    )
    return {row[0]: row[1] for row in rows}


def _parent_uri(draft: _Draft) -> str | None:
    uri = draft.item.note.in_reply_to
    # A post cannot answer itself, and an id that no index takes is no id of anything here.
    return uri if uri and uri != draft.item.note.id and is_storable(uri) else None


async def find_targets(read: ReadUnit, items: Sequence[ReceivedNote]) -> dict[str, Target]:
    """The accounts that posts name or address, as far as we know them."""
    uris: set[str] = set()
    for item in items:
        uris.update(mention.href for mention in item.note.mentions[:MAX_MENTIONS])
        uris.update(_addressed(item))
    if not uris:
        return {}
    rows = await read.fetch(
        "SELECT uri, id, domain IS NULL AS local, actor_type = 'Group' FROM accounts"
        " WHERE uri = ANY($1::text[]) AND deleted_at IS NULL",
        list(uris),
    )
    return {row[0]: Target(row[1], row[2], row[3]) for row in rows}


def _addressed(item: ReceivedNote) -> set[str]:
    return {*item.note.recipients, *item.to, *item.cc}


async def place_in_groups(
    unit: Unit, posts: Sequence[tuple[int, ReceivedNote, int]], targets: Mapping[str, Target]
) -> None:
    """Note which group posts (id, post, visibility) were written in: the one that they address."""
    placed = {
        status_id: group_id
        for status_id, item, visibility in posts
        if visibility <= UNLISTED and (group_id := _find_group(item, targets)) is not None
    }
    if placed:
        await unit.execute(
            "UPDATE statuses s SET group_id = d.group_id"
            " FROM unnest($1::bigint[], $2::bigint[]) AS d(id, group_id) WHERE s.id = d.id",
            list(placed),
            list(placed.values()),
        )


def _find_group(item: ReceivedNote, targets: Mapping[str, Target]) -> int | None:
    named = (*item.note.audience, *item.note.recipients, *(m.href for m in item.note.mentions))
    found = (targets.get(uri) for uri in named)
    return next((target.id for target in found if target is not None and target.is_group), None)


def pick_mentions(
    item: ReceivedNote, visibility: int, targets: Mapping[str, Target]
) -> dict[int, bool]:
    """Whom a post mentions: account id → silent (addressed without being named).

    A member who is named but not addressed is only linked: a name in a text is no permission to
    read it. Who got a direct post into the personal inbox was meant, whatever its tags say.
    """
    addressed = _addressed(item)
    found: dict[int, bool] = {}
    for mention in item.note.mentions[:MAX_MENTIONS]:
        target = targets.get(mention.href)
        if target and (mention.href in addressed or (visibility <= UNLISTED and not target.local)):
            found[target.id] = False
    for uri in addressed:
        target = targets.get(uri)
        if target and target.local and len(found) < MAX_MENTIONS:
            found.setdefault(target.id, True)
    if visibility >= DIRECT:
        for account_id in item.recipient_ids:
            found.setdefault(account_id, True)
    found.pop(item.account.id, None)
    return found


async def insert_mentions(unit: Unit, mentions: Mapping[int, Mapping[int, bool]]) -> None:
    """Write who is mentioned where; being named wins over being addressed."""
    rows = sorted((s, a, silent) for s, named in mentions.items() for a, silent in named.items())
    if rows:
        await unit.execute(
            "INSERT INTO status_mentions (status_id, account_id, silent)"
            " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bool[])"
            " ON CONFLICT (status_id, account_id) DO UPDATE SET silent = false"
            " WHERE status_mentions.silent AND NOT excluded.silent",
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
        )


async def _widen(unit: Unit, items: Sequence[ReceivedNote]) -> None:
    """Let members to whom a direct post came once more, personally, see it too."""
    pairs = sorted(
        {(item.note.id, item.account.id, who) for item in items for who in item.recipient_ids}
    )
    if pairs:
        await unit.execute(
            "INSERT INTO status_mentions (status_id, account_id, silent)"
            " SELECT s.id, p.who, true FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
            "   AS p(uri, author, who)"
            " JOIN statuses s ON s.uri = p.uri AND s.account_id = p.author"
            f"  AND s.visibility = {DIRECT} JOIN accounts a ON a.id = p.who"
            " ON CONFLICT (status_id, account_id) DO NOTHING",
            [uri for uri, _, _ in pairs],
            [author for _, author, _ in pairs],
            [who for _, _, who in pairs],
        )
