"""Accounts that move: from elsewhere to elsewhere, to us, and away from us.

A move counts when both sides say so: the old account (by its signature, or by its profile) and the
new one, whose profile names the old one. Then the followers here follow the new account instead,
a batch at a time, and what members have arranged about the old one holds for the new one, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from fedi.core import follow_counts, urls
from fedi.core.accounts.types import Account
from fedi.core.chores import Chore, add_chores
from fedi.core.relationships.pairs import Pair, delete_follows, lock_pairs
from fedi.events import (
    AccountBlocked,
    AccountMoved,
    AccountUpdated,
    FollowAccepted,
    FollowEnded,
    FollowRequested,
)
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import ReadUnit, Unit

# An account moves at most once in this time, its own word and that of others alike.
PAUSE = timedelta(days=30)
# Followers that change over in one transaction.
AT_ONCE = 200
MOST_ALIASES = 20


@dataclass(frozen=True, slots=True)
class ReceivedMove:
    """A Move from one actor to another, as one of them (`by_target`: the new one) has signed it."""

    old_uri: str
    target_uri: str
    by_target: bool


async def receive_moves(unit: Unit, items: Sequence[ReceivedMove]) -> list[Outcome]:
    """Believe moves that both sides confirm; their profiles have just been read anew."""
    rows = await unit.fetch(
        "SELECT id, uri, domain, also_known_as, moved_to_uri, moved_at, suspended_at, deleted_at"
        " FROM accounts WHERE uri = ANY($1::text[]) ORDER BY id + 0 FOR UPDATE",
        [uri for item in items for uri in (item.old_uri, item.target_uri)],
    )
    known = {row["uri"]: row for row in rows}
    outcomes: list[Outcome] = []
    moves: dict[int, asyncpg.Record] = {}
    gone = set[str]()
    for item in items:
        old, target = known.get(item.old_uri), known.get(item.target_uri)
        problem = _judge(unit, item, old, target)
        if problem is None and old is not None and target is not None:
            if item.old_uri in gone or item.target_uri in gone:
                problem = Ignored("it has moved already")
            else:
                moves[old["id"]] = target
                gone.add(item.old_uri)
        outcomes.append(problem or Done())
    await _write(unit, moves)
    return outcomes


def _judge(
    unit: Unit, item: ReceivedMove, old: asyncpg.Record | None, target: asyncpg.Record | None
) -> Outcome | None:
    if old is None or target is None:
        return Refused("one of the two accounts cannot be had")
    if old["domain"] is None:
        return Refused("members move only by themselves")
    if old["deleted_at"] or target["deleted_at"] or target["suspended_at"]:
        return Refused("one of the two accounts is gone")
    if target["moved_to_uri"] is not None:
        return Refused("the target has moved away itself")
    if old["uri"] not in target["also_known_as"]:
        return Refused("the target does not say that it is the same")
    says_so = target["uri"] in {old["moved_to_uri"], *old["also_known_as"]}
    if item.by_target and not says_so:
        return Refused("the old account does not say that it is the same")
    if old["moved_at"] is not None and old["moved_at"] > unit.now() - PAUSE:
        return Ignored("it has moved a short while ago")
    return None


async def _write(unit: Unit, moves: dict[int, asyncpg.Record]) -> None:
    if not moves:
        return
    await unit.execute(
        "UPDATE accounts a SET moved_to_uri = m.target, moved_at = $3, revision = a.revision + 1"
        " FROM unnest($1::bigint[], $2::text[]) AS m(id, target) WHERE a.id = m.id",
        list(moves),
        [target["uri"] for target in moves.values()],
        unit.now(),
    )
    for old_id in moves:
        unit.record(AccountUpdated(old_id, local=False))
    await carry_later(unit, [(old_id, target["id"]) for old_id, target in moves.items()])


async def merge(unit: Unit, old_id: int, heir_uri: str) -> Outcome:
    """An account has another id than before: whoever follows it follows it under the new one."""
    heir = await unit.value(
        "SELECT id FROM accounts WHERE uri = $1 AND domain IS NOT NULL AND handle_verified"
        " AND deleted_at IS NULL AND suspended_at IS NULL",
        heir_uri,
    )
    changed = await unit.execute(
        "UPDATE accounts SET moved_to_uri = $2, moved_at = $3, revision = revision + 1"
        " WHERE id = $1 AND domain IS NOT NULL AND NOT handle_verified AND deleted_at IS NULL",
        old_id,
        heir_uri,
        unit.now(),
    )
    if heir is None or not changed:
        raise NotFound
    unit.record(AccountUpdated(old_id, local=False))
    await carry_later(unit, [(old_id, heir)])
    return Done()


async def carry_later(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Have the followers here of each first account follow the second one instead."""
    await add_chores(unit, "carry_followers", [Chore(f"{old} {target}") for old, target in pairs])


async def carry_wishes(unit: Unit, old_id: int, target_id: int) -> None:
    """Notes, mutes and blocks of members that are about the one account hold for the other."""
    await unit.execute(
        "INSERT INTO account_notes (account_id, target_id, comment)"
        " SELECT n.account_id, $2, n.comment FROM account_notes n"
        " WHERE n.target_id = $1 AND n.account_id <> $2 ON CONFLICT DO NOTHING",
        old_id,
        target_id,
    )
    muted = await unit.fetch(f"SELECT t.account_id {_OURS.format('mutes')}", old_id, target_id)
    await unit.execute(
        "INSERT INTO mutes (id, account_id, target_id, hide_notifications, expires_at)"
        " SELECT x.id, m.account_id, $2, m.hide_notifications, m.expires_at"
        " FROM unnest($3::bigint[], $4::bigint[]) AS x(id, who)"
        " JOIN mutes m ON m.account_id = x.who AND m.target_id = $1"
        " ON CONFLICT (account_id, target_id) DO NOTHING",
        old_id,
        target_id,
        await unit.new_ids(len(muted)),
        [row[0] for row in muted],
    )
    await _carry_blocks(unit, old_id, target_id)


_OURS = (
    "FROM {} t JOIN accounts a ON a.id = t.account_id AND a.domain IS NULL"
    " WHERE t.target_id = $1 AND t.account_id <> $2"
)


async def _carry_blocks(unit: Unit, old_id: int, target_id: int) -> None:
    rows = await unit.fetch(
        f"SELECT t.account_id, a.uri {_OURS.format('blocks')}", old_id, target_id
    )
    if not rows:
        return
    pairs = [(row[0], target_id) for row in rows]
    await lock_pairs(unit, pairs)
    numbers = await unit.new_ids(len(rows))
    uris = [
        urls.block_uri(urls.origin_of(row[1]), number)
        for row, number in zip(rows, numbers, strict=True)
    ]
    added = await unit.fetch(
        "INSERT INTO blocks (id, account_id, target_id, uri)"
        " SELECT x.id, x.who, $4, x.uri FROM unnest($1::bigint[], $2::bigint[], $3::text[])"
        "   AS x(id, who, uri)"
        " ON CONFLICT (account_id, target_id) DO NOTHING RETURNING account_id, uri",
        numbers,
        [row[0] for row in rows],
        uris,
        target_id,
    )
    both = [pair for who, target in pairs for pair in ((who, target), (target, who))]
    await delete_follows(unit, both)
    for row in added:
        unit.record(AccountBlocked(row["account_id"], target_id, row["uri"], local=True))


_FOLLOWERS = f"""
SELECT f.account_id, a.uri, f.show_reblogs, f.notify, f.languages,
  f.account_id <> $2 AND NOT EXISTS (SELECT 1 FROM blocks b
    WHERE (b.account_id = f.account_id AND b.target_id = $2)
       OR (b.account_id = $2 AND b.target_id = f.account_id)) AS may
FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = $1 AND f.local AND f.accepted ORDER BY f.account_id LIMIT {AT_ONCE}
"""
_FOLLOW = """
INSERT INTO follows (id, account_id, target_id, accepted, local, uri, show_reblogs, notify,
  languages)
SELECT x.id, o.account_id, $2, $5, true, x.uri, o.show_reblogs, o.notify, o.languages
FROM unnest($3::bigint[], $4::bigint[], $6::text[]) AS x(id, who, uri)
JOIN follows o ON o.account_id = x.who AND o.target_id = $1
ON CONFLICT (account_id, target_id) DO NOTHING RETURNING id, account_id
"""
_LISTS = """
SELECT m.list_id FROM list_members m JOIN lists l ON l.id = m.list_id
WHERE m.account_id = $1 AND l.account_id = ANY($2::bigint[])
"""


async def carry_followers(unit: Unit, old_id: int, target_id: int) -> int:
    """Let some followers here follow the new account, and no longer the old one; how many."""
    rows = await unit.fetch(_FOLLOWERS, old_id, target_id)
    if not rows:
        return 0
    target = await unit.row(
        "SELECT domain, locked FROM accounts WHERE id = $1 AND deleted_at IS NULL"
        " AND suspended_at IS NULL",
        target_id,
    )
    if target is None:
        return 0
    who = [row["account_id"] for row in rows]
    await lock_pairs(unit, [(each, other) for each in who for other in (old_id, target_id)])
    waits = target["domain"] is not None or target["locked"]
    moving = [row for row in rows if row["may"]]
    begun = await _follow(unit, (old_id, target_id), moving, waits=waits)
    await _carry_lists(unit, old_id, target_id, [row["account_id"] for row in moving])
    gone = await delete_follows(unit, [(each, old_id) for each in who])
    for pair, row in sorted(gone.items()):
        unit.record(FollowEnded(*pair, row["uri"] or "", local=True))
    await follow_counts.begin(unit, [] if waits else begun)
    return len(rows)


async def _follow(
    unit: Unit, move: tuple[int, int], rows: Sequence[asyncpg.Record], *, waits: bool
) -> list[Pair]:
    old_id, target_id = move
    numbers = await unit.new_ids(len(rows))
    made = await unit.fetch(
        _FOLLOW,
        old_id,
        target_id,
        numbers,
        [row["account_id"] for row in rows],
        not waits,
        [
            urls.follow_uri(urls.origin_of(row["uri"]), number)
            for row, number in zip(rows, numbers, strict=True)
        ],
    )
    for row in sorted(made, key=lambda row: row["id"]):
        if waits:
            unit.record(FollowRequested(row["id"], row["account_id"], target_id, local=True))
        else:
            unit.record(
                FollowAccepted(row["id"], row["account_id"], target_id, local=True, answer=False)
            )
    return [(row["account_id"], target_id) for row in made]


async def _carry_lists(unit: Unit, old_id: int, target_id: int, who: Sequence[int]) -> None:
    rows = await unit.fetch(_LISTS, old_id, list(who))
    await unit.execute(
        "INSERT INTO list_members (id, list_id, account_id)"
        " SELECT x.id, x.list_id, $3 FROM unnest($1::bigint[], $2::bigint[]) AS x(id, list_id)"
        " ON CONFLICT (list_id, account_id) DO NOTHING",
        await unit.new_ids(len(rows)),
        [row[0] for row in rows],
        target_id,
    )


async def add_alias(unit: Unit, account: Account, uri: str) -> None:
    """A member says that another account is theirs as well, so that it can be moved from there.

    Raises:
        Invalid: it is the account itself, or there are too many.
    """
    if uri == account.uri:
        raise Invalid("An account is no alias of itself")
    known = list(dict.fromkeys([*account.also_known_as, uri]))
    if len(known) > MOST_ALIASES:
        raise Invalid(f"An account has at most {MOST_ALIASES} aliases")
    await _set_aliases(unit, account.id, known)


async def remove_alias(unit: Unit, account: Account, uri: str) -> None:
    """A member no longer says that another account is theirs as well.

    Raises:
        Invalid: they did not say so.
    """
    if uri not in account.also_known_as:
        raise Invalid("This is no alias of the account")
    await _set_aliases(unit, account.id, [each for each in account.also_known_as if each != uri])


async def _set_aliases(unit: Unit, account_id: int, uris: Sequence[str]) -> None:
    await unit.execute(
        "UPDATE accounts SET also_known_as = $2, revision = revision + 1"
        " WHERE id = $1 AND domain IS NULL",
        account_id,
        list(uris),
    )
    unit.record(AccountUpdated(account_id, local=True))


async def move(unit: Unit, account: Account, target: Account) -> None:
    """A member moves: others are told, followers go along, and nothing is posted here any more.

    `target` must have been read from its origin just now.

    Raises:
        Invalid: the target does not name the account, has moved itself, or it was a short while
            ago that the account moved.
    """
    if target.id == account.id or target.is_gone or target.moved_to_uri:
        raise Invalid("Nobody can move there")
    if account.uri not in target.also_known_as:
        raise Invalid(f"@{target.acct} does not name {account.uri} as an alias yet")
    moved_at = await unit.value(
        "SELECT moved_at FROM accounts WHERE id = $1 FOR UPDATE", account.id
    )
    if moved_at is not None and moved_at > unit.now() - PAUSE:
        raise Invalid(f"The account has moved already within {PAUSE.days} days")
    await unit.execute(
        "UPDATE accounts SET moved_to_uri = $2, moved_at = $3, revision = revision + 1"
        " WHERE id = $1",
        account.id,
        target.uri,
        unit.now(),
    )
    unit.record(AccountUpdated(account.id, local=True))
    unit.record(AccountMoved(account.id, target.uri, int(unit.now().timestamp() * 1000)))
    await carry_later(unit, [(account.id, target.id)])


async def cancel_move(unit: Unit, account: Account) -> None:
    """A member is here again; followers who went along do not come back by themselves.

    Raises:
        Invalid: the account has not moved.
    """
    if not account.moved_to_uri:
        raise Invalid("The account has not moved")
    await unit.execute(
        "UPDATE accounts SET moved_to_uri = NULL, revision = revision + 1 WHERE id = $1",
        account.id,
    )
    unit.record(AccountUpdated(account.id, local=True))


async def find_pair(read: ReadUnit, key: str) -> tuple[int, int] | None:
    """Whom a chore is about, if both are here and the one has moved to the other."""
    old, _, target = key.partition(" ")
    row = await read.row(
        "SELECT o.id, t.id FROM accounts o JOIN accounts t ON t.uri = o.moved_to_uri"
        " WHERE o.id = $1 AND t.id = $2 AND t.deleted_at IS NULL AND t.suspended_at IS NULL",
        int(old),
        int(target),
    )
    return None if row is None else (row[0], row[1])
