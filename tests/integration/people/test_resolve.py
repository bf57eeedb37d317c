"""Getting to know people elsewhere: fetched from their origin, believed only where both agree."""

import asyncio
import dataclasses
import json
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from fedi.config import Settings
from fedi.config.settings import Outbound
from fedi.core.accounts import queries
from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_actors, resolve_handle
from fedi.core.accounts.types import Account
from fedi.core.domains.service import block
from fedi.kit.errors import (
    FediError,
    NotFound,
    RemoteDown,
    RemoteError,
    RemoteGone,
    RemoteNonsense,
    RemoteRefused,
)
from fedi.kit.runtime import Runtime
from tests.integration.people.conftest import World
from tests.rig.certificates import Certificates, make_certificates

TYPE = "application/activity+json"


@dataclass
class Peer:
    """A server that says what it is told to, for all hosts under `.test` but ours."""

    documents: dict[str, Any] = field(default_factory=dict)
    fingers: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    hits: Counter = field(default_factory=Counter)
    signed: list[str] = field(default_factory=list)
    port: int = 0

    def actor(self, host: str, name: str, **changes: Any) -> str:
        uri = f"https://{host}/users/{name}"
        self.documents[uri] = {
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{uri}/inbox",
        } | changes
        self.fingers.setdefault(f"{name}@{host}", uri)
        return uri

    async def answer(self, request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        if request.path == "/.well-known/webfinger":
            acct = request.query["resource"].removeprefix("acct:")
            self.hits[acct] += 1
            uri = self.fingers.get(acct)
            if uri is None:
                return web.Response(status=404)
            links = [{"rel": "self", "type": TYPE, "href": uri}]
            body = json.dumps({"subject": f"acct:{acct}", "links": links})
            return web.Response(text=body, content_type="application/jrd+json")
        url = f"https://{request.host}{request.path_qs}"
        self.hits[url] += 1
        self.signed.append(_dialect(request))
        status = self.statuses.get(url, 200)
        if status == 401 and "Signature-Input" in request.headers:
            status = 200
        if status != 200 or url not in self.documents:
            return web.Response(status=status if status != 200 else 404)
        return web.Response(text=json.dumps(self.documents[url]), content_type=TYPE)


def _dialect(request: web.Request) -> str:
    if "Signature-Input" in request.headers:
        return "rfc9421"
    return "cavage" if "Signature" in request.headers else "unsigned"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    names = ["b.test", "c.test", "m.test", "v.test", "*.c.test", "*.evil.test"]
    return make_certificates(tmp_path_factory.mktemp("tls"), names)


@pytest.fixture
async def peer(certificates: Certificates) -> AsyncGenerator[Peer]:
    found = Peer()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    tls = certificates.for_server()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    found.port = runner.addresses[0][1]
    yield found
    await runner.cleanup()


@pytest.fixture
async def people(
    world: World, settings: Settings, peer: Peer, certificates: Certificates
) -> AsyncGenerator[People]:
    pinned = Outbound(hosts={"*.test": f"127.0.0.1:{peer.port}"}, ca_file=str(certificates.ca))
    runtime = Runtime(dataclasses.replace(settings, outbound=pinned), role="test", pool_size=5)
    yield People(runtime)
    await runtime.close()


async def one(people: People, uri: str, **options: Any) -> Any:
    return (await resolve_actors(people, [uri], **options))[uri]


class TestResolveActors:
    async def test_fetches_once_and_stores(self, people: People, peer: Peer) -> None:
        uri = peer.actor("b.test", "eve")
        found = await one(people, uri)
        assert isinstance(found, Account)
        assert (found.acct, found.handle_verified) == ("eve@b.test", True)
        assert await one(people, uri) == found
        assert peer.hits[uri] == 1
        assert peer.signed == ["cavage"]

    async def test_many_who_ask_at_once_share_one_fetch(self, people: People, peer: Peer) -> None:
        uri = peer.actor("b.test", "eve")
        found = await asyncio.gather(*(one(people, uri) for _ in range(3)))
        assert len({account.id for account in found}) == 1
        assert peer.hits[uri] == 1

    async def test_ours_are_never_fetched(self, people: People, peer: Peer, world: World) -> None:
        alice = await world.local("alice")
        assert await one(people, alice.uri, refresh=True) == alice
        assert isinstance(await one(people, "https://a.test/ap/users/5"), NotFound)
        for uri in ("http://a.test/ap/users/5", "https://a.test:444/x", "http://A.TEST/x"):
            assert isinstance(await one(people, uri), RemoteRefused)
        assert not peer.hits

    async def test_what_fails_is_remembered(self, people: People, peer: Peer) -> None:
        uri = "https://b.test/users/nobody"
        for _ in range(3):
            assert isinstance(await one(people, uri), RemoteGone)
        assert peer.hits[uri] == 1

    async def test_a_stored_account_outlives_a_failed_refresh(
        self, people: People, peer: Peer
    ) -> None:
        uri = peer.actor("b.test", "eve")
        known = await one(people, uri)
        peer.statuses[uri] = 503
        assert (await one(people, uri, refresh=True)).id == known.id
        people.fetcher.forget(uri)
        peer.statuses[uri] = 410
        gone = await one(people, uri, refresh=True)
        assert isinstance(gone, RemoteGone)
        assert gone.permanent

    async def test_blocked_domains_are_not_asked(
        self, people: People, peer: Peer, world: World
    ) -> None:
        uri = peer.actor("x.evil.test", "eve")
        await world.do(block, "evil.test")
        assert isinstance(await one(people, uri), RemoteRefused)
        assert not peer.hits

    async def test_knocks_again_in_the_other_dialect_and_remembers(
        self, people: People, peer: Peer
    ) -> None:
        uris = [peer.actor("b.test", name) for name in ("eve", "fay", "gil")]
        peer.statuses = dict.fromkeys(uris, 401)
        for uri in uris:
            assert isinstance(await one(people, uri), Account)
        # Twice in a row, and it goes first.
        assert peer.signed == ["cavage", "rfc9421", "cavage", "rfc9421", "rfc9421"]


class TestHandles:
    async def test_count_when_both_sides_agree(self, people: People, peer: Peer) -> None:
        uri = peer.actor("social.c.test", "fay", webfinger="fay@c.test")
        peer.fingers["fay@c.test"] = uri
        found = await resolve_handle(people, "@fay@c.test")
        assert (found.uri, found.acct, found.handle_verified) == (uri, "fay@c.test", True)

    async def test_of_a_victim_are_not_given_to_who_claims_them(
        self, people: People, peer: Peer
    ) -> None:
        victim = peer.actor("v.test", "victim")
        liar = peer.actor("m.test", "mallory", webfinger="victim@v.test")
        found = await one(people, liar)
        assert (found.acct, found.handle_verified) == ("mallory@m.test", False)
        peer.fingers["mallory@m.test"] = victim
        with pytest.raises(RemoteNonsense):
            await resolve_handle(people, "mallory@m.test")
        assert (await resolve_handle(people, "victim@v.test")).uri == victim

    async def test_of_ours_cannot_be_taken(self, people: People, peer: Peer, world: World) -> None:
        alice = await world.local("alice")
        liar = peer.actor("m.test", "alice", webfinger="alice@a.test")
        peer.fingers["alice@a.test"] = liar
        assert (await one(people, liar)).acct == "alice@m.test"
        for spelling in ("alice@a.test", "@ALICE@A.test", "alice"):
            assert (await resolve_handle(people, spelling)).id == alice.id

    async def test_that_nobody_has(self, people: People, peer: Peer) -> None:
        for _ in range(2):
            with pytest.raises(RemoteError):
                await resolve_handle(people, "nobody@b.test")
        assert peer.hits["nobody@b.test"] == 1
        for text in ("", "@", "a@b@", "nobody", "nobody@a.test"):
            with pytest.raises((NotFound, RemoteError)):
                await resolve_handle(people, text)

    async def test_do_not_change_while_their_host_is_away(
        self, people: People, peer: Peer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        uri = peer.actor("b.test", "eve")
        await one(people, uri)

        async def away(url: str, accept: str) -> Any:
            raise RemoteDown("away")

        monkeypatch.setattr(people.fetcher, "get", away)
        found = await one(people, uri, refresh=True)
        assert (found.acct, found.handle_verified) == ("eve@b.test", True)


async def test_an_error_is_a_value_for_each(people: People, peer: Peer) -> None:
    good = peer.actor("b.test", "eve")
    uris = [good, "https://b.test/none", "ftp://x", "", "https://127.0.0.1/x"]
    found = await resolve_actors(people, uris)
    assert isinstance(found[good], Account)
    assert all(isinstance(found[uri], FediError) for uri in uris[1:])
    assert set(await queries.find_by_uris(people.runtime.read(), uris)) == {good}
