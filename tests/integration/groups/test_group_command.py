"""`fedi group`."""

import asyncio
import json
from argparse import Namespace
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from fedi.cli import group
from tests.integration.inbound.conftest import World, member


class Stub:
    """A context whose databases are those of the test."""

    def __init__(self, world: World, **args: Any) -> None:
        self.args = Namespace(**args)
        self.settings = world.runtime.settings

    def run(self, work: Callable[[Any], Coroutine[Any, Any, int | None]]) -> int:
        return asyncio.run(work(self.settings)) or 0


async def call(handler: Callable[[Any], int], world: World, **args: Any) -> int:
    return await asyncio.to_thread(handler, Stub(world, **args))


async def test_a_group_from_its_beginning_to_its_end(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await member(world.runtime, "bob")
    given = {"title": "Tea", "note": "", "posting": "members", "approval": True}
    assert await call(group.run_create, world, name="tea", owner="alice", **given) == 0
    assert "!tea@a.test" in capsys.readouterr().out
    assert await call(group.run_list, world, json=True) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["posting"], listed["approval"]) == ("tea", "members", True)
    for handler, table in (
        (group.run_moderator, "group_moderators"),
        (group.run_ban, "group_bans"),
    ):
        before = await world.count(table)
        assert await call(handler, world, name="tea", who="bob", undo=False) == 0
        assert await world.count(table) == before + 1
        assert await call(handler, world, name="tea", who="bob", undo=True) == 0
        assert await world.count(table) == before
    assert await call(group.run_remove, world, name="tea") == 0
    capsys.readouterr()
    assert await call(group.run_list, world, json=False) == 0
    assert capsys.readouterr().out == ""
