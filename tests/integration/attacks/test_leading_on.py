"""Servers that lead us on: from host to host, in circles, and with our signature in hand."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from fedi.ap.signatures import Request, check_cover, check_time, parse_signature, verify
from fedi.ap.signatures.keys import load_public
from fedi.core.accounts.resolve import resolve_actors, resolve_handle
from fedi.core.statuses.resolve import resolve_statuses
from fedi.kit.errors import FediError
from tests.integration.cards.conftest import Site
from tests.integration.inbound.conftest import World, certificates, settings, world
from tests.integration.inbound.far import AS2
from tests.rig.certificates import Certificates

__all__ = ["certificates", "settings", "world"]

M, V = "https://m.far.test", "https://v.far.test"
TYPE = "application/activity+json"


class Listening(Site):
    """Other servers, which keep what they were asked in full."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[tuple[str, list[tuple[str, str]]]] = []

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.rstrip().split("\r\n")
        headers = [(n.lower(), v) for n, _, v in (line.partition(": ") for line in lines)]
        self.heads.append((f"https://{dict(headers)['host']}{first.split()[1]}", headers))
        await super()._answer(head, writer)


@pytest.fixture
async def far(certificates: Certificates) -> AsyncGenerator[Listening, None]:
    played = Listening()
    server = await asyncio.start_server(played.serve, "127.0.0.2", 0, ssl=certificates.for_server())
    played.port = server.sockets[0].getsockname()[1]
    yield played
    server.close()


def leads(far: Listening, url: str, to: str, status: int = 302) -> str:
    return far.write(url, "", status=status, location=to)


async def look(world: World, url: str) -> Any:
    found = await resolve_statuses(world.people, [url])
    return found.get(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_signature_fits_only_the_host_that_it_was_made_for(
    world: World, far: Listening, status: int
) -> None:
    leads(far, f"{M}/notes/1", f"{V}/notes/1", status)
    await look(world, f"{M}/notes/1")
    pem = await world.value("SELECT public_key FROM account_keys WHERE account_id = -1 LIMIT 1")
    key = load_public(pem)
    heads = {url.split("/")[2]: headers for url, headers in far.heads}
    assert set(heads) == {"m.far.test", "v.far.test"}
    for host, headers in heads.items():
        claim = parse_signature("GET", "/notes/1", headers)[0]
        check_cover(claim, "GET", has_body=False)
        check_time(claim, headers, datetime.now(UTC))
        assert verify(claim, Request("GET", "/notes/1", headers), key), host
        # Whoever got it cannot show it to the other.
        other = next(name for name in heads if name != host)
        shown = [(n, other if n == "host" else v) for n, v in headers]
        assert not verify(claim, Request("GET", "/notes/1", shown), key)


async def test_what_is_not_there_twice_is_not_asked_again(world: World, far: Listening) -> None:
    """Circles of every kind end after a few requests, and are remembered."""
    page = f'<link rel="alternate" type="{TYPE}" href="{M}/html">'
    far.write(f"{M}/html", page)
    leads(far, f"{M}/self", f"{M}/self")
    leads(far, f"{M}/ping", f"{V}/pong")
    leads(far, f"{V}/pong", f"{M}/ping")
    for number in range(20):
        leads(far, f"{M}/far/{number}", f"{M}/far/{number + 1}")
    for name, other in (("a", "b"), ("b", "a")):
        far.documents[f"{M}/{name}"] = {"@context": AS2, "id": f"{M}/{other}", "type": "Note"}
    far.write(f"{M}/refresh", f'<meta http-equiv="refresh" content="0;url={V}/x">')
    for url in ("html", "self", "ping", "far/0", "a", "refresh"):
        before = far.asked.total()
        assert isinstance(await look(world, f"{M}/{url}"), FediError)
        assert far.asked.total() - before <= 4, url
        for _ in range(3):
            await look(world, f"{M}/{url}")
            await resolve_actors(world.people, [f"{M}/{url}"])
        assert far.asked.total() - before <= 4, url
    assert far.asked[f"{V}/x"] == 0


async def test_handles_in_circles(world: World, far: Listening) -> None:
    ask = "/.well-known/webfinger?resource=acct"
    for host, other in ((M, V), (V, M)):
        for name in ("a%40m.far.test", "a%40v.far.test"):
            far.documents[f"{host}{ask}%3A{name}"] = {
                "subject": f"acct:a@{other.removeprefix('https://')}",
                "links": [{"rel": "self", "type": TYPE, "href": f"{other}/users/a"}],
            }
    with suppress(FediError):
        await resolve_handle(world.people, "a@m.far.test")
    assert far.asked.total() <= 6
    assert await world.count("accounts", "domain IS NOT NULL") == 0


async def test_nobody_is_led_to_a_blocked_domain(world: World, far: Listening) -> None:
    await world.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('v.far.test')")
    world.policy.forget()
    leads(far, f"{M}/notes/1", f"{V}/notes/1")
    assert isinstance(await look(world, f"{M}/notes/1"), FediError)
    assert far.asked_of("v.far.test") == 0


async def test_who_moves_house_honestly_is_found(world: World, far: Listening) -> None:
    """The twin: a redirect to the very document is followed."""
    person = far.actor("m.far.test", "mia")
    note = person.note("moved")
    far.documents[note["id"]] = {"@context": AS2, **note}
    leads(far, f"{M}/short", note["id"])
    found = await resolve_statuses(world.people, [f"{M}/short"])
    assert isinstance(found[f"{M}/short"], int)
