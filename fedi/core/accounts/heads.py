"""Heads of accounts: what a list of accounts needs beyond cached renderings."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from fedi.kit.unit import ReadUnit


class AccountHead(NamedTuple):
    """What changes often about an account; the revision says which rendering is still good."""

    id: int
    revision: int
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: datetime | None
    # What the origin of a remote account says, where it does.
    origin_followers_count: int | None = None
    origin_following_count: int | None = None
    origin_statuses_count: int | None = None


ACCOUNT_HEAD_WIDTH = len(AccountHead._fields)


def account_head_columns(account: str, stats: str) -> str:
    """The columns of an `AccountHead`, in its order, over `accounts` and `account_stats`."""
    return (
        f"{account}.id, {account}.revision, coalesce({stats}.followers_count, 0),"
        f" coalesce({stats}.following_count, 0), coalesce({stats}.statuses_count, 0),"
        f" {stats}.last_status_at, {stats}.origin_followers_count,"
        f" {stats}.origin_following_count, {stats}.origin_statuses_count"
    )


def counter_columns(stats: str) -> str:
    """Followers, followed and posts as they are shown: of the origin's word and ours the larger."""
    return ", ".join(
        f"greatest(coalesce({stats}.{name}_count, 0), {stats}.origin_{name}_count)"
        for name in ("followers", "following", "statuses")
    )


_HEADS = (
    f"SELECT {account_head_columns('a', 'n')} FROM accounts a"
    " LEFT JOIN account_stats n ON n.account_id = a.id WHERE a.id = ANY($1::bigint[])"
)


async def find_account_heads(read: ReadUnit, ids: Iterable[int]) -> dict[int, AccountHead]:
    """Heads by id; what is not there is missing from the answer."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    return {row[0]: AccountHead(*row) for row in await read.fetch(_HEADS, wanted)}
