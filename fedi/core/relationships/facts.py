"""What must be known before the network may touch a pair, loaded for a whole batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import asyncpg

from fedi.core import undone
from fedi.core.relationships.pairs import Pair, lock_pairs
from fedi.core.undone import Undone
from fedi.kit.unit import Unit

Table = Literal["follows", "blocks"]


class Received(Protocol):
    """Something that one account did to another."""

    @property
    def uri(self) -> str | None:
        """The id of the activity."""
        ...

    @property
    def account_id(self) -> int:
        """Who did it."""
        ...

    @property
    def target_id(self) -> int:
        """To whom."""
        ...


@dataclass(slots=True)
class Facts:
    """The state of a batch; it is kept up to date while the batch is gone through in order."""

    accounts: dict[int, asyncpg.Record]
    memory: dict[undone.Key, Undone]
    # The id under which each pair's follow or block stands now.
    uris: dict[Pair, str | None]
    # What the batch has to add to the memory.
    learned: dict[undone.Key, Undone] = field(default_factory=dict[undone.Key, Undone])

    def key(self, uri: str | None, account_id: int) -> undone.Key | None:
        """How the memory calls an activity of an account."""
        actor = self.accounts.get(account_id)
        return (uri, actor["uri"]) if uri and actor is not None else None

    def find_undone(self, uri: str | None, account_id: int) -> Undone | None:
        """What the memory says about an activity."""
        key = self.key(uri, account_id)
        return self.memory.get(key) if key else None

    def learn(self, uri: str | None, account_id: int, fact: Undone) -> None:
        """Remember that an activity was undone, or that another took its place."""
        key = self.key(uri, account_id)
        if key:
            known = self.memory.get(key)
            if known is not None and known.applied:
                fact = Undone(applied=True, signed_at=fact.signed_at or known.signed_at)
            self.memory[key] = self.learned[key] = fact

    def wrong_actor(self, account_id: int) -> str:
        """Why the network may not do things in the name of this account, or nothing."""
        actor = self.accounts.get(account_id)
        if actor is None or actor["deleted_at"] is not None:
            return "the actor is gone"
        if actor["domain"] is None:
            return "the actor is one of ours"
        return "the actor is suspended" if actor["suspended_at"] is not None else ""

    def wrong_target(self, account_id: int) -> str:
        """Why nothing can be done to this account from outside, or nothing."""
        target = self.accounts.get(account_id)
        if target is None or target["domain"] is not None:
            return "the target is not one of ours"
        if target["deleted_at"] is not None or target["suspended_at"] is not None:
            return "the target is gone"
        return ""


async def load(unit: Unit, table: Table, items: Sequence[Received]) -> Facts:
    """Lock the pairs of a batch and load what is known about them."""
    pairs = {(item.account_id, item.target_id) for item in items}
    await lock_pairs(unit, pairs)
    accounts = await load_accounts(unit, (i for pair in pairs for i in pair))
    uris = {pair: row["uri"] for pair, row in (await load_rows(unit, table, pairs)).items()}
    facts = Facts(accounts, {}, uris)
    keys = (facts.key(item.uri, item.account_id) for item in items)
    facts.memory.update(await undone.find(unit, (key for key in keys if key)))
    return facts


async def load_accounts(unit: Unit, ids: Iterable[int]) -> dict[int, asyncpg.Record]:
    """What decides whether accounts may act and be acted upon."""
    rows = await unit.fetch(
        "SELECT id, uri, domain, locked, moved_to_uri, suspended_at, silenced_at, deleted_at"
        " FROM accounts WHERE id = ANY($1::bigint[])",
        list(set(ids)),
    )
    return {row["id"]: row for row in rows}


async def load_rows(unit: Unit, table: Table, pairs: Iterable[Pair]) -> dict[Pair, asyncpg.Record]:
    """The rows of these pairs, first the one who acts."""
    asked = list(pairs)
    rows = await unit.fetch(
        f"SELECT t.id, t.account_id, t.target_id, t.uri FROM {table} t"
        " JOIN unnest($1::bigint[], $2::bigint[]) AS p(a, t) ON t.account_id = p.a"
        " AND t.target_id = p.t",
        [account_id for account_id, _ in asked],
        [target_id for _, target_id in asked],
    )
    return {(row["account_id"], row["target_id"]): row for row in rows}
