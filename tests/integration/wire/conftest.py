"""Documents of other software come in; what apps see of them goes out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from fedi.ap.parse import parse_actor, parse_note
from fedi.config import Settings
from fedi.core.accounts.receive import receive_actors
from fedi.core.accounts.types import Account
from fedi.core.statuses import receive
from fedi.core.statuses.types import ReceivedNote
from fedi.kit.result import Outcome
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, open_house
from tests.wire.reading import raw

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class Wire:
    """An instance, and everybody else's documents."""

    house: House
    met: dict[str, Account] = field(default_factory=dict[str, Account])

    async def actor(self, document: dict[str, Any]) -> Account:
        """Store an actor."""
        actor = parse_actor(document)
        async with self.house.runtime.unit() as unit:
            found = (await receive_actors(unit, [actor], handles={}))[actor.id]
        assert isinstance(found, Account)
        self.met[found.uri] = found
        return found

    async def author(self, uri: str) -> Account:
        """Somebody of whom no more is known than that they post."""
        plain = {"id": uri, "type": "Person", "inbox": f"{uri}/inbox"}
        return self.met.get(uri) or await self.actor({**plain, "followers": f"{uri}/followers"})

    async def bring(self, document: dict[str, Any] | str, *, update: bool = False) -> Outcome:
        """A post as its author's server sends it."""
        found = raw(document) if isinstance(document, str) else document
        # As it comes from the network, so that nothing of it is ours.
        note = parse_note(orjson.loads(orjson.dumps(found)))
        item = ReceivedNote(note, await self.author(note.attributed_to))
        async with self.house.runtime.unit() as unit:
            act = receive.receive_updates if update else receive.receive_notes
            return (await act(unit, [item]))[0]

    async def status(self, uri: str) -> dict[str, Any]:
        """A post as an app shows it to anybody."""
        read = self.house.runtime.read()
        status_id = await read.value("SELECT id FROM statuses WHERE uri = $1", uri)
        answer = await self.house.client.get(f"/api/v1/statuses/{status_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def shown(self, name: str, /, **changes: Any) -> dict[str, Any]:
        """Bring a document and show it."""
        document = {**raw(name), **changes}
        await self.bring(document)
        return await self.status(document["id"])

    async def account(self, account: Account) -> dict[str, Any]:
        """An account as an app shows it to anybody."""
        answer = await self.house.client.get(f"/api/v1/accounts/{account.id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def wire(runtime: Runtime, settings: Settings) -> AsyncGenerator[Wire, None]:
    async with open_house(runtime, settings) as house:
        yield Wire(house)
