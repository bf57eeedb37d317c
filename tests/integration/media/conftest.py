"""One instance with its API, its files, and a worker that does the chores."""

import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import imageio_ffmpeg
import pytest
import pyvips
from starlette.types import Receive, Scope, Send

from fedi.api.deps import build_services
from fedi.api.dispatch import Api
from fedi.api.routes import ROUTES
from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.core.domains.policy import Policy
from fedi.core.media.links import build_links
from fedi.core.queues import CHORES
from fedi.kit.drain import Drain, Pace, running
from fedi.kit.runtime import Runtime
from fedi.kit.web import Edge
from fedi.web.files import Files
from fedi.worker import Workshop
from tests.integration.api.conftest import House, Member


@pytest.fixture
async def house(runtime: Runtime, settings: Settings) -> AsyncGenerator[House, None]:
    """The API and the files of an instance."""
    policy = Policy(runtime)
    people = People(runtime, policy)
    services = build_services(runtime, people, policy)
    api, files = Api(services, ROUTES), Files(people, build_links(settings))

    async def doors(scope: Scope, receive: Receive, send: Send) -> None:
        door = api if scope["path"].startswith("/api/") else files
        await door(scope, receive, send)

    transport = httpx.ASGITransport(Edge(doors, settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
        yield House(runtime, services, client)


@pytest.fixture
async def worker(settings: Settings) -> AsyncGenerator[Runtime, None]:
    """Somebody who does the chores, and rings for himself."""
    runtime = Runtime(settings, role="worker", pool_size=5)
    shop = Workshop(runtime)
    pace = Pace(batch=20, sweep_seconds=0.05)
    drain = Drain(CHORES, shop.do_chores, runtime.db, runtime.unit, worker="w", pace=pace)
    async with running([drain], lambda each: runtime.tasks.start(each.run(), "chores")):
        yield runtime
    await runtime.close()


@pytest.fixture
async def alice(house: House) -> Member:
    return await house.member("alice")


@pytest.fixture
async def bob(house: House) -> Member:
    return await house.member("bob")


def picture(width: int = 640, height: int = 480) -> pyvips.Image:
    """A picture with something in it."""
    ramp = pyvips.Image.xyz(width, height)
    red, green = ramp[0] * (255 / width), ramp[1] * (255 / height)
    return red.bandjoin([green, 255 - red]).cast("uchar").copy(interpretation="srgb")


def jpeg(width: int = 640, height: int = 480, **fields: str) -> bytes:
    """A photo as cameras write it."""
    made = picture(width, height).copy()
    for name, value in fields.items():
        made.set_type(pyvips.GValue.gstr_type, name.replace("_", "-"), value)
    return bytes(made.jpegsave_buffer(Q=85))


def ffmpeg(target: Path, *words: str) -> bytes:
    """A file that ffmpeg makes."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-loglevel", "error", "-y", *words, str(target)], check=True)
    return target.read_bytes()
