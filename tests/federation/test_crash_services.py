"""Whatever dies under load, and however often: nothing that was acknowledged is lost or doubled."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from fedi.embedded import redis as embedded_redis
from tests.conftest import worker_number
from tests.cpu import is_within, wall, within
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.instance import until
from tests.rig.load import Load, loaded

pytestmark = [pytest.mark.serial, pytest.mark.timeout(180)]

SOAK = bool(os.environ.get("FEDI_TEST_SOAK"))
TIMES = 20 if SOAK else 2


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("crash-services")
    async with arena(folder, certificates, net=f"127.{110 + worker_number()}") as box:
        await box.follow(box.peer.actor("star"))
        for number in range(4):
            follower = box.peer.actor(f"f{number}")
            await box.receive(follower, follower.says("Follow", box.alice_uri))
        yield box


@pytest.fixture
async def load(box: Arena) -> Load:
    await box.begin()
    followers = [box.peer.actor(f"f{number}") for number in range(4)]
    return Load(box, followers, box.peer.actor("star"))


async def back(box: Arena, role: str, before: list[int]) -> None:
    """Wait until a process of the role has taken the place of the dead."""

    async def replaced() -> bool:
        now = box.pids(role)
        return bool(now) and not set(now) & set(before)

    await until(replaced, seconds=30, what=f"a new {role}")


@pytest.mark.parametrize("role", ["worker", "web", "redis", "postgres"])
async def test_kill_9_under_load(box: Arena, load: Load, role: str) -> None:
    async with loaded(load):
        for _ in range(TIMES):
            await asyncio.sleep(0.7)
            await back(box, role, box.kill(role))
        await asyncio.sleep(0.7)
    await box.check(copies=1 + TIMES)


async def test_an_immediate_stop_of_postgres_costs_no_answer_after_it_is_back(
    box: Arena, load: Load
) -> None:
    async with loaded(load):
        await asyncio.sleep(0.7)
        before = box.kill("postgres", signal.SIGQUIT)
        slowest = await _ask_while_away(box)
        await back(box, "postgres", before)
        await until(lambda: _works(box), what="answers again")
        # With the database back, no connection of the pool fails anybody any more.
        answers = [await box.alice.ask("GET", "/api/v1/timelines/home") for _ in range(10)]
    assert [answer.status_code for answer in answers] == [200] * 10
    assert is_within(slowest, 4.0, wall)
    await box.check(copies=2)


async def _works(box: Arena) -> bool:
    return (await box.alice.ask("GET", "/api/v1/timelines/home")).status_code == 200


async def _ask_while_away(box: Arena) -> float:
    """Requests while Postgres is down: 503 with Retry-After, soon, and never a bare 500."""
    slowest, deadline = 0.0, time.monotonic() + 1.0
    while time.monotonic() < deadline:
        for method, path in (
            ("GET", "/api/v1/timelines/home"),
            ("GET", "/api/v1/accounts/verify_credentials"),
            ("GET", "/@alice"),
            ("POST", "/api/v1/statuses"),
        ):
            began = time.monotonic()
            answer = await box.alice.ask(method, path)
            slowest = max(slowest, time.monotonic() - began)
            assert answer.status_code in {200, 422, 503}, (path, answer.status_code, answer.text)
            if answer.status_code == 503:
                assert "retry-after" in answer.headers, path
    return slowest


async def test_redis_may_be_wiped_and_freeze(box: Arena, load: Load) -> None:
    client: Redis = Redis.from_url(embedded_redis.build_url(box.home))
    try:
        async with loaded(load):
            for _ in range(3):
                await asyncio.sleep(0.4)
                await client.flushall()
            pids = box.kill("redis", signal.SIGSTOP)
            try:
                await asyncio.sleep(3.0)
                with within(1.0, wall):
                    assert await _works(box)
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
    finally:
        await client.aclose()
    await box.check(copies=1)


async def test_a_stopped_worker_loses_its_leases_and_does_no_harm(box: Arena, load: Load) -> None:
    """Frozen while it holds work; another one takes over; it thaws and must not close anything."""
    async with loaded(load):
        box.arm("O6", "freeze")
        box.arm("I7", "freeze")
        frozen = box.pids("worker")
        await until(lambda: _any_struck(box), what="the worker freezes")
        box.disarm()
        words = box.instance.command("worker", "--config", str(box.instance.folder / "fedi.toml"))
        second = await asyncio.create_subprocess_exec(
            *words,
            env=box.instance.environment(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await asyncio.sleep(6.0)
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(1.0)
        finally:
            second.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(second.wait(), 30)
    assert code == 0
    await box.check(copies=2)


async def _any_struck(box: Arena) -> bool:
    return any(box.faults.joinpath(f"{name}.struck").exists() for name in ("O6", "I7"))


async def test_sigterm_hands_work_back_at_once(box: Arena, load: Load) -> None:
    """A worker of its own, told to end while it delivers to a slow host: exit 0, nothing leased."""
    slow = box.peer.host("f0")
    async with loaded(load):
        words = box.instance.command("worker", "--config", str(box.instance.folder / "fedi.toml"))
        extra = await asyncio.create_subprocess_exec(
            *words,
            env=box.instance.environment(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        slow.latency = 0.5
        await asyncio.sleep(3.0)
        began = time.monotonic()
        extra.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(extra.wait(), 30)
        took = time.monotonic() - began
        name = f":{extra.pid}:"
        leased = await box.value(
            "SELECT (SELECT count(*) FROM deliveries WHERE lease IS NOT NULL AND state = 0"
            " AND position($1 IN leased_by) > 0) + (SELECT count(*) FROM inbound WHERE"
            " lease IS NOT NULL AND state = 0 AND position($1 IN leased_by) > 0)",
            name,
        )
    slow.latency = 0.0
    assert code == 0
    assert is_within(took, 15, wall)
    assert leased == 0
    await box.check(copies=1)


async def test_everything_ends_in_order_and_comes_back_with_its_work(
    box: Arena, load: Load
) -> None:
    async with loaded(load):
        await asyncio.sleep(0.7)
        with within(10, wall):
            await asyncio.to_thread(_stop, box)
        with pytest.raises(httpx.HTTPError):
            await box.alice.ask("GET", "/api/v1/timelines/home")
        box.instance.start()
        await box.instance.ready()
    await box.check(copies=1)


def _stop(box: Arena) -> None:
    assert box.instance.stop() == 0
