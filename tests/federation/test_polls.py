"""A poll between two real instances: asked on one, answered on the other, counted on both."""

from typing import Any

import pytest

from tests.federation.conftest import World
from tests.rig.instance import Instance, Member, until

pytestmark = pytest.mark.xdist_group("two instances")


async def look(member: Member, poll_id: str) -> dict[str, Any]:
    return await member.call("GET", f"/api/v1/polls/{poll_id}")


def tallies(poll: dict[str, Any]) -> list[int]:
    return [option["votes_count"] for option in poll["options"]]


async def change(instance: Instance, sql: str, *args: object) -> None:
    connection = await instance.database()
    try:
        await connection.execute(sql, *args)
    finally:
        await connection.close()


async def told(member: Member) -> list[str]:
    rows = await member.call("GET", "/api/v1/notifications", params={"types[]": "poll"})
    return [row["status"]["uri"] for row in rows]


async def test_a_poll_from_its_beginning_to_its_end(world: World) -> None:
    carol = await world.a.member("carola")
    post = await world.alice.post(
        "what shall it be?", poll={"options": ["tea", "coffee"], "expires_in": 3600}
    )
    here = post["poll"]["id"]
    there = (await world.bob.sees(post["uri"]))["poll"]["id"]
    assert (await look(world.bob, there))["options"] == post["poll"]["options"]

    votes = f"/api/v1/polls/{there}/votes"
    voted = await world.bob.call("POST", votes, json={"choices": [1]})
    assert (voted["own_votes"], tallies(voted)) == ([1], [0, 1])
    again = await world.bob.ask("POST", votes, json={"choices": [0]})
    assert again.status_code == 422

    async def counted() -> bool:
        return tallies(await look(world.alice, here)) == [0, 1]

    await until(counted, what="the vote from elsewhere is counted")
    context = await world.alice.call("GET", f"/api/v1/statuses/{post['id']}/context")
    assert context["descendants"] == []

    await carol.call("POST", f"/api/v1/polls/{here}/votes", json={"choices": [0]})

    async def told_elsewhere() -> bool:
        # What waits for company on its way out goes now.
        await change(world.a, "UPDATE chores SET due_at = now() WHERE kind = 'announce_poll'")
        return tallies(await look(world.bob, there)) == [1, 1]

    await until(told_elsewhere, what="the other side hears of the votes")
    assert (await look(world.bob, there))["own_votes"] == [1]
    assert (await look(world.bob, there))["voters_count"] == 2

    await change(world.a, "UPDATE polls SET expires_at = now() WHERE id = $1::bigint", int(here))

    async def over() -> bool:
        return (await look(world.bob, there))["expired"]

    await until(over, seconds=45, what="the end is known on the other side")
    for member in (world.alice, carol, world.bob):

        async def heard(member: Member = member) -> bool:
            return await told(member) == [post["uri"]]

        await until(heard, seconds=45, what=f"{member.name} is told of the end")
    late = await world.bob.ask("POST", votes, json={"choices": [0]})
    assert late.status_code == 422
    edited = await world.bob.call("GET", f"/api/v1/statuses/{await id_there(world, post)}")
    assert edited["edited_at"] is None


async def id_there(world: World, post: dict[str, Any]) -> str:
    return (await world.bob.sees(post["uri"]))["id"]
