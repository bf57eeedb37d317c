"""What comes in by the thousand looks posts up by an index, however few statistics there are.

Postgres is told to avoid sorts. Where rows are locked in the order of their ids it would sooner
read a whole table in that order than look up the few that are asked for and sort them.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from fedi.core.interactions import received, targets
from fedi.core.notifications import service as notifications
from fedi.core.statuses import receive_updates, removal, threading, votes
from fedi.core.timelines import feeds
from fedi.kit.runtime import Runtime

STATEMENTS = {
    "parents": threading._PARENTS,
    "orphans": threading._ADOPT,
    "threads": threading._JOIN_THREADS,
    "what is liked or boosted": targets._TARGETS,
    "likes that are undone": received._LIKES,
    "boosts that are undone": received._BOOSTS,
    "edited posts": receive_updates._LOCK,
    "deleted posts": removal._LOCK,
    "polls that are voted in": votes._RECEIVE,
    "notifications": notifications._NOTIFY,
    "notifications that are taken back": notifications._HIDE,
    "feeds after a deletion": feeds._CLEAR,
}


# What grows with every post of the network, and with every reader. Replies that wait for their
# posts are few, and have an index of their own.
BIG = {"statuses", "favourites", "notifications", "home_entries", "follows"}
SMALL = "ix_statuses_orphans"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _table(index: str) -> str:
    """The table of an index whose name the plan gives alone."""
    return next((name for name in BIG if index.startswith((f"ix_{name}_", f"uq_{name}_"))), "")


def _walks(plan: dict[str, Any]) -> list[str]:
    """The large tables that a plan reads from one end to the other."""
    return [
        node.get("Relation Name") or node["Index Name"]
        for node in _nodes(plan)
        if node["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan")
        and "Index Cond" not in node
        and (node.get("Relation Name") or _table(node["Index Name"])) in BIG
        and node.get("Index Name") != SMALL
    ]


async def _explain(runtime: Runtime, sql: str) -> dict[str, Any]:
    """The plan for any values; the pool has all its statements planned like this."""
    values = ", ".join(["NULL"] * max(map(int, re.findall(r"\$([0-9]+)", sql))))
    async with runtime.db.transaction() as connection:
        await connection.execute(f"PREPARE asked AS {sql}")
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked({values})")
        await connection.execute("DEALLOCATE asked")
    return found[0]["Plan"]


@pytest.mark.parametrize("name", STATEMENTS)
async def test_rows_are_looked_up(runtime: Runtime, name: str) -> None:
    assert _walks(await _explain(runtime, STATEMENTS[name])) == []


async def test_a_walk_is_seen(runtime: Runtime) -> None:
    """What the others are measured by: the same lookup, ordered as it must not be."""
    sql = "SELECT id FROM statuses WHERE uri = ANY($1::text[]) ORDER BY id FOR UPDATE"
    assert _walks(await _explain(runtime, sql)) == ["statuses"]
