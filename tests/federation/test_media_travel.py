"""A photo goes from one instance to a reader on another, and an avatar with its actor."""

import json
from typing import Any

import pytest
import pyvips

from tests.federation.conftest import World
from tests.rig.instance import until

pytestmark = pytest.mark.xdist_group("two instances")


def photo(shade: int) -> bytes:
    image = pyvips.Image.xyz(600, 400)[0] * (shade / 600)
    return bytes(image.cast("uchar").jpegsave_buffer(Q=80))


async def test_a_photo_reaches_the_reader_elsewhere(world: World) -> None:
    answer = await world.alice.call(
        "POST",
        "/api/v2/media",
        files={"file": ("a.jpg", photo(200))},
        data={"description": "a ramp", "focus": "0.5,0.25"},
    )
    path = f"/api/v1/media/{answer['id']}"

    async def ready() -> Any:
        return (await world.alice.call("GET", path))["url"]

    url = await until(ready, what="the photo is processed")
    post = await world.alice.post("look at this", media_ids=[answer["id"]])
    assert post["media_attachments"][0]["url"] == url
    there = await world.bob.sees(post["uri"])
    [seen] = there["media_attachments"]
    assert (seen["type"], seen["description"]) == ("image", "a ramp")
    assert seen["remote_url"] == url
    assert seen["url"].startswith("https://b.test/proxy/")
    assert seen["blurhash"] == post["media_attachments"][0]["blurhash"]
    assert seen["meta"]["original"]["size"] == "600x400"
    assert seen["meta"]["focus"] == {"x": 0.5, "y": 0.25}
    ours = await world.a.request("GET", url.removeprefix("https://a.test"))
    theirs = await world.b.request("GET", seen["url"].removeprefix("https://b.test"))
    assert theirs.status_code == 200
    assert theirs.content == ours.content
    usage = await world.b.run("media", "usage", "--json")
    assert json.loads(usage)["cached"] >= 1
    assert "0 files of other servers would go" in await world.b.run("media", "prune", "--dry-run")


async def test_an_avatar_reaches_the_reader_elsewhere(world: World) -> None:
    me = await world.alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", files={"avatar": ("a.jpg", photo(90))}
    )
    assert me["avatar"].startswith("https://a.test/media/")
    own = await world.a.request("GET", me["avatar"].removeprefix("https://a.test"))

    async def arrived() -> bool:
        account = await world.bob.find(world.alice.handle)
        if not account["avatar"].startswith("https://b.test/proxy/"):
            return False
        shown = await world.b.request("GET", account["avatar"].removeprefix("https://b.test"))
        return shown.content == own.content

    await until(arrived, what="the avatar at b.test")
