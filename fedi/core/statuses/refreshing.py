"""Having posts rendered anew where something around them has changed."""

from collections.abc import Sequence

from fedi.kit.unit import Unit


async def refresh(unit: Unit, status_ids: Sequence[int]) -> None:
    """Let no cached rendering of these posts be shown any more."""
    if status_ids:
        await unit.execute(
            "UPDATE statuses s SET revision = s.revision + 1 FROM (SELECT k.id FROM statuses k"
            " WHERE k.id = ANY($1::bigint[]) ORDER BY k.id FOR UPDATE OF k) k WHERE s.id = k.id",
            list(status_ids),
        )
