"""One instance, sites whose pages tests write, and the hands that read what profiles link to."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest

from fedi.config import Settings
from fedi.core.accounts import links
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.accounts.types import Account
from fedi.core.instance import ensure_instance
from fedi.kit.result import Outcome
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, Member, open_house
from tests.integration.cards.conftest import Site, certificates, settings, site
from tests.rig.aftermath import settle

__all__ = ["certificates", "settings", "site"]


@dataclass
class Desk:
    """The instance, and whoever reads pages for it."""

    house: House
    people: People
    site: Site
    alice: Member

    async def change_fields(self, *values: str) -> None:
        """The member writes these values into the profile."""
        fields = [{"name": f"f{n}", "value": value} for n, value in enumerate(values)]
        answer = await self.alice.call(
            "PATCH", "/api/v1/accounts/update_credentials", json={"fields_attributes": fields}
        )
        assert answer.status_code == 200, answer.text
        await settle(self.house.runtime)

    async def meet(self, uri: str) -> Account:
        """Read a remote actor anew."""
        found = (await resolve_actors(self.people, [uri], refresh=True))[uri]
        assert isinstance(found, Account), found
        await settle(self.house.runtime)
        return found

    async def chores(self) -> list[Any]:
        return await self.house.runtime.db.fetch(
            "SELECT id, key, state, due_at - now() AS wait FROM chores WHERE kind = $1"
            " AND state < 2 ORDER BY id",
            links.KIND,
        )

    async def work(self) -> list[Outcome]:
        """One turn of the drain, with everything that it begins."""
        outcomes = await links.verify_links(self.people, await self.chores())
        await self.people.runtime.tasks.wait(10)
        return outcomes

    async def age(self) -> None:
        """Days go by."""
        await self.house.runtime.db.fetch(
            "UPDATE accounts SET links_checked_at = links_checked_at - interval '2 days'"
        )

    async def shown(self, account_id: int | str) -> list[str | None]:
        """When each field was verified, as apps are told."""
        answer = await self.alice.get(f"/api/v1/accounts/{account_id}")
        return [field["verified_at"] for field in answer.json()["fields"]]

    async def verify(self, *values: str) -> list[bool]:
        """Whether each of these values, as the member's fields, gets verified."""
        await self.change_fields(*values)
        await self.work()
        return [bool(moment) for moment in await self.shown(self.alice.id)]

    async def account(self, account_id: int) -> Account:
        return await get_by_id(self.house.runtime.read(), account_id)


@pytest.fixture
async def desk(runtime: Runtime, settings: Settings, site: Site) -> AsyncGenerator[Desk, None]:
    await ensure_instance(runtime)
    async with open_house(runtime, settings) as house:
        alice = await house.member("alice")
        yield Desk(house, house.services.people, site, alice)
