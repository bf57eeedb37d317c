"""Every question about accounts. Tombstones are answered too: look at `is_gone`."""

from collections.abc import Sequence

import asyncpg

from fedi.core.accounts.types import Account
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit

COLUMNS = (
    "a.id, a.username, a.domain, a.handle_verified, a.uri, a.url, a.actor_type, a.display_name,"
    " a.note, a.note_source, a.fields, a.emojis, a.avatar_url, a.header_url,"
    " a.avatar_key, a.header_key, a.avatar_description, a.header_description,"
    " a.hide_collections, a.show_media, a.show_media_replies, a.show_featured,"
    " a.attribution_domains, a.locked, a.bot,"
    " a.discoverable, a.indexable, a.memorial, a.also_known_as, a.moved_to_uri, a.inbox_url,"
    " a.shared_inbox_url, a.outbox_url, a.followers_url, a.following_url, a.featured_url,"
    " a.revision, a.created_at, a.fetched_at, a.suspended_at, a.silenced_at, a.deleted_at,"
    " a.media_rejected, a.forced_sensitive,"
    " coalesce(n.statuses_count, 0), coalesce(n.followers_count, 0),"
    " coalesce(n.following_count, 0), n.last_status_at, n.origin_statuses_count,"
    " n.origin_followers_count, n.origin_following_count"
)
"""Columns of an `Account`, in its order; `a` is `accounts` and `n` is `account_stats`."""

TABLES = "accounts a LEFT JOIN account_stats n ON n.account_id = a.id"
"""What `COLUMNS` selects from."""

WIDTH = COLUMNS.count(",") + 1 - COLUMNS.count(", 0)")
"""How many columns that is, for queries that select more after them."""


def build_account(row: asyncpg.Record, start: int = 0) -> Account:
    """The account in a row that has `COLUMNS` from position `start` on."""
    return Account(*row[start : start + WIDTH])


async def find_by_ids(read: ReadUnit, ids: Sequence[int]) -> dict[int, Account]:
    """Accounts by id; what is not there is missing from the answer."""
    if not ids:
        return {}
    rows = await read.fetch(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE a.id = ANY($1::bigint[])", list(set(ids))
    )
    return {row[0]: build_account(row) for row in rows}


async def find_by_uris(read: ReadUnit, uris: Sequence[str]) -> dict[str, Account]:
    """Accounts by ActivityPub id."""
    if not uris:
        return {}
    rows = await read.fetch(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE a.uri = ANY($1::text[])", list(set(uris))
    )
    return {account.uri: account for account in map(build_account, rows)}


async def find_by_handles(
    read: ReadUnit, handles: Sequence[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Account]:
    """Accounts by (username, domain); the domain of our own handles is None, not its name.

    Only handles that their domain has confirmed count. Letters may be in any case.
    """
    if not handles:
        return {}
    asked = list(dict.fromkeys(handles))
    rows = await read.fetch(
        f"SELECT {COLUMNS}, h.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY h(u, d, n)"
        " JOIN accounts a ON lower(a.username) = h.u AND coalesce(a.domain, '') = h.d"
        " AND a.handle_verified LEFT JOIN account_stats n ON n.account_id = a.id",
        [username.lower() for username, _ in asked],
        [(domain or "").lower() for _, domain in asked],
    )
    return {asked[row[WIDTH] - 1]: build_account(row) for row in rows}


async def get_by_id(read: ReadUnit, account_id: int) -> Account:
    """One account.

    Raises:
        NotFound: there is none.
    """
    found = await find_by_ids(read, [account_id])
    if account_id not in found:
        raise NotFound
    return found[account_id]


async def find_local(read: ReadUnit, username: str) -> Account | None:
    """A member by name."""
    return (await find_by_handles(read, [(username, None)])).get((username, None))
