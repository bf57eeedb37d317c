"""A small server on Fedify (`peer.mjs`) and what the tests need to command it."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from tests.rig.certificates import Certificates
from tests.rig.instance import until

SOURCE = Path(__file__).parents[1] / "peers" / "fedify"
NODE, NPM = shutil.which("node"), shutil.which("npm")
WHY_NOT = "node is not installed: Fedify needs node 20 or newer"


def install(folder: Path) -> Path:
    """The program beside its packages, as the lock names them."""
    for name in ("package.json", "package-lock.json", "peer.mjs"):
        shutil.copy(SOURCE / name, folder / name)
    assert NPM is not None, "node is there, npm is not"
    words = [NPM, "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, f"npm ci failed: {done.stdout}{done.stderr}"
    return folder / "peer.mjs"


@dataclass
class Fedify:
    """The running server."""

    host: str
    client: httpx.AsyncClient
    place: str

    async def do(self, deed: str, **told: Any) -> dict[str, Any]:
        """Let it do something; what came of it."""
        answer = await self.client.post(
            f"https://{self.place}/control",
            json={"do": deed, **told},
            headers={"Host": self.host},
            extensions={"sni_hostname": self.host},
        )
        found = answer.json()
        assert answer.status_code == 200, found.get("problem", answer.text)
        return found

    async def heard(self, kind: str) -> list[dict[str, Any]]:
        """Activities of one type that it was sent, and believed."""
        return (await self.do("heard", type=kind))["items"]

    async def hears(self, kind: str, **like: Any) -> dict[str, Any]:
        """Wait for an activity of one type whose fields are these."""

        async def look() -> dict[str, Any] | None:
            heard = await self.heard(kind)
            return next(
                (each for each in heard if all(each.get(k) == v for k, v in like.items())), None
            )

        try:
            return await until(look, what=f"Fedify hears {kind} {like}")
        except AssertionError as failed:
            told = await self.do("heard")
            raise AssertionError(f"{failed}; instead: {orjson.dumps(told).decode()}") from failed

    def handle(self, name: str) -> str:
        """How people call one of its actors."""
        return f"@{name}@{self.host}"

    def uri(self, name: str) -> str:
        """The id of one of its actors."""
        return f"https://{self.host}/users/{name}"


@asynccontextmanager
async def running(
    program: Path, host: str, place: str, certificates: Certificates, hosts: dict[str, str]
) -> AsyncGenerator[Fedify, None]:
    """Start it at `place` (address:port); `hosts` says where the others are."""
    assert NODE is not None
    address, _, port = place.partition(":")
    given = {
        "host": host,
        "address": address,
        "port": int(port),
        "cert": str(certificates.cert),
        "key": str(certificates.key),
        "ca": str(certificates.ca),
        "hosts": {**hosts, host: place},
    }
    process = await asyncio.create_subprocess_exec(
        NODE,
        str(program),
        orjson.dumps(given).decode(),
        cwd=program.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=(log := (program.parent / f"{host}.log").open("wb")),
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        last = (program.parent / f"{host}.log").read_text()
        assert line.strip() == b"ready", f"Fedify did not start: {last}"
        trust = ssl.create_default_context(cafile=str(certificates.ca))
        async with httpx.AsyncClient(verify=trust, timeout=30, trust_env=False) as client:
            yield Fedify(host, client, place)
    finally:
        log.close()
        if process.returncode is None:
            process.kill()
        await process.wait()
