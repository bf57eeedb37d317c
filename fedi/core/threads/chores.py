"""The chore that reads a conversation, and how it goes on when one run was not enough.

A run takes up to half a minute, so it goes on beside the queue: the chore only begins it. What it
leaves over is a chore of its own, a minute later.
"""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.core.statuses.missing import remember_missing
from fedi.core.threads.crawl import Crawl, Report
from fedi.core.threads.frontier import Lead, as_stored, read_leads
from fedi.core.threads.parents import fetch_parents
from fedi.kit.result import Done, Later, Outcome
from fedi.kit.unit import Unit

# How often a conversation goes on, how long after, and with how much.
MAX_RUNS = 5
PAUSE = timedelta(minutes=1)
MAX_LEFT = 1000

_THREAD = "SELECT coalesce(conversation_id, id) FROM statuses WHERE id = $1"
# Threads join while they are read: what is known of a part is known of the whole.
_FINISH = """
INSERT INTO crawls AS c (conversation_id, running, found, expected, unreachable, started_at,
  finished_at)
SELECT $1, false, $2,
  (SELECT count(*) FROM statuses s WHERE s.conversation_id = $1 AND s.visibility < 2) + m.n + $3,
  m.n, $4, $4
FROM (SELECT count(*) AS n FROM missing_posts WHERE conversation_id = $1 AND reason <> 'deleted') m
ON CONFLICT (conversation_id) DO UPDATE SET running = false, found = excluded.found,
  expected = excluded.expected, unreachable = excluded.unreachable,
  finished_at = excluded.finished_at, started_at = coalesce(c.started_at, excluded.started_at)
"""


async def begin_crawls(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore: begin to read conversations, each beside the queue."""
    return [_begin(people, row) for row in rows]


def _begin(people: People, row: asyncpg.Record) -> Outcome:
    if people.crawls.locked():
        return Later(2.0, "others are being read", counts=False)
    people.runtime.tasks.start(_crawl_beside(people, row["payload"]), f"crawl {row['key']}")
    return Done("begun")


async def _crawl_beside(people: People, payload: dict[str, object]) -> None:
    async with people.crawls:
        await crawl(people, payload)


async def crawl(people: People, payload: dict[str, object]) -> Report:
    """Read the conversation that a post belongs to, as far as one run goes.

    Args:
        people: The parts that reach out.
        payload: `status`, a post of it; `todo`, what an earlier run has left over; `runs`, how
            many there were; `only`, whether nothing else than that is looked at.
    """
    status_id = int(str(payload["status"]))
    thread = await people.runtime.read().value(_THREAD, status_id)
    if thread is None:
        return Report()
    leads = read_leads(payload.get("todo"))
    if payload.get("only"):
        return await Crawl(people).run(thread, leads, only=True)
    report = await Crawl(people).run(thread, leads)
    async with people.runtime.unit() as unit:
        await _finish(unit, status_id, thread, report)
        await _go_on(unit, payload, thread, report.rest[:MAX_LEFT])
    return report


async def _finish(unit: Unit, status_id: int, before: int, report: Report) -> None:
    thread = await unit.value(_THREAD, status_id) or before
    if thread != before:
        await unit.execute("DELETE FROM crawls WHERE conversation_id = $1", before)
        await unit.execute(
            "UPDATE missing_posts SET conversation_id = $2 WHERE conversation_id = $1",
            before,
            thread,
        )
    await remember_missing(unit, thread, report.missing)
    left = sum(lead.is_post for lead in report.rest)
    await unit.execute(_FINISH, thread, report.found, left, unit.now())


async def _go_on(unit: Unit, payload: dict[str, object], thread: int, rest: list[Lead]) -> None:
    runs = int(str(payload.get("runs", 1)))
    if rest and runs < MAX_RUNS:
        todo = {"status": payload["status"], "todo": as_stored(rest), "runs": runs + 1}
        # The chore that began this run may still be open, under its own key.
        await add_chores(unit, "crawl", [Chore(f"{thread} {runs + 1}", todo)], after=PAUSE)


CHORES = {"crawl": begin_crawls, "fetch_parents": fetch_parents}
