"""`toot`, as people use it: sign in by the code flow, post, follow, read, answer, boost, like."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.contract.pictures import png
from tests.federation.conftest import World
from tests.rig.browser import allow
from tests.rig.instance import ROOT, Member, until

pytestmark = pytest.mark.xdist_group("two instances")


@dataclass
class Toot:
    """toot with a configuration of its own."""

    world: World
    member: Member
    folder: Path

    async def run(self, *words: str) -> str:
        """Run a command that needs no answers; what it printed."""
        process = await self.start(*words)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, (words, out.decode(), err.decode())
        return out.decode()

    async def json(self, *words: str) -> Any:
        """Run a command that prints JSON."""
        return json.loads(await self.run(*words, "--json"))

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start a command."""
        places = ",".join(
            f"{instance.domain}={instance.address}:{instance.port}"
            for instance in (self.world.a, self.world.b)
        )
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "-m", "tests.rig.toot", places, *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "XDG_CONFIG_HOME": str(self.folder),
                "XDG_CACHE_HOME": str(self.folder),
                "REQUESTS_CA_BUNDLE": str(self.world.a.certificates.ca),
                "LC_ALL": "C.UTF-8",
            },
        )

    async def log_in(self) -> str:
        """The code flow, with a browser beside it; what toot says at the end."""
        instance = self.member.instance
        process = await self.start("login", "--instance", instance.origin)
        assert process.stdout is not None
        printed = await asyncio.wait_for(process.stdout.readuntil(b"Login URL:\n"), 60)
        url = (await process.stdout.readline()).decode().strip()
        code = await allow(instance, self.member.name, url)
        out, err = await asyncio.wait_for(process.communicate(f"n\n{code}\n".encode()), 60)
        assert process.returncode == 0, (printed.decode(), out.decode(), err.decode())
        return out.decode()


@pytest.fixture(scope="module")
async def toot(world: World, tmp_path_factory: pytest.TempPathFactory) -> Toot:
    """toot, signed in as a new member of a.test."""
    member = await world.a.member("tootie")
    toot = Toot(world, member, tmp_path_factory.mktemp("toot"))
    said = await toot.log_in()
    assert "Successfully logged in" in said
    return toot


async def test_it_knows_who_it_is(toot: Toot) -> None:
    assert "tootie@a.test" in await toot.run("auth")
    assert "@tootie" in await toot.run("whoami")
    assert (await toot.json("instance"))["uri"] == "a.test"


async def test_it_posts_and_reads_its_timeline(toot: Toot) -> None:
    post = await toot.json("post", "written with toot", "--visibility", "unlisted")
    assert post["visibility"] == "unlisted"
    assert "written with toot" in await toot.run("timeline", "--once")
    shown = await toot.run("status", post["id"])
    assert "written with toot" in shown


async def test_it_follows_across_instances_and_reads_answers_boosts_and_likes(toot: Toot) -> None:
    bob = toot.world.bob
    await toot.run("follow", bob.handle.removeprefix("@"))

    async def following() -> bool:
        return "bob@b.test" in await toot.run("following", "tootie")

    await until(following, what="toot follows Bob")
    post = await bob.post("for toot to read")
    there = await toot.member.sees(post["uri"])
    assert "for toot to read" in await toot.run("timeline", "--once")
    await toot.run("favourite", there["id"])
    await toot.run("reblog", there["id"])
    answer = await toot.json(
        "post", f"{bob.handle} read it", "--reply-to", there["id"], "--visibility", "public"
    )
    assert "read it" in await toot.run("thread", there["id"])

    async def arrived() -> bool:
        found = await bob.call("GET", f"/api/v1/statuses/{post['id']}")
        told = await bob.call("GET", "/api/v1/notifications")
        kinds = {n["type"] for n in told if n["account"]["acct"] == "tootie@a.test"}
        counts = (found["favourites_count"], found["reblogs_count"], found["replies_count"])
        return counts == (1, 1, 1) and {"follow", "favourite", "reblog", "mention"} <= kinds

    await until(arrived, what="all of it reaches Bob")
    context = await bob.call("GET", f"/api/v1/statuses/{post['id']}/context")
    assert [s["uri"] for s in context["descendants"]] == [answer["uri"]]
    await toot.run("unfavourite", there["id"])
    await toot.run("unreblog", there["id"])
    await toot.run("bookmark", there["id"])
    assert "for toot to read" in await toot.run("bookmarks", "--once")
    await toot.run("delete", answer["id"])

    async def taken_back() -> bool:
        found = await bob.call("GET", f"/api/v1/statuses/{post['id']}")
        counts = (found["favourites_count"], found["reblogs_count"], found["replies_count"])
        return counts == (0, 0, 0)

    await until(taken_back, what="all of it is taken back")


async def test_it_hears_of_answers(toot: Toot) -> None:
    bob = toot.world.bob
    post = await toot.json("post", "anybody there?")
    found = await bob.call(
        "GET", "/api/v2/search", params={"q": post["uri"], "resolve": "true", "type": "statuses"}
    )
    there = found["statuses"][0]["id"]
    await bob.post(f"{toot.member.handle} me", in_reply_to_id=there)

    async def heard() -> bool:
        return "bob@b.test" in await toot.run("notifications", "--mentions")

    await until(heard, what="toot hears of the answer")


async def test_it_blocks_and_mutes(toot: Toot) -> None:
    carol = await toot.world.a.member("tootcarol")
    for word in ("mute", "block"):
        await toot.run(word, carol.name)
        assert carol.name in await toot.run("muted" if word == "mute" else "blocked")
        await toot.run(f"un{word}", carol.name)


async def test_it_posts_files_and_polls(toot: Toot, tmp_path: Path) -> None:
    picture = tmp_path / "blue.png"
    picture.write_bytes(png(64, 48))
    post = await toot.json("post", "look", "-m", str(picture), "-d", "a blue field")
    assert post["media_attachments"][0]["description"] == "a blue field"
    assert post["media_attachments"][0]["url"].startswith("https://a.test/")
    words = ["--poll-option", "tea", "--poll-option", "coffee", "--poll-expires-in", "1h"]
    asked = await toot.json("post", "which?", *words)
    assert [each["title"] for each in asked["poll"]["options"]] == ["tea", "coffee"]
    shown = await toot.run("status", asked["id"])
    assert "coffee" in shown


async def test_it_searches_and_keeps_lists(toot: Toot) -> None:
    dave = await toot.world.a.member("tootdave")
    await toot.json("post", "brewing #pottery")
    assert "tootdave" in await toot.run("search", dave.name)
    assert "pottery" in await toot.run("search", "pottery")
    await toot.run("follow", dave.name)
    await toot.run("lists", "create", "close")
    await toot.run("lists", "add", "close", dave.name)
    assert "tootdave" in await toot.run("lists", "accounts", "close")
    await toot.run("lists", "delete", "close")
    await toot.run("tags", "follow", "pottery")
    assert "pottery" in await toot.run("tags", "followed")
