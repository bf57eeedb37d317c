"""Who follows whom: laid by real requests over the wire and the API, only as far as needed."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.bench import wire
from tests.bench.client import drive
from tests.bench.server import DOMAIN, Member, Peers, Server

LOCALS = [f"local{number}" for number in range(1, 31)]
MEMBERS = ["reader", "shared", "single", *LOCALS]
FOLLOWERS = 500
# The actor names of the peer and what they are for, each on several hosts.
FAN_NAMES = [f"fan{number}" for number in range(FOLLOWERS // wire.HOSTS)]
SOURCE = "source"
GROUP_SIZE = 10


class World:
    """One instance, its members, and the actors of the peer."""

    def __init__(self, server: Server, peers: Peers) -> None:
        self.server = server
        self.peers = peers
        self.key = wire.key(peers.folder)
        self.members: dict[str, Member] = {}
        self._done: set[str] = set()
        self._last = datetime.now(UTC) - timedelta(minutes=10)

    @property
    def reader(self) -> Member:
        """Who follows the fifty sources."""
        return self.members["reader"]

    async def once(self, name: str) -> bool:
        """True the first time that something is asked for."""
        if name in self._done:
            return False
        self._done.add(name)
        return True

    def moments(self, count: int) -> list[datetime]:
        """Publishing times a millisecond apart, all in the past and later than any before."""
        start = max(datetime.now(UTC) - timedelta(milliseconds=count), self._last)
        found = [start + timedelta(milliseconds=number + 1) for number in range(count)]
        self._last = found[-1]
        return found

    async def call(self, method: str, target: str, member: Member, **options: Any) -> Any:
        """One API call of a member."""
        return await self.server.call(method, target, member=member, **options)

    async def me(self, member: Member) -> dict[str, Any]:
        """The member's own account."""
        return await self.call("GET", "/api/v1/accounts/verify_credentials", member)

    async def find(self, actor: wire.Actor) -> str:
        """The id of a remote actor, who is fetched when new."""
        query = f"/api/v2/search?type=accounts&resolve=true&q={quote(actor.handle)}"
        return (await self.call("GET", query, self.reader))["accounts"][0]["id"]

    async def follow_remote(self, members: list[Member], actors: list[wire.Actor]) -> None:
        """Let members follow remote actors, and wait until these have accepted."""
        ids = [await self.find(actor) for actor in actors]
        before = {member.name: (await self.me(member))["following_count"] for member in members}
        for member in members:
            for account_id in ids:
                await self.call("POST", f"/api/v1/accounts/{account_id}/follow", member)
        for member in members:
            await self.reaches(member, "following_count", before[member.name] + len(ids))

    async def reaches(self, member: Member, name: str, count: int) -> None:
        """Wait until a number of a member's account is what it should be."""
        deadline = time.monotonic() + 45
        while (found := (await self.me(member))[name]) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} of {member.name} is {found}, not {count}")
            await asyncio.sleep(0.1)

    # the parts of the graph

    async def people(self) -> None:
        """All local members."""
        if await self.once("people"):
            self.members = await self.server.members(MEMBERS)

    async def sources(self) -> None:
        """The reader follows fifty remote actors, thirty locals follow the reader."""
        if await self.once("sources"):
            await self.follow_remote([self.reader], wire.actors("s", SOURCE))
            for name in LOCALS:
                member = self.members[name]
                await self.call("POST", f"/api/v1/accounts/{self.reader.id}/follow", member)

    async def group(self, size: int) -> list[wire.Actor]:
        """Ten remote actors whom `size` local members follow."""
        actors = wire.actors("s", f"group{size}", GROUP_SIZE)
        if await self.once(f"group{size}"):
            chosen = [self.members[name] for name in MEMBERS[:size]]
            await self.follow_remote(chosen, actors)
        return actors

    async def fans(self, kind: str) -> Member:
        """The poster with five hundred remote followers on fifty hosts of a kind."""
        poster = self.members["shared" if kind == "s" else "single"]
        if await self.once(f"fans {kind}"):
            fans = [actor for name in FAN_NAMES for actor in wire.actors(kind, name)]
            asked = (wire.follow(fan, poster.uri) for fan in fans)
            sent = await drive(
                self.server.address, wire.sign_all(self.key, asked, DOMAIN), connections=8
            )
            assert not sent.trouble(), sent.trouble()
            await self.reaches(poster, "followers_count", len(fans))
        return poster

    # what they say

    def creates(
        self,
        actors: list[wire.Actor],
        count: int,
        name: str,
        *,
        mention_every: int = 0,
        quoted: list[str] | None = None,
    ) -> tuple[list[bytes], list[str]]:
        """Signed Creates in turn, every so many with a mention of the reader; their post ids.

        With `quoted`, a post of each actor, they bear all that posts can.
        """
        mention = (self.reader.uri, self.reader.handle)
        activities = [
            wire.create(
                actors[number % len(actors)],
                f"{name}-{number}",
                moment,
                mention=mention if mention_every and number % mention_every == 0 else None,
            )
            for number, moment in enumerate(self.moments(count))
        ]
        if quoted is not None:
            for number, activity in enumerate(activities):
                wire.enrich(activity, number, quoted[number % len(quoted)])
        uris = [activity["object"]["id"] for activity in activities]
        return wire.sign_all(self.key, activities, DOMAIN), uris

    async def newest(self, member: Member) -> str:
        """The newest id at home."""
        page = await self.call("GET", "/api/v1/timelines/home?limit=1", member)
        return page[0]["id"] if page else "0"

    async def watch(self, member: Member, cursor: str, uris: list[str], seconds: float) -> int:
        """Follow the home timeline upwards until all posts are there; how many were seen.

        The cursor moves on only over posts that were seen without a gap, so that this costs about
        one page for forty posts.
        """
        numbers = {uri: number for number, uri in enumerate(uris)}
        deadline = time.monotonic() + seconds
        reached = 0
        while reached < len(uris) and time.monotonic() < deadline:
            target = f"/api/v1/timelines/home?limit=40&min_id={cursor}"
            page = await self.call("GET", target, member)
            ids = {numbers[s["uri"]]: s["id"] for s in page if s["uri"] in numbers}
            moved = False
            while reached in ids:
                cursor, reached, moved = ids[reached], reached + 1, True
            await asyncio.sleep(0.01 if moved and len(page) == 40 else 0.05)
        return reached
