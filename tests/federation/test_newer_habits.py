"""What newer servers do for each other: small signatures, and long posts as articles."""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from tests.conftest import worker_number
from tests.rig.certificates import Certificates
from tests.rig.instance import Instance, Member, free_port, running, until

pytestmark = pytest.mark.xdist_group("an ear at the door")

_DELIVERY = re.compile(rb"POST /\S*inbox HTTP/1\.1\r\n.*?\r\n\r\n", re.DOTALL)
_SIGNED = re.compile(rb"(?i)^signature-input: .*;alg=\"(.*?)\".*;keyid=\"(.*?)\"", re.MULTILINE)


@dataclass
class Ear:
    """Stands before a server, passes everything on, and hears how deliveries to it are signed."""

    upstream: tuple[str, int]
    host: str
    certificates: Certificates
    # What came in by each connection.
    heard: list[bytearray] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trust = ssl.create_default_context(cafile=str(self.certificates.ca))
        self.heard.append(heard := bytearray())
        with suppress(OSError):
            there = await asyncio.open_connection(
                *self.upstream, ssl=trust, server_hostname=self.host
            )
            await asyncio.gather(
                _pass_on(reader, there[1], heard), _pass_on(there[0], writer, bytearray())
            )

    def deliveries(self) -> list[tuple[str, str]]:
        """Algorithm and key of each that is signed in the newer dialect; else neither."""
        heads = [head for each in self.heard for head in _DELIVERY.findall(bytes(each))]
        found = [_SIGNED.search(head) for head in heads]
        return [(each[1].decode(), each[2].decode()) if each else ("", "") for each in found]


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray
) -> None:
    try:
        while some := await reader.read(65_536):
            kept += some
            writer.write(some)
            await writer.drain()
    finally:
        writer.close()


@dataclass
class Neighbours:
    """Alice on a.test, whom Bob on b.test follows; and who listens at b.test."""

    a: Instance
    b: Instance
    alice: Member
    bob: Member
    ear: Ear


@pytest.fixture(scope="module")
async def neighbours(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Neighbours, None]:
    folder = tmp_path_factory.mktemp("neighbours")
    net = f"127.{150 + worker_number()}"
    port = free_port(f"{net}.0.3")
    ear = Ear((f"{net}.0.3", port), "b.test", certificates)
    tls = certificates.for_server()
    server = await asyncio.start_server(ear.serve, f"{net}.0.9", port, ssl=tls)
    # Others reach b.test by way of the ear; it has the port that b.test itself listens on.
    pins = {"b.test": f"{net}.0.9:{port}"}
    extra = "[federation]\narticle_from = 200\n"
    hosts = ["a.test", "b.test"]
    async with running(folder, certificates, hosts, extra=extra, pins=pins, net=net) as (a, b):
        alice, bob = await a.member("alice", role="owner"), await b.member("bob", role="owner")
        await bob.follow(alice)
        yield Neighbours(a, b, alice, bob, ear)
        server.close()


async def _dialect(instance: Instance, host: str) -> str | None:
    connection = await instance.database()
    try:
        return await connection.fetchval("SELECT dialect FROM hosts WHERE host = $1", host)
    finally:
        await connection.close()


async def test_deliveries_are_signed_with_ed25519(neighbours: Neighbours) -> None:
    alice, ear = neighbours.alice, neighbours.ear
    post = await alice.post("signed with a small key")
    await neighbours.bob.sees(post["uri"])
    account = await alice.call("GET", "/api/v1/accounts/verify_credentials")

    async def heard() -> list[tuple[str, str]]:
        # The Accept and the post, which may be on the timeline before it is delivered.
        found = ear.deliveries()
        return found if len(found) >= 2 else []

    signed = await until(heard, what="both deliveries")
    assert signed == [("ed25519", f"{account['uri']}#ed25519-key")] * 2, "nothing is sent twice"
    assert await _dialect(neighbours.a, "b.test") == "ed25519"
    assert await _dialect(neighbours.b, "a.test") == "ed25519"


async def test_a_long_post_is_read_as_an_article(neighbours: Neighbours) -> None:
    alice, bob = neighbours.alice, neighbours.bob
    words = "They hum in the garden. " * 20
    post = await alice.post(f"On bees\n\n{words}")
    path = post["uri"].removeprefix(neighbours.a.origin)
    accept = {"Accept": "application/activity+json"}
    document = (await neighbours.a.request("GET", path, headers=accept)).json()
    assert (document["type"], document["name"]) == ("Article", "On bees")
    assert post["content"].startswith("<p>On bees</p>"), "at home it is as it was written"
    seen = await bob.sees(post["uri"])
    assert seen["content"].startswith("<p><strong>On bees</strong></p><p>They hum in the garden.")
    assert (seen["spoiler_text"], seen["sensitive"]) == ("", False)
    assert f'href="{post["url"]}"' in seen["content"]
    # Short by now, it is an article all the same, and the same post over there.
    await alice.call(
        "PUT", f"/api/v1/statuses/{post['id']}", json={"status": "On wasps\n\nThey sting."}
    )

    async def edited() -> bool:
        found = await bob.call("GET", f"/api/v1/statuses/{seen['id']}")
        return found["content"].startswith("<p><strong>On wasps</strong></p><p>They sting.</p>")

    await until(edited, what="the edit arrives")
    document = (await neighbours.a.request("GET", path, headers=accept)).json()
    assert (document["type"], document["summary"]) == ("Article", "They sting.")


async def test_its_warning_is_one_over_there(neighbours: Neighbours) -> None:
    post = await neighbours.alice.post("He dies. " * 40, spoiler_text="the end of the film")
    seen = await neighbours.bob.sees(post["uri"])
    assert (seen["spoiler_text"], seen["sensitive"]) == ("the end of the film", True)
