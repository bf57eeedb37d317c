"""Quotes as a viewer reads them: state and quoted post of a whole page by one statement.

What is stored says what the quoted author agreed to. On top of that comes what holds for the viewer
alone: a post that is not for them, or by somebody whom they block or mute.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fedi.core.statuses.heads import HEAD_WIDTH, LEFT_PLAIN_TABLES, head_columns
from fedi.core.statuses.policy import visible_sql
from fedi.core.statuses.types import Head, ShallowQuote
from fedi.kit.unit import ReadUnit

STATES = ("pending", "accepted", "rejected", "revoked", "deleted", "unauthorized")
PENDING, ACCEPTED, REJECTED, REVOKED, DELETED, UNAUTHORIZED = range(6)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as one viewer reads it."""

    id: int
    status_id: int
    # As apps know it, with what holds for the viewer alone.
    state: str
    # The quoted post; None where it is not to be shown.
    head: Head | None
    # What the quoted post quotes in turn.
    inner: ShallowQuote | None = None


_VIEWER = "asked.viewer"
_EXTRA = f"""
asked.viewer, q.id, q.status_id, q.state, q.quoted_status_id IS NULL,
EXISTS (SELECT 1 FROM blocks qb WHERE qb.account_id = {_VIEWER}
  AND qb.target_id = q.quoted_account_id OFFSET 0),
EXISTS (SELECT 1 FROM account_domain_blocks qd WHERE qd.account_id = {_VIEWER}
  AND qd.domain = a.domain OFFSET 0),
EXISTS (SELECT 1 FROM mutes qm WHERE qm.account_id = {_VIEWER}
  AND qm.target_id = q.quoted_account_id AND (qm.expires_at IS NULL OR qm.expires_at > now())
  OFFSET 0),
i.state, i.quoted_status_id, w.id IS NOT NULL AND {visible_sql("w", _VIEWER)}
"""
_QUOTES = (
    f"SELECT {head_columns(_VIEWER, boosts=False)}, {_EXTRA}"
    " FROM unnest($1::bigint[], $2::bigint[]) AS asked(viewer, id)"
    " JOIN quotes q ON q.id = asked.id"
    " LEFT JOIN statuses s ON s.id = q.quoted_status_id AND s.reblog_of_id IS NULL"
    f"   AND {visible_sql('s', _VIEWER)}{LEFT_PLAIN_TABLES}"
    " LEFT JOIN quotes i ON i.id = s.quote_id"
    " LEFT JOIN statuses w ON w.id = i.quoted_status_id"
)


async def find_quotes(
    read: ReadUnit, viewer_id: int | None, quote_ids: Sequence[int]
) -> dict[int, Quote]:
    """Quotes by id, as one viewer reads them; who may see them is the caller's look-out."""
    found = await find_quote_views(read, [(viewer_id, quote_id) for quote_id in quote_ids])
    return {quote_id: quote for (_, quote_id), quote in found.items()}


async def find_quote_views(
    read: ReadUnit, pairs: Iterable[tuple[int | None, int]]
) -> dict[tuple[int | None, int], Quote]:
    """Quotes by viewer and id."""
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return {}
    rows = await read.fetch(_QUOTES, *map(list, zip(*wanted, strict=True)))
    found: dict[tuple[int | None, int], Quote] = {}
    for row in rows:
        head = Head(*row[:HEAD_WIDTH]) if row[0] is not None else None
        viewer, quote_id, status_id, stored, is_gone, blocks, cuts, mutes, *inner = row[HEAD_WIDTH:]
        if stored == ACCEPTED and is_gone:
            stored = DELETED
        state = _judge(stored, head, blocks=blocks, cuts=cuts, mutes=mutes)
        is_shown = state not in STATES or state == STATES[ACCEPTED]
        found[viewer, quote_id] = Quote(
            quote_id,
            status_id,
            state,
            head if is_shown else None,
            _build_inner(*inner) if is_shown and inner[0] is not None else None,
        )
    return found


def _judge(stored: int, head: Head | None, *, blocks: bool, cuts: bool, mutes: bool) -> str:
    """The state for one viewer."""
    if stored != ACCEPTED:
        return STATES[stored]
    if head is None:
        return STATES[UNAUTHORIZED]
    if blocks:
        return "blocked_account"
    if cuts:
        return "blocked_domain"
    return "muted_account" if mutes else STATES[ACCEPTED]


def _build_inner(stored: int, quoted_status_id: int | None, is_visible: bool) -> ShallowQuote:  # noqa: FBT001 - straight from a row
    if stored != ACCEPTED:
        return ShallowQuote(STATES[stored], None)
    if not is_visible:
        return ShallowQuote(STATES[UNAUTHORIZED if quoted_status_id else DELETED], None)
    return ShallowQuote(STATES[ACCEPTED], quoted_status_id)
