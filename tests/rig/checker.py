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
from typing import Any, Protocol

from tests import checks
from tests.rig.ledger import Debt, Fact, Ledger
from tests.rig.peer import Copy, Peer


class Reader(Protocol):
    """Whatever can read the database."""

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """All rows."""
        ...


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


async def read_facts(reader: Reader) -> Counter[Fact]:
    """Everything that stands in the database, and how often."""
    found: Counter[Fact] = Counter()
    for kind, sql in _FACTS.items():
        found.update(Fact(kind, *row) for row in await reader.fetch(sql))
    return found


async def check_facts(reader: Reader, ledger: Ledger, before: Counter[Fact]) -> list[str]:
    """C1 to C3, against what stood there `before` the ledger was begun."""
    found = await read_facts(reader)
    problems = [f"C3 {n} times: {fact}" for fact, n in found.items() if n > 1]
    problems += [f"C1 missing: {fact}" for fact in sorted(ledger.facts) if fact not in found]
    known = ledger.facts | ledger.possible | set(before)
    problems += [f"C2 nobody did this: {fact}" for fact in sorted(found) if fact not in known]
    return problems


async def check_counters(reader: Reader) -> list[str]:
    """C4."""
    try:
        await checks.check_counters(reader)
    except AssertionError as problem:
        return [f"C4 {line}" for line in str(problem).splitlines()]
    return []


async def check_queues(reader: Reader) -> list[str]:
    """C5."""
    problems: list[str] = []
    for name in QUEUES:
        rows = await reader.fetch(
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
        if debt not in ledger.owed:
            # An answer that is given again is a new one.
            continue
        if len({copy.activity["id"] for copy in received}) > 1:
            problems.append(f"C6 several ids: {debt}")
        if len({_bytes_of_object(copy) for copy in received}) > 1:
            problems.append(f"C6 several objects: {debt}")
    return problems


def _bytes_of_object(copy: Copy) -> bytes:
    thing = copy.activity["object"]
    return json.dumps(thing).encode() if isinstance(thing, dict) else copy.body


async def count_open(reader: Reader, *, parked: bool = True) -> dict[str, int]:
    """How many rows of each queue have not ended; `parked`: those that wait for their time too.

    What has hours of time by design (reading an old profile anew) is not waited for.
    """
    rows = await reader.fetch(
        " UNION ALL ".join(
            f"SELECT '{name}' AS name, count(*) AS count FROM {name}"
            f" WHERE state {'< 2' if parked else '= 0'}"
            + (" AND NOT (kind = 'refresh_actor' AND state = 1)" if name == "chores" else "")
            for name in QUEUES
        )
    )
    return {row["name"]: row["count"] for row in rows if row["count"]}
