"""One hostile actor does and undoes the same thing ten thousand times: one member is told once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from fedi.core.interactions import receive_likes, receive_undo_likes
from fedi.core.interactions.reactions import ReceivedUnreaction, receive_undo_reactions
from fedi.core.relationships.receive import receive_follows, receive_undo_follows
from fedi.core.relationships.types import ReceivedFollow
from fedi.core.relationships.types import ReceivedUndo as ReceivedUnfollow
from fedi.core.statuses.reactions import Emoji
from fedi.core.statuses.types import ReceivedLike, ReceivedUndo
from fedi.kit.clock import now
from fedi.kit.unit import Unit
from tests.integration.attacks.conftest import Member, Site
from tests.rig.aftermath import settle

EVE = "https://eve.test/users/eve"
# Rounds, and activities of each that come in together; half of them undo.
ROUNDS, TOGETHER = 100, 100

Do = Callable[[Unit, Sequence[Any]], Awaitable[object]]


async def make_eve(site: Site) -> int:
    await site.runtime.db.fetch(
        "INSERT INTO accounts (id, username, domain, uri) VALUES (66, 'eve', 'eve.test', $1)", EVE
    )
    return 66


async def flip(site: Site, there: Do, back: Do, make: Callable[[int], tuple[Any, Any]]) -> None:
    """Deeds and their Undos, in turn and side by side, with what follows from them now and then."""
    for turn in range(ROUNDS):
        numbers = range(turn * TOGETHER // 2, (turn + 1) * TOGETHER // 2)
        made = [make(number) for number in numbers]
        async with site.runtime.unit() as unit:
            await there(unit, [deed for deed, _ in made])
        if turn % 2:
            await settle(site.runtime)
        async with site.runtime.unit() as unit:
            await back(unit, [undo for _, undo in made])
        if turn % 3:
            await settle(site.runtime)
    await settle(site.runtime)


async def write(site: Site, author: Member) -> tuple[int, str]:
    answer = await site.client.post(
        "/api/v1/statuses", json={"status": "x"}, headers=author.headers
    )
    await settle(site.runtime)
    return int(answer.json()["id"]), answer.json()["uri"]


async def told(site: Site) -> list[tuple[Any, ...]]:
    rows = await site.runtime.db.fetch(
        "SELECT account_id, type, from_account_id FROM notifications"
    )
    return [tuple(row) for row in rows]


async def test_likes(site: Site, alice: Member) -> None:
    eve, (_, post) = await make_eve(site), await write(site, alice)

    def make(number: int) -> tuple[Any, Any]:
        uri = f"{EVE}/likes/{number}"
        return ReceivedLike(uri, eve, EVE, post), ReceivedUndo(uri, eve, EVE, post)

    await flip(site, receive_likes, receive_undo_likes, make)
    assert await told(site) == [(alice.account.id, "favourite", eve)]
    assert await site.runtime.db.value("SELECT favourites_count FROM status_stats") == 0


async def test_reactions(site: Site, alice: Member) -> None:
    eve, (_, post) = await make_eve(site), await write(site, alice)

    def make(number: int) -> tuple[Any, Any]:
        uri, sign = f"{EVE}/reacts/{number}", chr(0x1F400 + number % 50)
        return (
            ReceivedLike(uri, eve, EVE, post, Emoji(sign)),
            ReceivedUnreaction(eve, EVE, uri, post, sign, None),
        )

    async def react(unit: Unit, items: Sequence[Any]) -> object:
        return await receive_likes(unit, items, "EmojiReact")

    await flip(site, react, receive_undo_reactions, make)
    assert await told(site) == [(alice.account.id, "favourite", eve)]
    row = await site.runtime.db.row("SELECT favourites_count, reactions_count FROM status_stats")
    assert row is not None
    left = await site.runtime.db.value("SELECT count(*) FROM status_reactions")
    assert tuple(row) == (min(left, 1), left)


async def test_follows(site: Site, alice: Member) -> None:
    eve, began = await make_eve(site), now()
    target = alice.account.id

    def make(number: int) -> tuple[Any, Any]:
        uri, at = f"{EVE}/follows/{number}", began + timedelta(seconds=number)
        return (
            ReceivedFollow(uri, eve, target, at),
            ReceivedUnfollow(eve, uri, target, at + timedelta(milliseconds=500)),
        )

    await flip(site, receive_follows, receive_undo_follows, make)
    assert await told(site) == [(target, "follow", eve)]
    followers = await site.runtime.db.value(
        "SELECT followers_count FROM account_stats WHERE account_id = $1", target
    )
    assert followers == await site.runtime.db.value("SELECT count(*) FROM follows")
