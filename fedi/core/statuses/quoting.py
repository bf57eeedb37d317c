"""Quoting: which posts a member may show in their own, and who agreed to it."""

from dataclasses import dataclass

from fedi.core import urls
from fedi.core.statuses.consent.requests import DENIED as TAKEN_BACK
from fedi.core.statuses.consent.requests import GRANTED, Deed, insert
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.heads import (
    HEAD_TABLES,
    HEAD_WIDTH,
    build_heads,
    get_visible,
    head_columns,
    head_visible,
)
from fedi.core.statuses.policy import AUTOMATIC, DENIED, DIRECT, PRIVATE
from fedi.core.statuses.quote_states import withdraw
from fedi.core.statuses.quotes import ACCEPTED, PENDING, REVOKED
from fedi.core.statuses.refreshing import refresh
from fedi.core.statuses.types import Head
from fedi.events import ApprovalRevoked, StatusQuoted, StatusRefreshed
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

NOBODY, FOLLOWERS, EVERYBODY = range(3)
POLICIES = {"nobody": NOBODY, "followers": FOLLOWERS, "public": EVERYBODY}

_NOT_THERE = "The post you are trying to quote does not appear to exist."


@dataclass(frozen=True, slots=True)
class Quotable:
    """A post that the author of a new one may quote; held, so that it is not deleted meanwhile."""

    id: int
    account_id: int
    uri: str
    visibility: int
    local_only: bool
    state: int


async def find_quotable(unit: Unit, author_id: int, status_id: int | None) -> Quotable | None:
    """The post to be quoted; of a boost, the original.

    Raises:
        NotFound: it is not there, not for this author to see, or not for them to quote.
    """
    if status_id is None:
        return None
    try:
        head = await get_visible(unit, author_id, status_id)
    except NotFound as missing:
        raise NotFound(_NOT_THERE) from missing
    row = await unit.row(
        "SELECT id, account_id, uri, visibility, local_only, local FROM statuses"
        " WHERE id = $1 FOR KEY SHARE",
        head.original_id,
    )
    if row is None or head.quote_permission == DENIED:
        raise NotFound(_NOT_THERE)
    is_agreed = head.quote_permission == AUTOMATIC and (row[5] or row[1] == author_id)
    # Elsewhere the author is asked even if the answer is known: who asks gets it in writing.
    return Quotable(row[0], row[1], row[2], row[3], row[4], ACCEPTED if is_agreed else PENDING)


def place_quote(quotable: Quotable, author_id: int, visibility: int, mentioned: set[int]) -> int:
    """The visibility of a post that quotes another one.

    Raises:
        Invalid: a direct post may show others only what is theirs, or the author's own.
    """
    if visibility == DIRECT:
        if quotable.account_id != author_id and quotable.account_id not in mentioned:
            raise Invalid("Validation failed: Quoted status must be yours or by somebody mentioned")
        return DIRECT
    return max(visibility, PRIVATE) if quotable.visibility >= PRIVATE else visibility


async def insert_quote(
    unit: Unit, quote_id: int, status_id: int, account_id: int, quotable: Quotable, tally: Tally
) -> None:
    """Store that a new post quotes another one; records StatusQuoted if it may."""
    await unit.execute(
        "INSERT INTO quotes (id, status_id, account_id, quoted_status_id, quoted_account_id,"
        " quoted_uri, state, approval_uri, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        quote_id,
        status_id,
        account_id,
        quotable.id,
        quotable.account_id,
        quotable.uri,
        quotable.state,
        await _stamp(unit, status_id, account_id, quotable),
        unit.now(),
    )
    if quotable.state == ACCEPTED:
        tally.quote(quotable.id)
        unit.record(StatusQuoted(quote_id, status_id, quotable.id, account_id, local=True))


async def _stamp(unit: Unit, status_id: int, account_id: int, quotable: Quotable) -> str | None:
    """Write down that a member may quote a post of this server; where that can be read."""
    if quotable.state != ACCEPTED or quotable.local_only:
        return None
    origin = urls.origin_of(quotable.uri)
    uri = urls.status_uri(origin, account_id, status_id)
    deed = Deed("quote", quotable.id, quotable.account_id, account_id, uri)
    made = await insert(unit, [(deed, GRANTED)], are_answered=False)
    return urls.stamp_uri(urls.actor_uri(origin, quotable.account_id), made[uri])


async def list_quotes(
    read: ReadUnit, viewer_id: int | None, status_id: int, page: Page
) -> tuple[list[Head], list[int]]:
    """Posts that quote a post with its author's consent, with the ids of the quotes as cursors.

    Raises:
        NotFound: there is no such post for this viewer.
    """
    head = await get_visible(read, viewer_id, status_id)
    bounds, values = page.bounds_sql("q.id", 3)
    rows = await read.fetch(
        f"SELECT {head_columns('$1::bigint')}, q.id FROM quotes q"
        f" JOIN statuses s ON s.id = q.status_id{HEAD_TABLES}"
        f" WHERE q.quoted_status_id = $2::bigint AND q.state = {ACCEPTED}{bounds}"
        f" AND {head_visible('$1::bigint')} ORDER BY q.id {page.direction}"
        f" LIMIT {int(page.limit)}",
        viewer_id,
        head.original_id,
        *values,
    )
    rows = page.newest_first(rows)
    return build_heads(rows), [row[HEAD_WIDTH] for row in rows]


async def revoke_quote(unit: Unit, account_id: int, status_id: int, quoting_id: int) -> None:
    """Take one's post out of a post that quotes it, for good; records ApprovalRevoked.

    Raises:
        NotFound: no such quote of a post of this account.
    """
    row = await unit.row(
        "SELECT q.id, q.account_id, s.local, s.uri FROM quotes q"
        " JOIN statuses o ON o.id = q.quoted_status_id"
        " JOIN statuses s ON s.id = q.status_id"
        " WHERE q.status_id = $1 AND q.quoted_status_id = $2 AND o.account_id = $3"
        " FOR UPDATE OF q",
        quoting_id,
        status_id,
        account_id,
    )
    if row is None:
        raise NotFound
    if await withdraw(unit, [row["id"]], REVOKED):
        await _take_back(unit, Deed("quote", status_id, account_id, row["account_id"], row["uri"]))


async def _take_back(unit: Unit, deed: Deed) -> None:
    """End the written consent, if there is one; it is never given again for this quote."""
    stamp_id = await unit.value(
        f"UPDATE interaction_requests SET state = {TAKEN_BACK}, decided_at = $3"
        " WHERE object_uri = $1 AND kind = 'quote' AND status_id = $2 RETURNING id",
        deed.object_uri,
        deed.status_id,
        unit.now(),
    )
    if stamp_id is None:
        await insert(unit, [(deed, TAKEN_BACK)], are_answered=False)
    else:
        unit.record(ApprovalRevoked(stamp_id, deed.account_id))


async def set_policy(unit: Unit, account_id: int, status_id: int, policy: int) -> None:
    """Say who may quote one's post from now on; records StatusRefreshed if that is new.

    Raises:
        NotFound: no such post of this account.
    """
    row = await unit.row(
        "SELECT visibility, quote_policy FROM statuses WHERE id = $1 AND account_id = $2 AND local"
        " AND reblog_of_id IS NULL FOR UPDATE",
        status_id,
        account_id,
    )
    if row is None:
        raise NotFound
    policy = NOBODY if row["visibility"] >= PRIVATE else policy
    if row["quote_policy"] == policy:
        return
    await unit.execute("UPDATE statuses SET quote_policy = $2 WHERE id = $1", status_id, policy)
    await refresh(unit, [status_id])
    unit.record(StatusRefreshed(status_id, account_id, local=True))
