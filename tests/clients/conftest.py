"""One running instance with a push service beside it, for clients that others have written."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conftest import worker_number
from tests.contract.pictures import png
from tests.rig.browser import allow
from tests.rig.certificates import Certificates, make_certificates
from tests.rig.instance import ROOT, Instance, Member, running
from tests.rig.push import HOST, Phone, PushService, listening_service


@dataclass
class Stage:
    """The instance, somebody on it, and what clients need to reach it."""

    instance: Instance
    bob: Member
    push: PushService
    folder: Path

    @property
    def place(self) -> str:
        """Where the instance really listens."""
        return f"{self.instance.address}:{self.instance.port}"

    async def walk(self, words: list[str], name: str, more: Mapping[str, Any]) -> dict[str, Any]:
        """Run a client as a process: it prints lines of JSON, and is told lines of text.

        It asks for a code with `{"open": URL}`, for a deed of Bob's with `{"bob": …}`, and ends
        with `{"done": …}`.
        """
        await self.instance.member(name)
        (self.folder / "picture.png").write_bytes(png(64, 48))
        ca = str(self.instance.certificates.ca)
        given = {"origin": self.instance.origin, "place": self.place, "bob": self.bob.id, **more}
        process = await asyncio.create_subprocess_exec(
            *words,
            orjson.dumps({**given, "picture": str(self.folder / "picture.png")}).decode(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "REQUESTS_CA_BUNDLE": ca, "NODE_EXTRA_CA_CERTS": ca},
        )
        try:
            return await asyncio.wait_for(self._talk(process, name), 90)
        except TimeoutError as late:
            process.kill()
            last = (await process.communicate())[1].decode()
            raise AssertionError(f"it waits: {last}\n{self.instance.log_tail()}") from late
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def _talk(self, process: asyncio.subprocess.Process, name: str) -> dict[str, Any]:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stderr is not None
        while line := await process.stdout.readline():
            said = orjson.loads(line)
            if "done" in said:
                return said["done"]
            if "open" in said:
                answer = await allow(self.instance, name, said["open"])
            else:
                method, path, body = said["bob"]
                done = await self.bob.call(method, path, json=body)
                answer = done["id"] if isinstance(done, dict) and "id" in done else "done"
            process.stdin.write(f"{answer}\n".encode())
            with contextlib.suppress(ConnectionError):  # it has ended: its last words say why
                await process.stdin.drain()
        raise AssertionError((await process.stderr.read()).decode()[-4000:])


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for the instance and the push service."""
    return make_certificates(tmp_path_factory.mktemp("certificates"), ["a.test", HOST])


@pytest.fixture(scope="session")
async def stage(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Stage, None]:
    """Started once for all clients."""
    folder, number = tmp_path_factory.mktemp("clients"), worker_number()
    async with (
        listening_service(certificates, f"127.{100 + number}.0.7") as push,
        running(folder, certificates, ["a.test"], pins=push.pins, net=f"127.{90 + number}") as (
            instance,
        ),
    ):
        bob = await instance.member("bob", role="owner")
        yield Stage(instance, bob, push, folder)


@pytest.fixture
def phone() -> Phone:
    """Where push messages are read."""
    return Phone.new()


def python() -> list[str]:
    """This Python, without buffers in the way."""
    return [sys.executable, "-u", "-m"]
