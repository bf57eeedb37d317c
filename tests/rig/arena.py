"""One instance and the peer around it, with all that a crash test needs to strike and to look."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from fedi.embedded import postgres
from fedi.embedded.home import Home
from fedi.embedded.processes import is_alive
from tests.rig import checker
from tests.rig.actors import Actor
from tests.rig.certificates import Certificates
from tests.rig.instance import Instance, Member, running, until
from tests.rig.ledger import Fact, Ledger
from tests.rig.peer import Peer, listening_peer

# Small leases and waits, so that what would take minutes takes seconds.
SETTINGS = """
[queue]
lease_seconds = 3
sweep_seconds = 0.2
retry_schedule = [1]
"""


@dataclass
class Arena:
    """An instance `a.test`, its member Alice, and the peer."""

    instance: Instance
    peer: Peer
    alice: Member
    alice_uri: str
    faults: Path
    clock: Path
    ledger: Ledger = field(default_factory=Ledger)
    before: Counter[Fact] = field(default_factory=Counter)
    _connection: asyncpg.Connection | None = None

    @property
    def home(self) -> Home:
        """The instance's data directory."""
        return Home(self.instance.data)

    # looking inside

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """Rows of the instance's database; connects again after a restart."""
        try:
            connection = self._connection
            if connection is None or connection.is_closed():
                connection = await asyncpg.connect(postgres.build_url(self.home))
                self._connection = connection
            return await connection.fetch(sql, *args)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as problem:
            self.let_go()
            raise OSError(str(problem)) from problem

    def let_go(self) -> None:
        """Drop the connection."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row."""
        return (await self.fetch(sql, *args))[0][0]

    async def begin(self) -> Ledger:
        """A new ledger; what stands now is taken as it is."""
        await self.settle()
        self.peer.forget()
        self.before = await checker.read_facts(self)
        self.ledger = Ledger()
        return self.ledger

    async def settle(self, seconds: float = 30.0) -> None:
        """Wait until no work is open."""
        seen: dict[str, int] = {}

        async def idle() -> bool:
            nonlocal seen
            seen = await checker.count_open(self)
            return not seen

        try:
            await until(idle, seconds=seconds, what="all work is done")
        except AssertionError as problem:
            chores = await self.fetch("SELECT kind, key, state, reason FROM chores WHERE state < 2")
            raise AssertionError(f"{problem} still open: {seen} {chores[:10]}") from problem

    async def settle_but_parked(self, seconds: float = 30.0) -> None:
        """Wait until nothing is left but what waits for its time."""

        async def idle() -> bool:
            return not await checker.count_open(self, parked=False)

        await until(idle, seconds=seconds, what="all work is done or waits")

    async def check(self, *, copies: int = 2, seconds: float = 30.0) -> None:
        """Wait until all is quiet, then hold everything against the ledger."""
        await self.settle(seconds)
        problems = [
            *await checker.check_facts(self, self.ledger, self.before),
            *await checker.check_counters(self),
            *await checker.check_queues(self),
            *checker.check_peers(self.peer, self.ledger, copies=copies),
        ]
        assert not problems, "\n".join([f"{len(problems)} problems", *problems[:20]])

    # striking

    def arm(self, point: str, order: str = "kill") -> None:
        """Give an order for the next passing of a fault point."""
        self.faults.joinpath(f"{point}.struck").unlink(missing_ok=True)
        new = self.faults / f"{point}.new"
        new.write_text(order)
        new.rename(self.faults / point)

    def disarm(self) -> None:
        """Take all orders back."""
        for file in self.faults.iterdir():
            file.unlink(missing_ok=True)

    async def struck(self, point: str, seconds: float = 20.0) -> None:
        """Wait until somebody has passed the point."""

        async def passed() -> bool:
            return self.faults.joinpath(f"{point}.struck").exists()

        await until(passed, seconds=seconds, what=f"{point} is passed")

    def pids(self, role: str) -> list[int]:
        """Live processes of one role."""
        return [
            facts["pid"]
            for facts in self.home.records().values()
            if facts.get("role") == role and is_alive(facts)
        ]

    def kill(self, role: str, kind: signal.Signals = signal.SIGKILL) -> list[int]:
        """Send a signal to the processes of a role; who they were."""
        pids = self.pids(role)
        for pid in pids:
            os.kill(pid, kind)
        return pids

    async def kill_meanwhile(self, point: str, victim: str) -> None:
        """While a process stands still at a point that was armed to freeze it, kill another."""
        await self.struck(point)
        self.kill(victim)
        await asyncio.sleep(0.3)
        for role in ("web", "worker"):
            self.kill(role, signal.SIGCONT)

    async def restart(self) -> None:
        """Stop everything in order and start it again."""
        self.let_go()
        assert await asyncio.to_thread(self.instance.stop) == 0
        self.instance.start()
        await self.instance.ready()

    # doing

    async def receive(self, actor: Actor, activity: dict[str, Any], **options: Any) -> Counter[int]:
        """Send the instance an activity until it accepts it."""
        return await self.peer.deliver(self.instance, actor, activity, **options)

    async def follow(self, actor: Actor) -> str:
        """Let Alice follow somebody at the peer; the account's id."""
        account = await self.alice.find(actor.handle)
        await self.alice.call("POST", f"/api/v1/accounts/{account['id']}/follow")

        async def accepted() -> bool:
            rows = await self.alice.call(
                "GET", "/api/v1/accounts/relationships", params={"id[]": account["id"]}
            )
            return rows[0]["following"]

        await until(accepted, what=f"alice follows {actor.handle}")
        return account["id"]


@asynccontextmanager
async def arena(
    folder: Path,
    certificates: Certificates,
    *,
    net: str,
    extra: str = SETTINGS,
) -> AsyncGenerator[Arena, None]:
    """An instance and a peer for the length of a block."""
    faults, clock = folder / "faults", folder / "clock"
    faults.mkdir(parents=True)
    env = {"FEDI_TEST_FAULTS": str(faults), "FEDI_TEST_CLOCK": str(clock)}
    async with (
        listening_peer(certificates, f"{net}.1.1") as peer,
        running(
            folder, certificates, ["a.test"], extra=extra, pins=peer.pins, env=env, net=net
        ) as (instance,),
    ):
        peer.instances[instance.domain] = instance
        alice = await instance.member("alice", role="owner")
        profile = await instance.request(
            "GET",
            "/.well-known/webfinger",
            params={"resource": f"acct:alice@{instance.domain}"},
        )
        uri = next(link["href"] for link in profile.json()["links"] if link["rel"] == "self")
        box = Arena(instance, peer, alice, uri, faults, clock)
        try:
            yield box
        finally:
            box.let_go()
