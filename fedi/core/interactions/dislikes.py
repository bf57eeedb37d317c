"""Votes against posts, which groups and video servers know: stored, and shown to nobody by name."""

from collections.abc import Sequence

from fedi.core import undone
from fedi.core.interactions.targets import ABSENT, UNDONE, find_targets
from fedi.core.statuses.consent.policy import ALLOWED, decide_all
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.types import ReceivedLike, ReceivedUndo
from fedi.core.undone import Undone
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_STORE = """
INSERT INTO dislikes (status_id, account_id, uri, created_at)
SELECT DISTINCT ON (status_id, who) status_id, who, uri, $4
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS d(status_id, who, uri, n)
ORDER BY status_id, who, n DESC
ON CONFLICT (status_id, account_id) DO UPDATE SET uri = excluded.uri
"""

_FORBIDDEN = Refused("the author does not let the actor vote at once")


async def receive_dislikes(unit: Unit, items: Sequence[ReceivedLike]) -> list[Outcome]:
    """Store votes against posts that are here; one that was undone before it came never counts.

    Who may not like a post without asking may not vote against it either: that is not worth the
    question.
    """
    over = await undone.find(unit, [(item.uri, item.actor_uri) for item in items if item.uri])
    found = await find_targets(unit, [(item.object_uri, item.account_id) for item in items])
    outcomes: list[Outcome] = [
        UNDONE if (item.uri or "", item.actor_uri) in over else ABSENT for item in items
    ]
    live = {index: found[index] for index in sorted(found) if outcomes[index] is ABSENT}
    guarded = [index for index, target in live.items() if target.is_guarded]
    wishes = [("like", live[index].id, items[index].account_id) for index in guarded]
    for index, answer in zip(guarded, await decide_all(unit, wishes), strict=True):
        if answer != ALLOWED:
            outcomes[index] = _FORBIDDEN
            del live[index]
    if live:
        uris = [items[index].uri for index in live]
        await unit.execute(
            _STORE,
            [target.id for target in live.values()],
            [items[index].account_id for index in live],
            [uri if is_storable(uri) else None for uri in uris],
            unit.now(),
        )
    return [Done() if index in live else ending for index, ending in enumerate(outcomes)]


_DROP = """
DELETE FROM dislikes v USING unnest($1::bigint[], $2::text[], $3::text[])
  WITH ORDINALITY AS d(who, uri, object, n)
WHERE v.account_id = d.who AND (v.uri = d.uri
  OR v.status_id = (SELECT s.id FROM statuses s WHERE s.uri = d.object))
RETURNING d.n
"""


async def receive_undo_dislikes(unit: Unit, items: Sequence[ReceivedUndo]) -> list[Outcome]:
    """Take votes back, by their id or by their post; one that never came is remembered."""
    rows = await unit.fetch(
        _DROP,
        [item.account_id for item in items],
        [item.uri for item in items],
        [item.object_uri for item in items],
    )
    ended = {row[0] - 1 for row in rows}
    await undone.remember(
        unit,
        {
            (item.uri, item.actor_uri): Undone(index in ended, item.signed_at)
            for index, item in enumerate(items)
            if item.uri and is_storable(item.uri)
        },
    )
    return [Done() if index in ended else Ignored("not here") for index in range(len(items))]
