"""Files of other servers: fetched once, kept under a budget, never by anybody's wish."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web

from fedi.config import Settings
from fedi.config.settings import Outbound
from fedi.core.accounts.people import People
from fedi.core.media.links import build_links
from fedi.core.media.prune import measure, prune
from fedi.core.media.remote import RemoteFiles
from fedi.kit.clock import now
from fedi.kit.errors import NotFound
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House
from tests.integration.media.conftest import jpeg, picture
from tests.rig.instance import free_port, until

HOST = "http://files.peers.test"


@dataclass
class Origin:
    """Another server with files, that counts who asks for them."""

    port: int
    bodies: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    asked: Counter = field(default_factory=Counter)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        await asyncio.sleep(0)
        if request.path == "/redirect":
            raise web.HTTPFound("http://127.0.0.1:1/secret")
        found = self.bodies.get(request.path)
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found[0], headers={"content-type": found[1]})


@pytest.fixture
async def origin() -> AsyncGenerator[Origin, None]:
    made = Origin(free_port("127.0.0.1"))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", made.port).start()
    yield made
    await runner.cleanup()


@pytest.fixture
def settings(settings: Settings, origin: Origin) -> Settings:
    hosts = {"files.peers.test": f"127.0.0.1:{origin.port}"}
    media = dataclasses.replace(
        settings.media, cache_max_bytes=60_000, cache_file_max_bytes=100_000
    )
    return dataclasses.replace(settings, outbound=Outbound(hosts=hosts), media=media)


def address(house: House, path: str) -> str:
    url = build_links(house.runtime.settings).remote(HOST + path)
    assert url
    return url


async def test_a_file_is_fetched_once_and_served(house: House, origin: Origin) -> None:
    photo = jpeg(300, 200)
    origin.bodies["/a"] = (photo, "text/html")
    url = address(house, "/a")
    answers = await asyncio.gather(*(house.client.get(url) for _ in range(8)))
    assert {answer.content for answer in answers} == {photo}
    assert {answer.headers["content-type"] for answer in answers} == {"image/jpeg"}
    assert origin.asked["/a"] == 1
    part = await house.client.get(url, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, photo[:4])
    assert part.headers["access-control-allow-origin"] == "*"
    assert "location" not in part.headers


async def test_two_processes_fetch_once(house: House, origin: Origin) -> None:
    origin.bodies["/a"] = (jpeg(), "image/jpeg")
    people = [People(house.runtime) for _ in range(4)]
    found = await asyncio.gather(*(RemoteFiles(each).get(f"{HOST}/a") for each in people))
    assert len(set(found)) == 1
    assert origin.asked["/a"] == 1


async def test_only_addresses_of_ours(house: House, origin: Origin) -> None:
    origin.bodies["/a"] = (jpeg(), "image/jpeg")
    good = address(house, "/a").removeprefix("https://a.test")
    _, _, signature, name = good.split("/")
    other = address(house, "/b").rpartition("/")[2]
    for path in (
        f"/proxy/{signature}/{other}",
        f"/proxy/{signature[:-1]}/{name}",
        f"/proxy/x{signature[1:]}/{name}",
        f"/proxy/{signature}/{name}?type=png",
        f"/proxy//{name}",
        f"/proxy/{signature}/{name}/x",
        f"/proxy/{signature}/%C3%BC",
    ):
        answer = await house.client.get(path)
        expected = {200} if "?" in path else {400, 404}
        assert answer.status_code in expected, path
    assert set(origin.asked) == {"/a"}


async def test_what_is_no_picture_is_not_shown_and_not_asked_for_again(
    house: House, origin: Origin
) -> None:
    origin.bodies["/svg"] = (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
    origin.bodies["/html"] = (b"<!doctype html>" + b"x" * 2000, "image/jpeg")
    origin.bodies["/large"] = (jpeg() + b"x" * 100_000, "image/jpeg")
    for path in ("/svg", "/html", "/large", "/gone", "/redirect"):
        for _ in range(3):
            answer = await house.client.get(address(house, path))
            assert answer.status_code == 404, path
        assert origin.asked[path] == 1, path
    rows = await house.runtime.db.fetch("SELECT failures, error, retry_at FROM cached_files")
    assert {row["failures"] for row in rows} == {1}
    assert all(row["retry_at"] > now() and row["error"] for row in rows)
    assert list(house.runtime.scratch.iterdir()) == []
    await house.runtime.db.fetch("UPDATE cached_files SET retry_at = now() - interval '1 second'")
    origin.bodies["/gone"] = (jpeg(), "image/jpeg")
    assert (await house.client.get(address(house, "/gone"))).status_code == 200


async def test_private_addresses_stay_unreached(house: House) -> None:
    links = build_links(house.runtime.settings)
    for url in ("http://127.0.0.1/x", "http://localhost/x", "https://[::1]/x", "http://10.0.0.1/"):
        address = links.remote(url)
        if address is not None:
            assert (await house.client.get(address)).status_code == 404


async def test_a_blocked_server_is_not_asked(house: House, origin: Origin) -> None:
    await house.runtime.db.fetch(
        "INSERT INTO domain_blocks (domain, severity) VALUES ('peers.test', 'suspend')"
    )
    assert (await house.client.get(address(house, "/a"))).status_code == 404
    assert not origin.asked


async def test_the_budget_holds_and_the_least_seen_goes_first(
    house: House, origin: Origin, worker: Runtime
) -> None:
    body = bytes(picture(100, 100).pngsave_buffer(compression=0))
    size = len(body)
    for number in range(4):
        origin.bodies[f"/{number}"] = (body, "image/png")
        assert (await house.client.get(address(house, f"/{number}"))).status_code == 200
    db = house.runtime.db
    for number in range(4):
        seen = now() - timedelta(days=[1, 9, 8, 2][number])
        await db.fetch(
            "UPDATE cached_files SET seen_at = $2 WHERE url = $1", f"{HOST}/{number}", seen
        )
    budget = house.runtime.settings.media.cache_max_bytes
    before = await measure(house.runtime.read(), budget)
    assert (before.cached, before.cached_bytes) == (4, 4 * size)
    dry = await prune(house.runtime, dry_run=True)
    assert (dry.cached, dry.cached_bytes) == (3, 3 * size)
    done = await prune(house.runtime)
    assert done.cached == dry.cached
    left = await db.fetch("SELECT url FROM cached_files")
    assert [row["url"] for row in left] == [f"{HOST}/0"]
    # Who still remembers one that went has it fetched again.
    open_chores = "SELECT 1 FROM chores WHERE kind = 'delete_files' AND state < 2"

    async def are_removed() -> bool:
        return not await db.fetch(open_chores)

    await until(are_removed, what="the files to be removed")
    assert (await house.client.get(address(house, "/2"))).content == body
    assert origin.asked["/2"] == 2


async def test_a_look_is_written_down_once_an_hour(house: House, origin: Origin) -> None:
    origin.bodies["/a"] = (jpeg(), "image/jpeg")
    await house.client.get(address(house, "/a"))
    db, files = house.runtime.db, RemoteFiles(People(house.runtime))
    for age, is_written in ((30, False), (90, True)):
        seen = now() - timedelta(minutes=age)
        await db.fetch("UPDATE cached_files SET seen_at = $1", seen)
        await files.get(f"{HOST}/a")
        [row] = await db.fetch("SELECT seen_at FROM cached_files")
        assert (row["seen_at"] > seen) is is_written
    with pytest.raises(NotFound):
        await files.get("https://127.0.0.1/x")
