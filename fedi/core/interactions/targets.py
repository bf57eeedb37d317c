"""What deeds from the network are done to, and whether they were undone before they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core import undone
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.policy import visible_sql
from fedi.core.undone import Undone
from fedi.kit.result import Ignored
from fedi.kit.unit import Unit

ABSENT = Ignored("the post is not here, or not for this actor")
UNDONE = Ignored("undone before")
KNOWN = Ignored("already so")

_TARGETS = (
    "SELECT d.n, s.id, s.account_id, s.visibility, s.created_at,"
    "   s.local AND s.interaction_policy IS NOT NULL"
    # Looked up, then locked in the order of their ids; OFFSET 0: in no other way.
    " FROM (SELECT u.n, u.who, p.id"
    "   FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS u(uri, who, n)"
    "   CROSS JOIN LATERAL (SELECT x.id FROM statuses x WHERE x.uri = u.uri"
    "     AND x.reblog_of_id IS NULL OFFSET 0) p ORDER BY p.id + 0 OFFSET 0) d"
    " CROSS JOIN LATERAL (SELECT * FROM statuses y WHERE y.id = d.id"
    "   OFFSET 0 FOR KEY SHARE) s"
    f" WHERE {visible_sql('s', 'd.who')}"
)


@dataclass(frozen=True, slots=True)
class Target:
    """The post that an activity is about, as the actor may see it."""

    id: int
    account_id: int
    visibility: int
    created_at: datetime
    # Whether it is a member's, and not everybody may do everything with it.
    is_guarded: bool = False


async def find_targets(unit: Unit, pairs: Sequence[tuple[str, int]]) -> dict[int, Target]:
    """For each (post, who acts) by position: the post, if it is here and visible to them."""
    rows = await unit.fetch(_TARGETS, [uri for uri, _ in pairs], [who for _, who in pairs])
    return {row[0] - 1: Target(*row[1:]) for row in rows}


async def find_over(
    unit: Unit, kind: str, deeds: Sequence[tuple[str | None, str, str]]
) -> set[int]:
    """Which of these deeds (id, actor, post) were undone before they came, by position."""
    nameless = [(undone.nameless(kind, post), actor) for _, actor, post in deeds]
    named = [(uri, actor) for uri, actor, _ in deeds if uri]
    before = await undone.find(unit, [*named, *nameless])
    over = {index for index, (uri, actor, _) in enumerate(deeds) if (uri or "", actor) in before}
    # An Undo that waits for its deed need not wait any more, and means nothing else.
    met = {key for key in named if key in before and not before[key].applied}
    spent = await undone.spend(unit, [key for key in nameless if key in before])
    for index, (uri, actor, _) in enumerate(deeds):
        if index in over:
            continue
        if nameless[index] in spent:
            spent.discard(nameless[index])
            met.update([(uri, actor)] if uri and is_storable(uri) else [])
        elif (uri or "", actor) not in met:
            continue
        over.add(index)
    await undone.remember(unit, dict.fromkeys(met, Undone(applied=True, signed_at=None)))
    return over


async def outdate(unit: Unit, older: Sequence[tuple[str | None, str]]) -> None:
    """Ids (id, actor) that newer ones have replaced: an Undo of these comes too late."""
    keys = [(uri, actor) for uri, actor in older if uri]
    await undone.remember(unit, dict.fromkeys(keys, Undone(applied=True, signed_at=None)))
