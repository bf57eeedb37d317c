"""How far a member has read, by timeline; kept with their settings.

Every change counts up a version. Two apps that change the same marker at once cannot both win: the
slower one is told so, and asks again.
"""

from typing import Any

from fedi.core.auth.users import update_settings
from fedi.kit.clock import to_iso
from fedi.kit.errors import Conflict
from fedi.kit.ids import parse_id
from fedi.kit.unit import ReadUnit, Unit

TIMELINES = ("home", "notifications")

Marker = dict[str, Any]

_FIND = "SELECT settings -> $2, settings -> $3 FROM users WHERE account_id = $1"
_IS_FREE = """
SELECT id FROM users WHERE id = $1 AND (settings -> $2 ->> 'version') IS NOT DISTINCT FROM $3
FOR UPDATE
"""


def _key(timeline: str) -> str:
    return f"marker:{timeline}"


async def find_markers(read: ReadUnit, account_id: int) -> dict[str, Marker]:
    """The markers that a member has set, by timeline."""
    row = await read.row(_FIND, account_id, *map(_key, TIMELINES))
    found = zip(TIMELINES, row or (), strict=False)
    return {timeline: marker for timeline, marker in found if marker}


async def find_last_read(read: ReadUnit, account_id: int) -> int:
    """The newest notification that a member has read; 0 if they never said."""
    marker = (await find_markers(read, account_id)).get("notifications", {})
    return parse_id(str(marker.get("last_read_id", ""))) or 0


async def set_markers(
    unit: Unit, user_id: int, wanted: dict[str, int], before: dict[str, Marker]
) -> dict[str, Marker]:
    """Move markers, over what they were `before`; what they are now.

    Raises:
        Conflict: somebody else has moved one of them meanwhile.
    """
    changed: dict[str, Marker] = {}
    for timeline, last in wanted.items():
        old = before.get(timeline, {}).get("version")
        known = None if old is None else str(old)
        if await unit.row(_IS_FREE, user_id, _key(timeline), known) is None:
            raise Conflict("Conflict during update, please try again")
        changed[timeline] = build_marker(last, (old or 0) + 1, unit)
    if changed:
        await update_settings(unit, user_id, {_key(name): m for name, m in changed.items()})
    return changed


def build_marker(last_read_id: int, version: int, read: ReadUnit) -> Marker:
    """A marker as apps know it."""
    return {
        "last_read_id": str(last_read_id),
        "version": version,
        "updated_at": to_iso(read.now()),
    }
