"""Writing chores: what is to be done after a change, or outside of it, soon or some time later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fedi.kit.result import State
from fedi.kit.unit import Unit

_NOW = timedelta(0)

# In the order of their keys, so that two who write the same chores wait for each other, no more.
_ADD = """
INSERT INTO chores (kind, key, payload, host, state, due_at)
SELECT $1::text, c.key, c.payload, c.host, $5::smallint,
  now() + $6::interval + random() * $7::interval
FROM unnest($2::text[], $3::jsonb[], $4::text[]) AS c(key, payload, host) ORDER BY c.key
ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do: its key among those of its kind, what it needs, and whose host it asks."""

    key: str
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])
    host: str = ""


async def add_chores(
    unit: Unit,
    kind: str,
    chores: Iterable[Chore],
    *,
    after: timedelta = _NOW,
    spread: timedelta = _NOW,
) -> int:
    """Write chores of one kind, as far as they are not waiting already.

    Args:
        unit: The transaction after which they are to be done.
        kind: What is to be done, as in the table of chores.
        chores: For what.
        after: How long they wait at least.
        spread: Within which time after that they begin, one here and one there.

    Returns:
        How many are new.
    """
    wanted = {each.key: each for each in chores}
    if not wanted:
        return 0
    is_later = after > _NOW or spread > _NOW
    added = await unit.execute(
        _ADD,
        kind,
        list(wanted),
        [each.payload for each in wanted.values()],
        [each.host for each in wanted.values()],
        State.PARKED if is_later else State.READY,
        after,
        spread,
    )
    if added and not is_later:
        unit.ring("chores")
    return added
