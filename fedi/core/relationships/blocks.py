"""Blocks, as they come from the network: in batches, in any order."""

from collections.abc import Sequence

from fedi.core import undone
from fedi.core.relationships import facts
from fedi.core.relationships.facts import Facts
from fedi.core.relationships.pairs import Pair, delete_follows
from fedi.core.relationships.types import ReceivedBlock, ReceivedUndo
from fedi.core.relationships.undo import plan_undos
from fedi.core.undone import Undone
from fedi.events import AccountBlocked, AccountUnblocked
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit


async def receive_blocks(unit: Unit, items: Sequence[ReceivedBlock]) -> list[Outcome]:
    """Remote accounts block members: follows and requests end, in both directions."""
    if not items:
        return []
    known = await facts.load(unit, "blocks", items)
    before = set(known.uris)
    touched: dict[Pair, None] = {}
    outcomes = [_take_block(known, item, touched) for item in items]
    await undone.remember(unit, known.learned)
    await _write_blocks(unit, known, sorted(touched))
    both = [pair for one, other in touched for pair in ((one, other), (other, one))]
    await delete_follows(unit, both)
    for pair in sorted(set(touched) - before):
        unit.record(AccountBlocked(*pair, known.uris[pair] or "", local=False))
    return outcomes


def _take_block(known: Facts, item: ReceivedBlock, touched: dict[Pair, None]) -> Outcome:
    pair = (item.account_id, item.target_id)
    wrong = known.wrong_actor(item.account_id) or known.wrong_target(item.target_id)
    if wrong:
        return Refused(wrong)
    past = known.find_undone(item.uri, item.account_id)
    if past is not None and past.forbids(item.signed_at) and known.uris.get(pair) != item.uri:
        return Ignored("undone already")
    stands = pair in known.uris
    if stands and item.uri is not None and known.uris[pair] != item.uri:
        standing = Undone(applied=True, signed_at=item.signed_at)
        known.learn(known.uris[pair], item.account_id, standing)
    known.uris[pair] = item.uri or known.uris.get(pair)
    touched[pair] = None
    return Done("blocked already" if stands else "")


async def _write_blocks(unit: Unit, known: Facts, pairs: list[Pair]) -> None:
    if not pairs:
        return
    await unit.execute(
        "INSERT INTO blocks (id, account_id, target_id, uri)"
        " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])"
        " ON CONFLICT (account_id, target_id) DO UPDATE SET uri = excluded.uri",
        await unit.new_ids(len(pairs)),
        [account_id for account_id, _ in pairs],
        [target_id for _, target_id in pairs],
        [known.uris[pair] for pair in pairs],
    )


async def receive_undo_blocks(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Remote accounts no longer block members; follows do not come back with it."""
    if not items:
        return []
    outcomes, ended = await plan_undos(unit, "blocks", items)
    ordered = sorted(set(ended))
    rows = await unit.fetch(
        "DELETE FROM blocks b USING unnest($1::bigint[], $2::bigint[]) AS p(a, t)"
        " WHERE b.account_id = p.a AND b.target_id = p.t"
        " RETURNING b.account_id, b.target_id, b.uri",
        [account_id for account_id, _ in ordered],
        [target_id for _, target_id in ordered],
    )
    for row in rows:
        unit.record(
            AccountUnblocked(row["account_id"], row["target_id"], row["uri"] or "", local=False)
        )
    return outcomes
