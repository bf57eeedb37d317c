"""What was undone: ids of Follow, Like, Announce and Block, remembered for good.

An Undo may overtake what it undoes; the activity must then never take effect. Some servers use
the id of a Follow again: that counts only when it was in effect before (`applied`) and was signed
later than the Undo.

An Undo that gives no id and finds nothing speaks of a deed that is still on its way: that is
remembered by what it was done to, for hours, and spent by the first such deed that comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedi.kit.unit import ReadUnit, Unit

Key = tuple[str, str]
"""The id of the activity, and the id of the actor whose it is: nobody can undo for others."""

# How long an Undo without an id waits for what it undoes.
EARLY = timedelta(hours=6)
# How long it is kept. Whoever sends such Undos without end fills no more than a day.
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Undone:
    """Something was undone; `applied` says whether it had been in effect."""

    applied: bool
    signed_at: datetime | None
    # When it was first noted here.
    noted_at: datetime | None = None

    def forbids(self, signed_at: datetime | None) -> bool:
        """Whether the activity, signed at this moment, must have no effect."""
        if not self.applied or signed_at is None or self.signed_at is None:
            return True
        return signed_at <= self.signed_at


async def find(read: ReadUnit, keys: Iterable[Key]) -> dict[Key, Undone]:
    """What of these was undone."""
    asked = list(set(keys))
    if not asked:
        return {}
    rows = await read.fetch(
        "SELECT u.uri, u.actor_uri, u.applied, u.signed_at, u.created_at FROM undone u"
        " JOIN unnest($1::text[], $2::text[]) AS k(uri, actor_uri) USING (uri, actor_uri)",
        [uri for uri, _ in asked],
        [actor for _, actor in asked],
    )
    return {(row[0], row[1]): Undone(row[2], row[3], row[4]) for row in rows}


async def remember(unit: Unit, facts: dict[Key, Undone]) -> None:
    """Note what was undone; the latest signature counts."""
    if not facts:
        return
    ordered = sorted(facts.items())
    await unit.execute(
        "INSERT INTO undone AS u (uri, actor_uri, applied, signed_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::bool[], $4::timestamptz[])"
        " ON CONFLICT (uri, actor_uri) DO UPDATE SET applied = u.applied OR excluded.applied,"
        " signed_at = greatest(u.signed_at, excluded.signed_at)",
        [uri for (uri, _), _ in ordered],
        [actor for (_, actor), _ in ordered],
        [undone.applied for _, undone in ordered],
        [undone.signed_at for _, undone in ordered],
    )


def nameless(kind: str, object_uri: str) -> str:
    """What stands for the id of a deed that has none; no id of an activity looks like this."""
    return f"{kind} {object_uri}"


async def expect(unit: Unit, keys: Iterable[Key]) -> None:
    """Note nameless deeds that were undone before they came."""
    ordered = sorted(set(keys))
    if ordered:
        await unit.execute(
            "INSERT INTO undone AS u (uri, actor_uri, applied, created_at)"
            " SELECT uri, actor_uri, false, $3"
            " FROM unnest($1::text[], $2::text[]) AS k(uri, actor_uri)"
            " ON CONFLICT (uri, actor_uri) DO UPDATE SET created_at = excluded.created_at",
            [uri for uri, _ in ordered],
            [actor for _, actor in ordered],
            unit.now(),
        )


async def spend(unit: Unit, keys: Iterable[Key]) -> set[Key]:
    """Which of these nameless deeds were undone before they came; each counts once."""
    ordered = sorted(set(keys))
    if not ordered:
        return set()
    rows = await unit.fetch(
        "DELETE FROM undone u USING unnest($1::text[], $2::text[]) AS k(uri, actor_uri)"
        " WHERE u.uri = k.uri AND u.actor_uri = k.actor_uri"
        " RETURNING u.uri, u.actor_uri, u.created_at",
        [uri for uri, _ in ordered],
        [actor for _, actor in ordered],
    )
    oldest = unit.now() - EARLY
    return {(row[0], row[1]) for row in rows if row[2] > oldest}


async def prune(unit: Unit) -> int:
    """Forget nameless deeds whose Undo waits no more: they were never done, or long ago."""
    return await unit.execute(
        # Only these have a space in what stands for their id.
        "DELETE FROM undone WHERE NOT applied AND strpos(uri, ' ') > 0 AND created_at < $1",
        unit.now() - KEPT,
    )
