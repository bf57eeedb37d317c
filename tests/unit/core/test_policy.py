"""The domain list is read once for all who ask at that moment, be it to be had or not."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fedi.core.domains.policy import Policy
from fedi.kit.errors import Unavailable


class Database:
    """A database that keeps everybody waiting before it answers or does not."""

    def __init__(self, *, is_away: bool) -> None:
        self.is_away = is_away
        self.asked = 0
        self.answers = asyncio.Event()

    async def fetch(self, *_: object) -> list[Any]:
        self.asked += 1
        await self.answers.wait()
        if self.is_away:
            raise Unavailable("not now", "silent", retry_after=7)
        return [("bad.test", "suspend")]


def policy_on(database: Database) -> Policy:
    settings = SimpleNamespace(federation=SimpleNamespace(allow_list=False))
    return Policy(cast("Any", SimpleNamespace(db=database, settings=settings)))


async def ask(policy: Policy, database: Database) -> list[Any]:
    asking = [asyncio.ensure_future(policy.load()) for _ in range(5)]
    await asyncio.sleep(0)
    database.answers.set()
    return await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.parametrize("is_away", [False, True])
async def test_one_reads_or_fails_for_all_who_wait(*, is_away: bool) -> None:
    database = Database(is_away=is_away)
    policy = policy_on(database)
    found = await ask(policy, database)
    assert database.asked == 1
    if is_away:
        assert {(type(each), each.retry_after) for each in found} == {(Unavailable, 7)}
    else:
        assert all(each.is_suspended("bad.test") for each in found)


async def test_who_comes_later_asks_again() -> None:
    database = Database(is_away=True)
    policy = policy_on(database)
    await ask(policy, database)
    database.is_away = False
    assert (await policy.load()).is_suspended("bad.test")
    assert database.asked == 2
