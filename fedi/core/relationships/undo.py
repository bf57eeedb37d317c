"""Undo of a Follow or Block: whose row ends, whatever order things arrive in."""

from collections.abc import Sequence

from fedi.core import undone
from fedi.core.relationships.facts import Facts, Table, load_accounts, load_rows
from fedi.core.relationships.pairs import Pair, lock_pairs
from fedi.core.relationships.types import ReceivedUndo
from fedi.core.undone import Undone
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit


async def plan_undos(
    unit: Unit, table: Table, items: Sequence[ReceivedUndo]
) -> tuple[list[Outcome], list[Pair]]:
    """Decide what a batch of Undos ends, and remember it; the caller takes the rows away."""
    by_uri = await _find_pairs(unit, table, items)
    pairs: list[Pair | None] = []
    for item in items:
        named = (item.account_id, item.target_id) if item.target_id is not None else None
        pairs.append(by_uri.get((item.uri, item.account_id), named))
    facts = await _load(unit, table, items, [pair for pair in pairs if pair])
    ended: list[Pair] = []
    outcomes = [_take(facts, item, pair, ended) for item, pair in zip(items, pairs, strict=True)]
    await undone.remember(unit, facts.learned)
    return outcomes, ended


async def _find_pairs(
    unit: Unit, table: Table, items: Sequence[ReceivedUndo]
) -> dict[tuple[str | None, int], Pair]:
    """The pairs of the actors' own rows that are named by id."""
    rows = await unit.fetch(
        f"SELECT t.uri, t.account_id, t.target_id FROM {table} t"
        " JOIN unnest($1::text[], $2::bigint[]) AS k(uri, a) ON t.uri = k.uri"
        " AND t.account_id = k.a",
        [item.uri for item in items],
        [item.account_id for item in items],
    )
    return {(row["uri"], row["account_id"]): (row["account_id"], row["target_id"]) for row in rows}


async def _load(
    unit: Unit, table: Table, items: Sequence[ReceivedUndo], pairs: Sequence[Pair]
) -> Facts:
    await lock_pairs(unit, pairs)
    accounts = await load_accounts(unit, (item.account_id for item in items))
    uris = {pair: row["uri"] for pair, row in (await load_rows(unit, table, set(pairs))).items()}
    facts = Facts(accounts, {}, uris)
    keys = (facts.key(item.uri, item.account_id) for item in items)
    facts.memory.update(await undone.find(unit, (key for key in keys if key)))
    return facts


def _take(facts: Facts, item: ReceivedUndo, pair: Pair | None, ended: list[Pair]) -> Outcome:
    actor = facts.accounts.get(item.account_id)
    if actor is None or actor["domain"] is None:
        return Refused("the actor is not a remote one that we know")
    known = facts.find_undone(item.uri, item.account_id)
    stands = pair is not None and pair in facts.uris
    is_same = stands and pair is not None and item.uri is not None and facts.uris[pair] == item.uri
    if known is not None and not (is_same and not known.forbids(item.signed_at)):
        # Either this very Undo again, or what it names was replaced by a newer one long ago.
        return Ignored("undone already")
    if not is_same:
        # By its id it undoes something that has not come yet, and now never will.
        facts.learn(item.uri, item.account_id, Undone(applied=False, signed_at=item.signed_at))
    if not stands or pair is None:
        return Ignored("nothing stands that it could undo")
    standing = facts.uris.pop(pair)
    facts.learn(standing, item.account_id, Undone(applied=True, signed_at=item.signed_at))
    ended.append(pair)
    return Done()
