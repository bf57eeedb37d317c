"""The checker: C1 to C6 over a running instance's database and what its peers were sent.

    C1  every acknowledged operation has its effect
    C2  no effect lacks an operation
    C3  each effect stands once
    C4  stored counters equal the facts that they count
    C5  all work is done, due with a time, held with a time or ended with a reason
    C6  peers got each activity that was owed, always the same one, and nothing else

Each check gives back what is wrong, in words; nothing is wrong when all lists are empty.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from tests.rig.ledger import Debt, Fact, Ledger
from tests.rig.peer import Copy, Peer

Fetch = Callable[..., Awaitable[list[Any]]]

QUEUES = ("inbound", "events", "deliveries", "chores")

_FACTS = {
    "status": "SELECT a.uri, s.uri, '' FROM statuses s JOIN accounts a ON a.id = s.account_id"
    " WHERE s.reblog_of_id IS NULL",
    "boost": "SELECT a.uri, o.uri, '' FROM statuses s JOIN accounts a ON a.id = s.account_id"
    " JOIN statuses o ON o.id = s.reblog_of_id",
    "home": "SELECT a.uri, s.uri, '' FROM home_entries h JOIN accounts a ON a.id = h.account_id"
    " JOIN statuses s ON s.id = h.status_id",
    "like": "SELECT a.uri, s.uri, '' FROM favourites f JOIN accounts a ON a.id = f.account_id"
    " JOIN statuses s ON s.id = f.status_id",
    "bookmark": "SELECT a.uri, s.uri, '' FROM bookmarks f JOIN accounts a ON a.id = f.account_id"
    " JOIN statuses s ON s.id = f.status_id",
    "follow": "SELECT a.uri, t.uri, '' FROM follows f JOIN accounts a ON a.id = f.account_id"
    " JOIN accounts t ON t.id = f.target_id WHERE f.accepted",
    "block": "SELECT a.uri, t.uri, '' FROM blocks b JOIN accounts a ON a.id = b.account_id"
    " JOIN accounts t ON t.id = b.target_id",
    "notice": "SELECT a.uri, coalesce(s.uri, ''), n.type || ' ' || f.uri FROM notifications n"
    " JOIN accounts a ON a.id = n.account_id JOIN accounts f ON f.id = n.from_account_id"
    " LEFT JOIN statuses s ON s.id = n.status_id WHERE n.hidden_at IS NULL",
}

# (what, stored by id, counted by id): both give rows of (id, number), zeros left out.
_COUNTERS = {
    "statuses_count": (
        "SELECT account_id, statuses_count FROM account_stats",
        "SELECT account_id, count(*) FROM statuses WHERE visibility < 3 GROUP BY account_id",
    ),
    "followers_count": (
        "SELECT account_id, followers_count FROM account_stats",
        "SELECT target_id, count(*) FROM follows WHERE accepted GROUP BY target_id",
    ),
    "following_count": (
        "SELECT account_id, following_count FROM account_stats",
        "SELECT account_id, count(*) FROM follows WHERE accepted GROUP BY account_id",
    ),
    "replies_count": (
        "SELECT status_id, replies_count FROM status_stats",
        "SELECT in_reply_to_id, count(*) FROM statuses WHERE in_reply_to_id IS NOT NULL"
        " AND visibility <= 1 GROUP BY in_reply_to_id",
    ),
    "reblogs_count": (
        "SELECT status_id, reblogs_count FROM status_stats",
        "SELECT reblog_of_id, count(*) FROM statuses WHERE reblog_of_id IS NOT NULL"
        " GROUP BY reblog_of_id",
    ),
    "favourites_count": (
        "SELECT status_id, favourites_count FROM status_stats",
        "SELECT status_id, count(*) FROM favourites GROUP BY status_id",
    ),
}


async def read_facts(fetch: Fetch) -> Counter[Fact]:
    """Everything that stands in the database, and how often."""
    found: Counter[Fact] = Counter()
    for kind, sql in _FACTS.items():
        found.update(Fact(kind, *row) for row in await fetch(sql))
    return found


async def check_facts(fetch: Fetch, ledger: Ledger, before: Counter[Fact]) -> list[str]:
    """C1 to C3, against what stood there `before` the ledger was begun."""
    found = await read_facts(fetch)
    problems = [f"C3 {n} times: {fact}" for fact, n in found.items() if n > 1]
    problems += [f"C1 missing: {fact}" for fact in sorted(ledger.facts) if fact not in found]
    known = ledger.facts | ledger.possible | set(before)
    problems += [f"C2 nobody did this: {fact}" for fact in sorted(found) if fact not in known]
    return problems


async def check_counters(fetch: Fetch) -> list[str]:
    """C4."""
    problems: list[str] = []
    for name, (stored_sql, counted_sql) in _COUNTERS.items():
        stored = {row[0]: row[1] for row in await fetch(stored_sql) if row[1]}
        counted = {row[0]: row[1] for row in await fetch(counted_sql)}
        problems += [
            f"C4 {name} of {number}: stored {stored.get(number, 0)}, true {counted.get(number, 0)}"
            for number in sorted({*stored, *counted})
            if stored.get(number, 0) != counted.get(number, 0)
        ]
    return problems


async def check_queues(fetch: Fetch) -> list[str]:
    """C5."""
    problems: list[str] = []
    for name in QUEUES:
        rows = await fetch(
            f"SELECT id, state, lease, reason, ended_at IS NULL AS open FROM {name} WHERE"
            " (lease IS NOT NULL AND (state <> 0 OR leased_until < now() - interval '2 s'))"
            " OR (state > 1 AND ended_at IS NULL) OR (state > 2 AND coalesce(reason, '') = '')"
            " OR (state < 2 AND ended_at IS NOT NULL) OR state = 5"
        )
        problems += [f"C5 {name}: {dict(row)}" for row in rows]
    return problems


def check_peers(peer: Peer, ledger: Ledger, *, copies: int = 2) -> list[str]:
    """C6: each debt paid, with at most so many copies, and nothing that was not owed."""
    problems = [f"C6 {problem}" for problem in peer.problems]
    got: dict[Debt, list[Copy]] = defaultdict(list)
    for copy in peer.received():
        got[Debt(copy.host, copy.activity["type"], copy.about)].append(copy)
    for debt in sorted(ledger.owed):
        taken = [copy for copy in got[debt] if 200 <= copy.status < 300]
        if not taken:
            problems.append(f"C6 never received: {debt}")
        if len(taken) > copies:
            problems.append(f"C6 {len(taken)} copies: {debt}")
    for debt, received in got.items():
        if received and debt not in ledger.owed | ledger.permitted:
            problems.append(f"C6 not owed: {debt}")
        if len({copy.activity["id"] for copy in received}) > 1:
            problems.append(f"C6 several ids: {debt}")
        if len({_bytes_of_object(copy) for copy in received}) > 1:
            problems.append(f"C6 several objects: {debt}")
    return problems


def _bytes_of_object(copy: Copy) -> bytes:
    thing = copy.activity["object"]
    return json.dumps(thing).encode() if isinstance(thing, dict) else copy.body


async def count_open(fetch: Fetch) -> dict[str, int]:
    """How many rows of each queue are neither ended nor given up."""
    rows = await fetch(
        " UNION ALL ".join(
            f"SELECT '{name}' AS name, count(*) AS count FROM {name} WHERE state < 2"
            for name in QUEUES
        )
    )
    return {row["name"]: row["count"] for row in rows if row["count"]}
