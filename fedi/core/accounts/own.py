"""What a member's own account is made of, beyond a rendering that is still good: one statement."""

from typing import NamedTuple

from fedi.core.accounts.heads import ACCOUNT_HEAD_WIDTH, AccountHead, account_head_columns
from fedi.kit.errors import NotFound
from fedi.kit.unit import ReadUnit


class OwnHead(NamedTuple):
    """The head of a member's account with what only they see of it."""

    account: AccountHead
    role: str
    # As JSON, so that two of them can be compared.
    settings: str
    follow_requests_count: int


_OWN = (
    f"SELECT {account_head_columns('a', 'n')}, u.role, u.settings::text,"
    " CASE WHEN a.locked THEN (SELECT count(*) FROM follows f"
    "   WHERE f.target_id = a.id AND NOT f.accepted) ELSE 0 END"
    " FROM accounts a JOIN users u ON u.account_id = a.id"
    " LEFT JOIN account_stats n ON n.account_id = a.id WHERE a.id = $1"
)


async def get_own(read: ReadUnit, account_id: int) -> OwnHead:
    """A member's own account.

    Raises:
        NotFound: there is no such member.
    """
    row = await read.row(_OWN, account_id)
    if row is None:
        raise NotFound
    account = AccountHead(*row[:ACCOUNT_HEAD_WIDTH])
    return OwnHead(account, *row[ACCOUNT_HEAD_WIDTH:])
