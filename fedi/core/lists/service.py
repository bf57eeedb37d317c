"""What members do with their lists.

The feed of a list is brought in line at once; what exclusive lists mean for home follows from
`ListChanged`.
"""

from collections.abc import Sequence

from fedi.core.accounts.service import lock_account
from fedi.core.lists import feeds
from fedi.core.lists.queries import get_list
from fedi.core.lists.types import MAX_LISTS, MAX_TITLE, REPLIES, AccountList, ListChanges
from fedi.events import ListChanged
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

_DEFAULT_REPLIES = "list"
_FULL = "Validation failed: You have reached the maximum number of lists"


async def create_list(unit: Unit, account_id: int, changes: ListChanges) -> AccountList:
    """Make a list.

    Raises:
        Invalid: a value is bad, or the member has as many lists as one may have.
    """
    title = _check_title(changes.title or "")
    replies = _check_replies(changes.replies_policy or _DEFAULT_REPLIES)
    await lock_account(unit, account_id)
    count = await unit.value("SELECT count(*) FROM lists WHERE account_id = $1", account_id)
    if count >= MAX_LISTS:
        raise Invalid(_FULL)
    made = AccountList(await unit.new_id(), account_id, title, replies, bool(changes.exclusive))
    await unit.execute(
        "INSERT INTO lists (id, account_id, title, replies_policy, exclusive)"
        " VALUES ($1, $2, $3, $4, $5)",
        made.id,
        account_id,
        made.title,
        made.replies_policy,
        made.exclusive,
    )
    return made


async def change_list(
    unit: Unit, account_id: int, list_id: int, changes: ListChanges
) -> AccountList:
    """Change a list; another rule for replies makes its feed anew.

    Raises:
        NotFound: it is not there, or somebody else's.
        Invalid: a value is bad.
    """
    before = await _lock(unit, account_id, list_id)
    now = AccountList(
        list_id,
        account_id,
        before.title if changes.title is None else _check_title(changes.title),
        before.replies_policy
        if changes.replies_policy is None
        else _check_replies(changes.replies_policy),
        before.exclusive if changes.exclusive is None else changes.exclusive,
    )
    await unit.execute(
        "UPDATE lists SET title = $2, replies_policy = $3, exclusive = $4 WHERE id = $1",
        list_id,
        now.title,
        now.replies_policy,
        now.exclusive,
    )
    if now.replies_policy != before.replies_policy:
        await feeds.refill(unit, list_id)
    if now.exclusive != before.exclusive:
        _tell(unit, now, await _members(unit, list_id))
    return now


async def delete_list(unit: Unit, account_id: int, list_id: int) -> None:
    """Give up a list.

    Raises:
        NotFound: it is not there, or somebody else's.
    """
    gone = await _lock(unit, account_id, list_id)
    members = await _members(unit, list_id) if gone.exclusive else []
    await unit.execute("DELETE FROM list_entries WHERE list_id = $1", list_id)
    await unit.execute("DELETE FROM lists WHERE id = $1", list_id)
    if gone.exclusive:
        _tell(unit, gone, members)


async def add_members(unit: Unit, account_id: int, list_id: int, ids: Sequence[int]) -> None:
    """Put accounts into a list: oneself, and those whom one follows or has asked to.

    Raises:
        NotFound: the list is not there, or one of the accounts is not followed.
        Invalid: one of them is in it already.
    """
    changed = await _lock(unit, account_id, list_id)
    wanted = list(dict.fromkeys(ids))
    followed = await unit.value(
        "SELECT count(*) FROM unnest($2::bigint[]) AS w(id) JOIN accounts a ON a.id = w.id"
        " AND a.deleted_at IS NULL WHERE w.id = $1 OR EXISTS (SELECT 1 FROM follows f"
        "   WHERE f.account_id = $1 AND f.target_id = w.id)",
        account_id,
        wanted,
    )
    if followed < len(wanted):
        raise NotFound
    added = await unit.execute(
        "INSERT INTO list_members (id, list_id, account_id)"
        " SELECT n.id, $1, n.who FROM unnest($2::bigint[], $3::bigint[]) AS n(id, who)"
        " ON CONFLICT (list_id, account_id) DO NOTHING",
        list_id,
        await unit.new_ids(len(wanted)),
        wanted,
    )
    if added < len(wanted):
        raise Invalid("Validation failed: Account has already been taken", field="account_ids")
    await feeds.fill(unit, [(list_id, member) for member in wanted])
    if changed.exclusive:
        _tell(unit, changed, wanted)


async def remove_members(unit: Unit, account_id: int, list_id: int, ids: Sequence[int]) -> None:
    """Take accounts out of a list; those that are not in it are passed over.

    Raises:
        NotFound: the list is not there.
    """
    changed = await _lock(unit, account_id, list_id)
    rows = await unit.fetch(
        "DELETE FROM list_members WHERE list_id = $1 AND account_id = ANY($2::bigint[])"
        " RETURNING account_id",
        list_id,
        list(ids),
    )
    gone = [row[0] for row in rows]
    await feeds.clear(unit, [(list_id, member) for member in gone])
    if changed.exclusive:
        _tell(unit, changed, gone)


async def forget_accounts(unit: Unit, account_ids: Sequence[int]) -> None:
    """Nobody keeps lists for accounts that are gone, and nobody has them in lists."""
    ids = list(account_ids)
    await unit.execute(
        "DELETE FROM list_entries e USING lists l"
        " WHERE l.account_id = ANY($1::bigint[]) AND e.list_id = l.id",
        ids,
    )
    await unit.execute("DELETE FROM lists WHERE account_id = ANY($1::bigint[])", ids)
    await unit.execute("DELETE FROM list_members WHERE account_id = ANY($1::bigint[])", ids)


async def _lock(unit: Unit, account_id: int, list_id: int) -> AccountList:
    await unit.execute("SELECT 1 FROM lists WHERE id = $1 FOR NO KEY UPDATE", list_id)
    return await get_list(unit, account_id, list_id)


async def _members(unit: Unit, list_id: int) -> list[int]:
    rows = await unit.fetch("SELECT account_id FROM list_members WHERE list_id = $1", list_id)
    return [row[0] for row in rows]


def _tell(unit: Unit, changed: AccountList, member_ids: Sequence[int]) -> None:
    if member_ids:
        unit.record(ListChanged(changed.id, changed.account_id, tuple(member_ids)))


def _check_title(title: str) -> str:
    title = title.strip()
    if not title:
        raise Invalid("Validation failed: Title can't be blank", field="title")
    if len(title) > MAX_TITLE:
        raise Invalid(
            f"Validation failed: Title is too long (maximum is {MAX_TITLE} characters)",
            field="title",
        )
    return title


def _check_replies(policy: str) -> str:
    if policy not in REPLIES:
        raise Invalid(f"'{policy[:50]}' is not a valid replies_policy", field="replies_policy")
    return policy
