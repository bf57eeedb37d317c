"""One fedi instance as its own processes: `fedi up` in a directory of its own."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from fedi.embedded import postgres
from fedi.embedded.home import Home
from tests.rig.certificates import Certificates

ROOT = Path(__file__).parents[2]
PASSWORD = "a-long-enough-password"


def free_port(address: str) -> int:
    """A port of `address` that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


async def until(
    check: Callable[[], Awaitable[Any]], *, seconds: float = 20.0, what: str = "it"
) -> Any:
    """Ask again until the answer is true; returns it."""
    deadline = time.monotonic() + seconds
    problem: BaseException | None = None
    while time.monotonic() < deadline:
        try:
            if answer := await check():
                return answer
        except (AssertionError, httpx.HTTPError, KeyError, IndexError, OSError) as failed:
            problem = failed
        await asyncio.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s: {problem!r}")


@dataclass
class Member:
    """Somebody with an account and an app."""

    instance: "Instance"
    name: str
    token: str
    id: str = ""

    @property
    def handle(self) -> str:
        """@name@domain."""
        return f"@{self.name}@{self.instance.domain}"

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """One API call that must succeed; its JSON."""
        answer = await self.ask(method, path, **options)
        assert answer.status_code < 300, (
            f"{self.instance.domain} {method} {path} → {answer.status_code} {answer.text[:500]}"
        )
        return answer.json()

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One API call, whatever its answer."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.instance.request(method, path, headers=headers, **options)

    async def post(self, text: str, **fields: Any) -> dict[str, Any]:
        """Write a status."""
        return await self.call("POST", "/api/v1/statuses", json={"status": text, **fields})

    async def find(self, handle_or_url: str) -> dict[str, Any]:
        """Resolve somebody by handle."""
        found = await self.call(
            "GET",
            "/api/v2/search",
            params={"q": handle_or_url, "resolve": "true", "type": "accounts"},
        )
        return found["accounts"][0]

    async def follow(self, other: "Member") -> dict[str, Any]:
        """Follow somebody and wait until the follow is in effect."""
        account = await self.find(other.handle)
        await self.call("POST", f"/api/v1/accounts/{account['id']}/follow")

        async def accepted() -> bool:
            rows = await self.call(
                "GET", "/api/v1/accounts/relationships", params={"id[]": account["id"]}
            )
            return rows[0]["following"]

        await until(accepted, what=f"{self.name} follows {other.handle}")
        return account

    async def home(self, **params: Any) -> list[dict[str, Any]]:
        """The home timeline."""
        return await self.call("GET", "/api/v1/timelines/home", params=params)

    async def sees(self, uri: str, *, seconds: float = 20.0) -> dict[str, Any]:
        """Wait until a post with this uri is on the home timeline."""

        async def look() -> dict[str, Any] | None:
            return next((s for s in await self.home(limit=40) if s["uri"] == uri), None)

        return await until(look, seconds=seconds, what=f"{uri} at {self.handle}'s home")


@dataclass
class Instance:
    """A data directory, a domain, and the processes that run on them."""

    domain: str
    address: str
    folder: Path
    certificates: Certificates
    peers: dict[str, str]
    extra: str = ""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    env: dict[str, str] = field(default_factory=dict)
    _client: httpx.AsyncClient | None = None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def origin(self) -> str:
        """The public address."""
        return f"https://{self.domain}"

    def write_config(self) -> Path:
        """The settings file, with all peers pinned."""
        pins = "\n".join(f'"{host}" = "{target}"' for host, target in self.peers.items())
        text = (
            "[limits]\nenabled = false\n\n"
            f'[outbound]\nca_file = "{self.certificates.ca}"\n\n'
            f"[outbound.hosts]\n{pins}\n\n{self.extra}\n"
        )
        file = self.folder / "fedi.toml"
        file.write_text(text)
        return file

    def command(self, *words: str) -> list[str]:
        """A fedi command on this data directory, by way of the test entry."""
        return [sys.executable, "-P", "-m", "tests.entry", *words, "--data", str(self.data)]

    def environment(self) -> dict[str, str]:
        """What the processes see."""
        return {**os.environ, "PYTHONPATH": str(ROOT), **self.env}

    def start(self) -> None:
        """Start everything, as `fedi up` does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.port:
            self.port = int(self.peers[self.domain].rpartition(":")[2])
        words = self.command(
            "up",
            "--domain", self.domain,
            "--bind", f"{self.address}:{self.port}",
            "--public-url", self.origin,
            "--config", str(self.write_config()),
            "--tls-cert", str(self.certificates.cert),
            "--tls-key", str(self.certificates.key),
        )  # fmt: skip
        with (self.folder / "log.jsonl").open("ab") as log:
            self.process = subprocess.Popen(
                words, stdout=log, stderr=log, env=self.environment(), cwd=ROOT
            )

    async def ready(self, seconds: float = 40.0) -> None:
        """Wait until it answers."""

        async def check() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"{self.domain} ended: {self.log_tail()}"
            return (await self.request("GET", "/readyz")).status_code == 200

        await until(check, seconds=seconds, what=f"{self.domain} is ready")

    def log_tail(self, size: int = 3000) -> str:
        """The end of its log."""
        return (self.folder / "log.jsonl").read_text(errors="replace")[-size:]

    def stop(self, seconds: float = 15.0) -> int | None:
        """Stop everything in order; the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process = None

    async def run(self, *words: str, ok: bool = True) -> str:
        """Run a command beside the server; its output."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*words),
            "--config", str(self.folder / "fedi.toml"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(),
            cwd=ROOT,
        )  # fmt: skip
        out, err = await process.communicate()
        if ok:
            assert process.returncode == 0, (words, out.decode(), err.decode())
        return out.decode()

    async def member(self, name: str, *, role: str = "member") -> Member:
        """A new member with a token."""
        await self.run(
            "account", "create", name, "--email", f"{name}@{self.domain}",
            "--password", PASSWORD, "--role", role, "--confirmed",
        )  # fmt: skip
        token = (
            await self.run("account", "token", name, "--scopes", "read write follow push")
        ).split()[-1]
        member = Member(self, name, token)
        member.id = (await member.call("GET", "/api/v1/accounts/verify_credentials"))["id"]
        return member

    async def processes(self) -> list[dict[str, Any]]:
        """What `fedi status` knows of its processes."""
        status = json.loads(await self.run("status", "--json"))
        return status["processes"]

    async def pids(self, role: str) -> list[int]:
        """Process ids of one role."""
        return [p["pid"] for p in await self.processes() if p["role"] == role]

    @property
    def client(self) -> httpx.AsyncClient:
        """A client that reaches this instance by its address and calls it by its name."""
        if self._client is None:
            context = ssl.create_default_context(cafile=str(self.certificates.ca))
            self._client = httpx.AsyncClient(
                verify=context, timeout=20, trust_env=False, headers={"Host": self.domain}
            )
        return self._client

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request."""
        return await self.client.request(
            method,
            f"https://{self.address}:{self.port}{path}",
            extensions={"sni_hostname": self.domain},
            **options,
        )

    async def database(self) -> asyncpg.Connection:
        """A connection to its database, for looking from inside."""
        return await asyncpg.connect(postgres.build_url(Home(self.data)))

    async def close(self) -> None:
        """Stop and let go."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        if self.process is not None:
            await asyncio.to_thread(self.stop)


@asynccontextmanager
async def running(
    folder: Path,
    certificates: Certificates,
    domains: list[str],
    *,
    extra: str = "",
    pins: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
    net: str = "127.77",
) -> AsyncGenerator[list[Instance], None]:
    """Start instances that know each other; stop them at the end."""
    addresses = {domain: f"{net}.0.{n}" for n, domain in enumerate(domains, 2)}
    peers = {d: f"{address}:{free_port(address)}" for d, address in addresses.items()}
    peers |= pins or {}
    instances = [
        Instance(d, addresses[d], folder / d, certificates, peers, extra, env=env or {})
        for d in domains
    ]
    try:
        for instance in instances:
            instance.start()
        for instance in instances:
            await instance.ready()
        yield instances
    finally:
        await asyncio.gather(*(i.close() for i in instances))
