"""Having quotes looked into: what is to be fetched and read becomes a chore; see `stamps`."""

from collections.abc import Mapping, Sequence

from fedi.ap.authority import host_of
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.quotes import PENDING
from fedi.kit.unit import Unit

_ASK = """
INSERT INTO chores AS c (kind, key, payload, host)
SELECT 'check_quote', d.id::text, jsonb_build_object('stamp', d.stamp), d.host
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS d(id, stamp, host)
ON CONFLICT (kind, key) WHERE state < 2 DO UPDATE SET payload = excluded.payload
WHERE excluded.payload->>'stamp' IS NOT NULL
"""


async def check_later(unit: Unit, quotes: Mapping[int, tuple[str | None, str]]) -> None:
    """Have quotes looked into: quote → (its stamp if one is named, the address of what is quoted).

    A quoted post that is not here is fetched first.
    """
    wanted = {
        key: (stamp if stamp and is_storable(stamp) else None, host_of(stamp or quoted) or "")
        for key, (stamp, quoted) in quotes.items()
    }
    if wanted:
        keys = sorted(wanted)
        await unit.execute(
            _ASK, keys, [wanted[key][0] for key in keys], [wanted[key][1] for key in keys]
        )
        unit.ring("chores")


async def note_stamps(unit: Unit, stamps: Sequence[tuple[str, str]]) -> None:
    """Have stamps looked at that known posts (by id) name by now."""
    if not stamps:
        return
    rows = await unit.fetch(
        "SELECT q.id, d.stamp, q.quoted_uri FROM unnest($1::text[], $2::text[]) AS d(uri, stamp)"
        " JOIN statuses s ON s.uri = d.uri AND NOT s.local JOIN quotes q ON q.id = s.quote_id"
        f" WHERE q.state = {PENDING} AND q.quoted_uri IS NOT NULL",
        [uri for uri, _ in stamps],
        [stamp for _, stamp in stamps],
    )
    await check_later(unit, {row[0]: (row[1], row[2]) for row in rows})
