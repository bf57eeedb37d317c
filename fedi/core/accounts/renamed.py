"""Handles that lead to another actor than before, on the same server.

A server that lost its database, or that was set up anew, gives its people new ids under their old
names. Whether the old actor is really no more is asked later; who follows it then follows the new
one. Where it is still there, only the name has changed hands.
"""

from collections.abc import Iterable

from fedi.ap.authority import same_origin
from fedi.kit.unit import Unit


async def ask_later(unit: Unit, heirs: Iterable[tuple[int, str, str]]) -> None:
    """Have it asked whether actors (account id, actor id) are no more whose names others have."""
    rows = [(old, heir) for old, uri, heir in heirs if same_origin(uri, heir)]
    if not rows:
        return
    await unit.execute(
        "INSERT INTO chores (kind, key) SELECT 'merge_renamed', o || ' ' || h"
        " FROM unnest($1::bigint[], $2::text[]) AS p(o, h)"
        " ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING",
        [old for old, _ in rows],
        [heir for _, heir in rows],
    )
    unit.ring("chores")
