"""One instance, `a.test`, whose inbox and drain run in the test; `far` plays everybody else."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from fedi.config import Settings
from fedi.core.accounts import keys
from fedi.core.accounts.people import People
from fedi.core.accounts.service import create_local
from fedi.core.accounts.types import Account
from fedi.core.domains.policy import Policy
from fedi.core.instance import ensure_instance
from fedi.federation.inbound.inbox import Inbox
from fedi.federation.inbound.receive import Receiver
from fedi.federation.queues import INBOUND
from fedi.kit.drain import Drain, Pace
from fedi.kit.runtime import Runtime
from fedi.kit.web import Edge
from tests.integration.inbound.far import INBOX, Far, Person, pin_far, playing
from tests.rig.certificates import Certificates, make_certificates

PAIR = keys.generate_pair()


@pytest.fixture(scope="session")
def certificates(session_root: Path) -> Certificates:
    names = ["*.far.test", "far.test", "*.p.far.test"]
    return make_certificates(session_root / f"inbound-{id(object())}", names)


@pytest.fixture
async def far(certificates: Certificates) -> AsyncGenerator[Far, None]:
    async with playing(Far(), certificates) as played:
        yield played


@pytest.fixture
def settings(settings: Settings, far: Far, certificates: Certificates) -> Settings:
    return pin_far(settings, far, certificates)


@dataclass
class World:
    """The instance under test and the ways into it."""

    runtime: Runtime
    people: People
    policy: Policy
    receiver: Receiver
    client: httpx.AsyncClient
    far: Far
    alice: Account
    expects_failure: bool = False

    async def post(
        self,
        person: Person,
        activity: Any,
        *,
        url: str = INBOX,
        headers: dict[str, str] | None = None,
        **signing: Any,
    ) -> httpx.Response:
        """Deliver an activity, signed by `person`."""
        body = activity if isinstance(activity, bytes) else orjson.dumps(activity)
        signed = person.sign(body, url=url, **signing)
        return await self.client.post(url, content=body, headers={**signed, **(headers or {})})

    async def drain(self) -> None:
        """Work until nothing is ready."""
        drain = Drain(
            INBOUND,
            self.receiver.work,
            self.runtime.db,
            self.runtime.unit,
            worker="test",
            pace=Pace(),
        )
        while True:
            while await drain.step():
                pass
            await self.receiver.settled()
            if not await self.value("SELECT count(*) FROM inbound WHERE state = 0"):
                break
        failed = await self.runtime.db.fetch(
            "SELECT type, reason FROM inbound WHERE state = 1 OR state = 5"
        )
        if failed and not self.expects_failure:
            raise AssertionError([tuple(row) for row in failed])

    async def deliver(self, person: Person, *activities: Any, **how: Any) -> list[Any]:
        """Deliver, work, and tell how each row ended: (state, reason)."""
        before = await self.value("SELECT coalesce(max(id), 0) FROM inbound")
        for activity in activities:
            answer = await self.post(person, activity, **how)
            assert answer.status_code == 202, answer.text
        await self.drain()
        rows = await self.runtime.db.fetch(
            "SELECT state, reason FROM inbound WHERE id > $1 ORDER BY id", before
        )
        return [(row["state"], row["reason"]) for row in rows]

    async def value(self, sql: str, *args: object) -> Any:
        return await self.runtime.db.value(sql, *args)

    async def count(self, table: str, where: str = "true", *args: object) -> int:
        return await self.value(f"SELECT count(*) FROM {table} WHERE {where}", *args)

    async def follow(self, person: Person) -> None:
        """Alice follows somebody who said yes."""
        await self.post(person, person.does("Like", "https://a.test/nothing"))
        await self.drain()
        target = await self.value("SELECT id FROM accounts WHERE uri = $1", person.uri)
        async with self.runtime.unit() as unit:
            number = await unit.new_id()
            await unit.execute(
                "INSERT INTO follows (id, account_id, target_id, accepted, local, uri)"
                " VALUES ($1, $2, $3, true, true, $4)",
                number,
                self.alice.id,
                target,
                f"https://a.test/ap/follows/{number}",
            )

    async def settle_clock(self, table: str = "inbound") -> None:
        """Let everything that is parked be due."""
        await self.runtime.db.fetch(f"UPDATE {table} SET state = 0 WHERE state = 1")


async def member(runtime: Runtime, name: str) -> Account:
    async with runtime.unit() as unit:
        return await create_local(unit, runtime.settings, name, PAIR)


@pytest.fixture
async def world(runtime: Runtime, far: Far) -> AsyncGenerator[World, None]:
    await ensure_instance(runtime)
    policy = Policy(runtime)
    people = People(runtime, policy)
    inbox = Inbox(people, policy)
    app = Starlette(
        routes=[
            Route(path, inbox.receive, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
            for path in ("/inbox", "/ap/users/{account_id}/inbox", "/actor/inbox")
        ]
    )
    edge = Edge(app, runtime.settings)
    transport = httpx.ASGITransport(app=edge, client=("198.51.100.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
        alice = await member(runtime, "alice")
        yield World(runtime, people, policy, Receiver(people, policy), client, far, alice)


__all__ = ["World", "member", "timedelta"]
