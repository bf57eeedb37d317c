"""Poison: activities that raise, take for ever or kill their worker, among many good ones."""

import os
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest

from fedi.embedded import postgres
from tests.conftest import worker_number
from tests.cpu import is_within, wall
from tests.rig.actors import Actor
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.instance import until

pytestmark = [pytest.mark.serial, pytest.mark.timeout(180)]

GOOD, BAD = 60, 5
SETTINGS = """
[database]
statement_timeout_ms = 1000
[queue]
lease_seconds = 6
sweep_seconds = 0.2
"""
# What the database does when a post with this word in it is stored.
TRIGGER = """
CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.content LIKE '%raises%' THEN RAISE EXCEPTION 'poisoned'; END IF;
  IF NEW.content LIKE '%sleeps%' THEN PERFORM pg_sleep(30); END IF;
  IF NEW.content LIKE '%kills%' THEN PERFORM pg_sleep(0.7); END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER poison BEFORE INSERT ON statuses FOR EACH ROW EXECUTE FUNCTION poison();
"""


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("faults-rows")
    net = f"127.{150 + worker_number()}"
    async with arena(folder, certificates, net=net, extra=SETTINGS) as box:
        await box.follow(box.peer.actor("star"))
        connection = await asyncpg.connect(postgres.build_url(box.home))
        await connection.execute(TRIGGER)
        await connection.close()
        yield box


@pytest.fixture
def star(box: Arena) -> Actor:
    return box.peer.actor("star")


async def send_mixed(box: Arena, star: Actor, word: str, bad: int) -> tuple[list[str], list[str]]:
    """Good and bad posts in one stream, of several authors; the ids of both.

    The worker stands still meanwhile, so that it finds all of them together.
    """
    stopped = box.kill("worker", signal.SIGSTOP)
    good: list[str] = []
    poison: list[str] = []
    every = GOOD // bad
    for number in range(GOOD):
        other = box.peer.actor(f"h{number % 3}", "writer")
        note = other.note("fine", mentions=(box.alice_uri,))
        good.append(note["id"])
        await box.receive(other, other.creates(note))
        if number % every == every // 2:
            note = star.note(f"this one {word}")
            poison.append(note["id"])
            await box.receive(star, star.creates(note))
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    return good, poison


async def count_stored(box: Arena, uris: list[str]) -> int:
    return await box.value("SELECT count(*) FROM statuses WHERE uri = ANY($1::text[])", uris)


async def hurry(box: Arena) -> None:
    """The waits between the tries are not tested here."""
    await box.fetch("UPDATE inbound SET due_at = now() WHERE state = 1")


async def test_what_raises_is_set_aside_with_its_reason(box: Arena, star: Actor) -> None:
    await box.begin()
    good, poison = await send_mixed(box, star, "raises", BAD)

    async def all_good() -> bool:
        return await count_stored(box, good) == len(good)

    await until(all_good, seconds=20, what="the good ones are stored")

    async def quarantined() -> bool:
        await hurry(box)
        rows = await box.fetch(
            "SELECT state, attempts, reason FROM inbound WHERE activity_uri = ANY($1::text[])",
            [f"{uri}/activity" for uri in poison],
        )
        assert all(row["attempts"] <= 3 for row in rows), [dict(row) for row in rows]
        return all(row["state"] == 5 and "poisoned" in row["reason"] for row in rows)

    await until(quarantined, seconds=30, what="the bad ones are set aside")
    assert await count_stored(box, poison) == 0


async def test_what_takes_for_ever_is_set_aside_too(box: Arena, star: Actor) -> None:
    """Each of these runs into the time limit for statements whenever it is tried."""
    await box.begin()
    began = time.monotonic()
    good, poison = await send_mixed(box, star, "sleeps", 2)

    async def all_good() -> bool:
        return await count_stored(box, good) == len(good)

    await until(all_good, seconds=40, what="the good ones are stored")
    assert is_within(time.monotonic() - began, 40, wall)

    async def quarantined() -> bool:
        await hurry(box)
        rows = await box.fetch(
            "SELECT state, attempts, reason FROM inbound WHERE activity_uri = ANY($1::text[])",
            [f"{uri}/activity" for uri in poison],
        )
        return all(row["state"] == 5 for row in rows)

    await until(quarantined, seconds=40, what="the bad ones are set aside")


async def test_what_kills_its_worker_is_found_by_its_attempts(box: Arena, star: Actor) -> None:
    """Whenever it is worked on, the worker dies at once; its neighbours are done all the same."""
    await box.begin()
    good, poison = await send_mixed(box, star, "kills", 1)
    kills = 0

    async def over() -> bool:
        nonlocal kills
        working = await box.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        )
        if working and (pids := box.pids("worker")):
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            kills += 1
        await hurry(box)
        rows = await box.fetch(
            "SELECT state FROM inbound WHERE activity_uri = $1", f"{poison[0]}/activity"
        )
        return rows[0]["state"] == 5 and await count_stored(box, good) == len(good)

    await until(over, seconds=90, what="the killer is set aside")
    assert 1 <= kills <= 5, kills
    assert await count_stored(box, poison) == 0
