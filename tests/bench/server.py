"""The instance under test, as an admin would run it behind a proxy, and the peer beside it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from fedi.cli.units import open_desk
from fedi.config import Settings, load_settings
from fedi.core.accounts.service import create_local
from fedi.core.auth.apps import ensure_cli_app
from fedi.core.auth.passwords import hash_password
from fedi.core.auth.tokens import issue_token
from fedi.core.auth.users import create_user
from fedi.core.key_pairs import generate_pair
from fedi.embedded.home import Home
from fedi.embedded.services import join_services
from tests.bench.client import Address, Connection
from tests.bench.meter import Meter, seconds_of
from tests.bench.wire import SUFFIX, request
from tests.rig.certificates import Certificates, make_certificates
from tests.rig.instance import free_port

ROOT = Path(__file__).parents[2]
DOMAIN = "bench.test"
ADDRESS = "127.98.0.2"
PEER_ADDRESS = "127.98.0.3"


@dataclass
class Member:
    """A local account with a token."""

    name: str
    id: int
    uri: str
    token: str

    @property
    def handle(self) -> str:
        """@name@domain."""
        return f"@{self.name}@{DOMAIN}"


@dataclass
class Server:
    """One `fedi up` with production settings, rate limits aside."""

    folder: Path
    certificates: Certificates
    peer: Address
    address: Address
    meter: Meter = field(default_factory=Meter)
    _process: subprocess.Popen[bytes] | None = None
    _connection: Connection | None = None

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "fedi.toml"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def write_config(self) -> None:
        """Settings as shipped, but for rate limits, the pin of the peer and its authority."""
        self.config.write_text(
            f'[limits]\nenabled = false\n\n[outbound]\nca_file = "{self.certificates.ca}"\n\n'
            f'[outbound.hosts]\n"*.{SUFFIX}" = "{self.peer[0]}:{self.peer[1]}"\n'
        )

    def command(self, *words: str) -> list[str]:
        """A fedi command on this data directory."""
        start = [sys.executable, "-P", "-m", "fedi", *words]
        return [*start, "--data", str(self.data), "--config", str(self.config)]

    async def start(self) -> float:
        """Start everything; the seconds until the first good answer."""
        bind = f"{self.address[0]}:{self.address[1]}"
        words = self.command("up", "--domain", DOMAIN, "--bind", bind)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        begun = time.monotonic()
        with (self.folder / "log.jsonl").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - a moment, before anything runs
                words, stdout=log, stderr=log, env=environment
            )
        await self._first_answer()
        seconds = time.monotonic() - begun
        await self._find_processes()
        return seconds

    async def _first_answer(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log_tail()
            try:
                status, _ = await self.ask("GET", "/api/v1/instance")
            except OSError:
                status = 0
            if status == 200:
                return
            await asyncio.sleep(0.01)
        raise TimeoutError(self.log_tail())

    async def _find_processes(self) -> None:
        """Learn from `fedi status` whose CPU and memory count."""
        process = await asyncio.create_subprocess_exec(
            *self.command("status", "--json"), stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()
        found = json.loads(out)["processes"]
        self.meter.roots = {facts["pid"]: facts["role"] for facts in found}

    def log_tail(self, size: int = 3000) -> str:
        """The end of the log."""
        return (self.folder / "log.jsonl").read_text(errors="replace")[-size:]

    async def stop(self) -> None:
        """Stop everything that was started."""
        self.hang_up()
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, 20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    # speaking with it

    def request(
        self, method: str, target: str, *, member: Member | None = None, json: Any = None,
        accept: str = "application/json",
    ) -> bytes:  # fmt: skip
        """A prepared request."""
        headers = {"Accept": accept}
        if member is not None:
            headers["Authorization"] = f"Bearer {member.token}"
        body = b""
        if json is not None:
            headers["Content-Type"] = "application/json"
            body = orjson.dumps(json)
        return request(method, target, DOMAIN, headers, body)

    async def ask(self, method: str, target: str, **options: Any) -> tuple[int, bytes]:
        """One request, whatever its answer."""
        if self._connection is None:
            self._connection = Connection(self.address)
        return await self._connection.send(self.request(method, target, **options))

    async def call(self, method: str, target: str, **options: Any) -> Any:
        """One request that must succeed; its JSON."""
        status, body = await self.ask(method, target, **options)
        assert status < 300, f"{method} {target} → {status} {body[:300]!r}"
        return orjson.loads(body)

    def hang_up(self) -> None:
        """Close the connection that `call` uses."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # people

    def settings(self) -> Settings:
        """The settings with the addresses of the running databases."""
        known = load_settings(self.config, overrides={"domain": DOMAIN})
        return join_services(Home(self.data), known)

    async def members(self, names: list[str]) -> dict[str, Member]:
        """New members, made as `fedi account create` and `token` make them, in one process."""
        settings = self.settings()
        made: dict[str, Member] = {}
        password = await hash_password("a-long-enough-password")
        async with open_desk(settings) as desk:
            for name in names:
                pair = await asyncio.to_thread(generate_pair)
                async with desk.unit() as unit:
                    account = await create_local(unit, settings, name, pair)
                    email = f"{name}@{DOMAIN}"
                    user = await create_user(unit, account.id, email, password, confirmed=True)
                    app = await ensure_cli_app(unit)
                    token = await issue_token(unit, user, "read write follow push", app)
                made[name] = Member(name, account.id, account.uri, token.token)
        return made


@dataclass
class Peers:
    """The peer process, seen from the driver."""

    folder: Path
    certificates: Certificates
    listen: Address
    instance: Address
    _process: subprocess.Popen[bytes] | None = None
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Start it and wait until it takes orders."""
        orders = self.folder / "peer.sock"
        plan = {
            "folder": str(self.folder),
            "domain": DOMAIN,
            "instance": self.instance,
            "listen": self.listen,
            "orders": str(orders),
            "cert": str(self.certificates.cert),
            "key": str(self.certificates.key),
        }
        self._process = subprocess.Popen(  # noqa: ASYNC220 - a moment, before anything runs
            [sys.executable, "-P", "-m", "tests.bench.peer", json.dumps(plan)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        deadline = time.monotonic() + 15
        while self._writer is None:
            assert self._process.poll() is None, "the peer ended"
            try:
                self._reader, self._writer = await asyncio.open_unix_connection(
                    str(orders), limit=2**24
                )
            except OSError:
                assert time.monotonic() < deadline, "the peer does not come up"
                await asyncio.sleep(0.05)

    def cpu(self) -> float:
        """CPU seconds that it took."""
        return seconds_of(self._process.pid) if self._process else 0.0

    async def order(self, what: str, **details: Any) -> dict[str, Any]:
        """Give an order; the answer."""
        assert self._reader is not None
        assert self._writer is not None
        self._writer.write(orjson.dumps({"do": what, **details}) + b"\n")
        return orjson.loads(await self._reader.readline())

    async def stop(self) -> None:
        """End it."""
        if self._writer is not None:
            self._writer.close()
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, 5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def lay_out(folder: Path) -> tuple[Server, Peers]:
    """An instance and a peer that know each other; nothing runs yet."""
    certificates = make_certificates(folder / "certificates", [f"*.{SUFFIX}"])
    peer = (PEER_ADDRESS, free_port(PEER_ADDRESS))
    address = (ADDRESS, free_port(ADDRESS))
    server = Server(folder, certificates, peer, address)
    server.write_config()
    return server, Peers(folder, certificates, peer, address)
