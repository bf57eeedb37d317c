"""What others asked for, and what became of it: the rows of `interaction_requests`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from fedi.core.statuses.consent.policy import ALLOWED, ASKS, Kind, decide_all
from fedi.core.statuses.content import is_storable
from fedi.events import InteractionDecided, InteractionRequested
from fedi.kit.result import Ignored, Outcome, Refused
from fedi.kit.unit import Unit

WAITING, GRANTED, DENIED, BEHIND = range(4)

_WAITS = Ignored("it waits for the author's word")
_OUTSIDE = Refused("the author lets nobody like the actor do this")
_ANOTHER = Refused("its id stands for something else")


class Request(NamedTuple):
    """One row, in the order of `COLUMNS`."""

    id: int
    kind: Kind
    account_id: int
    status_id: int
    actor_id: int
    object_uri: str
    request: dict[str, Any]
    state: int
    created_at: datetime
    decided_at: datetime | None


COLUMNS = (
    "r.id, r.kind, r.account_id, r.status_id, r.actor_id, r.object_uri, r.request, r.state,"
    " r.created_at, r.decided_at"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody wants to do with a member's post, and the document that says so."""

    kind: Kind
    status_id: int
    # The member who decides.
    account_id: int
    actor_id: int
    object_uri: str
    request: Mapping[str, Any] = field(default_factory=dict[str, Any])
    # Whether somebody waits for an answer, also where the policy lets everybody in.
    is_asked: bool = False
    # Whether it comes below another one that waits.
    is_behind: bool = False


async def hold(
    unit: Unit, deeds: Mapping[int, Deed], answers: Sequence[int] | None = None
) -> dict[int, Outcome]:
    """The deeds that must not take effect now, by their keys, each with how it ended.

    What the author has to allow is kept and waits; what the author forbids is answered with no.

    Args:
        unit: the transaction in which the others take effect.
        deeds: what is wanted.
        answers: what the author lets them do, where that is not in `interaction_policy`.
    """
    if not deeds:
        return {}
    keys = list(deeds)
    if answers is None:
        wanted = [(deed.kind, deed.status_id, deed.actor_id) for deed in deeds.values()]
        answers = await decide_all(unit, wanted)
    earlier = await find_earlier(unit, list(deeds.values()))
    endings: dict[int, Outcome] = {}
    drafts: list[tuple[Deed, int]] = []
    for key, answer in zip(keys, answers, strict=True):
        deed = deeds[key]
        known = earlier.get((deed.object_uri, deed.kind))
        ending = _judge(deed, answer, known)
        if ending is not None:
            endings[key] = ending
        if known is None and is_storable(deed.object_uri):
            drafts += _draft(deed, answer)
        elif known is not None and _is_answered(deed, known, ending):
            # They ask once more, so they hear it once more.
            unit.record(InteractionDecided(known.id, known.account_id))
    await insert(unit, drafts)
    return endings


def _is_answered(deed: Deed, known: Request, ending: Outcome | None) -> bool:
    return deed.is_asked and ending is not _ANOTHER and known.state in (GRANTED, DENIED)


def _judge(deed: Deed, answer: int, known: Request | None) -> Outcome | None:
    if known is None:
        if deed.is_behind or answer == ASKS:
            return _WAITS
        return None if answer == ALLOWED else _OUTSIDE
    if (known.actor_id, known.status_id) != (deed.actor_id, deed.status_id):
        return _ANOTHER
    if known.state == DENIED:
        return _OUTSIDE
    return None if known.state == GRANTED else _WAITS


def _draft(deed: Deed, answer: int) -> list[tuple[Deed, int]]:
    if deed.is_behind:
        return [(deed, BEHIND)]
    if answer == ALLOWED:
        return [(deed, GRANTED)] if deed.is_asked else []
    return [(deed, WAITING if answer == ASKS else DENIED)]


async def find_earlier(unit: Unit, deeds: Sequence[Deed]) -> dict[tuple[str, str], Request]:
    """What was asked before, by (id, kind)."""
    rows = await unit.fetch(
        f"SELECT {COLUMNS} FROM interaction_requests r WHERE r.object_uri = ANY($1::text[])"
        " ORDER BY r.id + 0 FOR UPDATE",
        [deed.object_uri for deed in deeds],
    )
    return {(row["object_uri"], row["kind"]): Request(*row) for row in rows}


async def insert(
    unit: Unit, drafts: Sequence[tuple[Deed, int]], *, are_answered: bool = True
) -> dict[str, int]:
    """Keep what was asked, with its state; the ids by object. Records what has to follow."""
    unique = {(deed.object_uri, deed.kind): (deed, state) for deed, state in drafts}
    ordered = [unique[key] for key in sorted(unique)]
    if not ordered:
        return {}
    rows = await unit.fetch(
        "INSERT INTO interaction_requests (id, kind, account_id, status_id, actor_id, object_uri,"
        " request, state, created_at, decided_at)"
        " SELECT d.id, d.kind, d.account_id, d.status_id, d.actor_id, d.uri, d.request::jsonb,"
        f"   d.state, $9::timestamptz, CASE WHEN d.state IN ({GRANTED}, {DENIED})"
        "     THEN $9::timestamptz END"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],"
        "   $6::text[], $7::text[], $8::smallint[])"
        "   AS d(id, kind, account_id, status_id, actor_id, uri, request, state)"
        " ON CONFLICT (object_uri, kind) DO NOTHING RETURNING id, object_uri, account_id, state",
        await unit.new_ids(len(ordered)),
        [deed.kind for deed, _ in ordered],
        [deed.account_id for deed, _ in ordered],
        [deed.status_id for deed, _ in ordered],
        [deed.actor_id for deed, _ in ordered],
        [deed.object_uri for deed, _ in ordered],
        [_stored(deed.request, state) for deed, state in ordered],
        [state for _, state in ordered],
        unit.now(),
    )
    for number, _, account_id, state in rows if are_answered else ():
        if state == WAITING:
            unit.record(InteractionRequested(number, account_id))
        elif state != BEHIND:
            unit.record(InteractionDecided(number, account_id))
    return {row["object_uri"]: row["id"] for row in rows}


def _stored(request: Mapping[str, Any], state: int) -> str:
    """The document; of what takes no effect any more only what the answer has to name."""
    if state != DENIED:
        return orjson.dumps(dict(request)).decode()
    named = {name: request.get(name) for name in ("id", "type", "actor", "object", "instrument")}
    return orjson.dumps({name: _id(value) for name, value in named.items() if value}).decode()


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


async def find_waiting_parents(unit: Unit, uris: Sequence[str]) -> dict[str, Request]:
    """Answers that wait, by their ids: what comes below one of them waits, too."""
    if not uris:
        return {}
    rows = await unit.fetch(
        f"SELECT {COLUMNS} FROM interaction_requests r WHERE r.object_uri = ANY($1::text[])"
        f" AND r.kind = 'reply' AND r.state IN ({WAITING}, {BEHIND})",
        list(uris),
    )
    return {row["object_uri"]: Request(*row) for row in rows}
