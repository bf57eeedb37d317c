"""A small world for tests about posts: people by one statement each, notes without a network."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fedi.ap.parse import parse_note
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.statuses import compose, receive
from fedi.core.statuses.types import NewStatus, Prepared, ReceivedNote
from fedi.kit.result import Outcome
from fedi.kit.runtime import Runtime
from tests.rig import aftermath

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class World:
    runtime: Runtime
    said: list[Any] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def member(self, name: str, **columns: Any) -> Account:
        async with self.runtime.unit() as unit:
            account_id = await unit.new_id()
        uri = f"{self.runtime.settings.origin}/ap/users/{account_id}"
        return await self._account(
            account_id, name, None, uri, url=f"{self.runtime.settings.origin}/@{name}", **columns
        )

    async def stranger(self, name: str, domain: str = "far.test", **columns: Any) -> Account:
        async with self.runtime.unit() as unit:
            account_id = await unit.new_id()
        uri = f"https://{domain}/users/{name}"
        return await self._account(account_id, name, domain, uri, url=None, **columns)

    async def _account(
        self, account_id: int, name: str, domain: str | None, uri: str, **columns: Any
    ) -> Account:
        columns = {
            "id": account_id,
            "username": name,
            "domain": domain,
            "uri": uri,
            "inbox_url": f"{uri}/inbox",
            "shared_inbox_url": f"https://{domain or 'a.test'}/inbox",
            "followers_url": f"{uri}/followers",
            **columns,
        }
        names = list(columns)
        async with self.runtime.unit() as unit:
            await unit.execute(
                f"INSERT INTO accounts ({', '.join(names)})"
                f" VALUES ({', '.join(f'${i + 1}' for i in range(len(names)))})",
                *columns.values(),
            )
            await unit.execute("INSERT INTO account_stats (account_id) VALUES ($1)", account_id)
            return await get_by_id(unit, account_id)

    async def follow(self, who: Account, target: Account, **columns: Any) -> None:
        columns = {"show_reblogs": True, "notify": False, "accepted": True, **columns}
        async with self.runtime.unit() as unit:
            await unit.execute(
                "INSERT INTO follows (id, account_id, target_id, accepted, local, show_reblogs,"
                " notify) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                await unit.new_id(),
                who.id,
                target.id,
                columns["accepted"],
                who.is_local,
                columns["show_reblogs"],
                columns["notify"],
            )
            if columns["accepted"]:
                for account, column in ((who, "following"), (target, "followers")):
                    await unit.execute(
                        f"UPDATE account_stats SET {column}_count = {column}_count + 1"
                        " WHERE account_id = $1",
                        account.id,
                    )

    async def pair(self, table: str, who: Account, target: Account) -> None:
        async with self.runtime.unit() as unit:
            await unit.execute(
                f"INSERT INTO {table} (id, account_id, target_id) VALUES ($1, $2, $3)",
                await unit.new_id(),
                who.id,
                target.id,
            )

    def document(self, author: Account, **fields: Any) -> dict[str, Any]:
        number = next(self._numbers)
        found = {
            "id": f"{author.uri}/notes/{number}",
            "type": "Note",
            "attributedTo": author.uri,
            "content": f"<p>note {number}</p>",
            "published": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
            "to": [PUBLIC],
            "cc": [f"{author.uri}/followers"],
            **fields,
        }
        return {key: value for key, value in found.items() if value is not None}

    def note(
        self, author: Account, *, recipient_ids: tuple[int, ...] = (), **fields: Any
    ) -> ReceivedNote:
        return ReceivedNote(parse_note(self.document(author, **fields)), author, recipient_ids)

    async def receive(self, *items: ReceivedNote) -> list[Outcome]:
        async with self.runtime.unit() as unit:
            return await receive.receive_notes(unit, items)

    async def post(self, author: Account, text: str = "hello", **fields: Any) -> int:
        mentions = fields.pop("mentions", {})
        async with self.runtime.unit() as unit:
            return await compose.create(
                unit, self.runtime.settings, author, NewStatus(text, **fields), Prepared(mentions)
            )

    async def settle(self) -> list[Any]:
        """React to everything that was recorded, as the events drain would; what streams heard."""
        return await aftermath.settle(self.runtime)

    async def status_id(self, uri: str) -> int | None:
        return await self.runtime.read().value("SELECT id FROM statuses WHERE uri = $1", uri)
