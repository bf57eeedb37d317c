"""`fedi account` where other servers hear of what it does."""

import asyncio
from argparse import Namespace
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from fedi.cli import account, moves
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.auth.users import create_user
from fedi.kit.errors import FediError
from tests.integration.inbound.conftest import World, certificates, far, settings, world
from tests.integration.inbound.consenting import sent

__all__ = ["certificates", "far", "settings", "world"]


class Stub:
    """A context whose databases are those of the test."""

    def __init__(self, world: World, **args: Any) -> None:
        self.args = Namespace(**args)
        self.settings = world.runtime.settings

    def run(self, work: Callable[[Any], Coroutine[Any, Any, int | None]]) -> int:
        return asyncio.run(work(self.settings)) or 0


async def call(handler: Callable[[Any], int], world: World, **args: Any) -> None:
    assert await asyncio.to_thread(handler, Stub(world, name="alice", **args)) == 0


async def alice(world: World) -> Account:
    return await get_by_id(world.runtime.read(), world.alice.id)


@pytest.fixture(autouse=True)
async def user(world: World) -> None:
    async with world.runtime.unit() as unit:
        await create_user(unit, world.alice.id, "alice@mail.test", "x", "member", confirmed=True)
    follower = world.far.actor("p.far.test", "fay")
    await world.deliver(follower, follower.does("Follow", world.alice.uri))
    await sent(world)


async def test_alias(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = world.far.actor("q.p.far.test", "alice")
    wanted = {"handles": ["alice@q.p.far.test"], "remove": False}
    await call(moves.run_alias, world, **wanted)
    assert capsys.readouterr().out.split() == [elsewhere.uri]
    assert (await alice(world)).also_known_as == [elsewhere.uri]
    assert [document["type"] for document in await sent(world)] == ["Update"]
    await call(moves.run_alias, world, handles=[], remove=False)
    assert capsys.readouterr().out.split() == [elsewhere.uri]
    await call(moves.run_alias, world, handles=[elsewhere.uri], remove=True)
    assert (await alice(world)).also_known_as == []


async def test_move_and_back(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    new = world.far.actor("q.p.far.test", "alice")
    with pytest.raises(FediError):
        await call(moves.run_move, world, handle="alice@q.p.far.test", cancel=False)
    with pytest.raises(FediError):
        await call(moves.run_move, world, handle=None, cancel=False)
    assert (await alice(world)).moved_to_uri is None
    new.extra = {"alsoKnownAs": [world.alice.uri]}
    new.publish()
    await call(moves.run_move, world, handle="alice@q.p.far.test", cancel=False)
    assert "has moved to @alice@q.p.far.test" in capsys.readouterr().out
    assert (await alice(world)).moved_to_uri == new.uri
    assert [document["type"] for document in await sent(world)] == ["Update", "Move"]
    await call(moves.run_move, world, handle=None, cancel=True)
    assert (await alice(world)).moved_to_uri is None
    [update] = await sent(world)
    assert "movedTo" not in update["object"]


async def test_suspend_and_unsuspend(world: World) -> None:
    await call(account.run_suspend, world)
    assert (await alice(world)).is_gone
    [update] = await sent(world)
    assert update["object"]["suspended"] is True
    await call(account.run_unsuspend, world)
    assert not (await alice(world)).is_gone
    [update] = await sent(world)
    assert not update["object"].get("suspended")


async def test_rotate_keys(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = await world.count("account_keys", "account_id = $1", world.alice.id)
    await call(account.run_rotate_keys, world)
    assert "sign from" in capsys.readouterr().out
    assert await world.count("account_keys", "account_id = $1", world.alice.id) == before + 2
    assert await world.count("account_keys", "signs_from IS NOT NULL") == 2
    [update] = await sent(world)
    assert update["type"] == "Update"
    with pytest.raises(FediError):
        await call(account.run_rotate_keys, world)
