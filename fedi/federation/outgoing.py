"""Storing what leaves: activities as the bytes that will be sent, and their deliveries."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from fedi import events as happened
from fedi.ap.context import context_for
from fedi.config import Settings
from fedi.federation.audience import Addressed, Reach, expand
from fedi.federation.facts import Home
from fedi.kit import faults, metrics
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.publish")

# Some servers take no more than 64 kB.
LARGE = 60_000


@dataclass(frozen=True, slots=True)
class Publishing:
    """What publishing needs to know about this server, and the queue ids of the events at hand."""

    settings: Settings
    event_ids: Mapping[happened.Event, int] = field(default_factory=dict[happened.Event, int])

    @property
    def home(self) -> Home:
        """Where we live."""
        return Home(self.settings.origin, self.settings.local_domain)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An activity about to be stored."""

    event: happened.Event
    document: dict[str, Any]
    account_id: int
    order: str
    reach: Reach
    status_id: int | None = None


async def send(unit: Unit, context: Publishing, outgoing: Sequence[Outgoing]) -> None:
    """Store activities and their deliveries, in the order of their events."""
    if not outgoing:
        return
    # One event may stand twice in a batch: its activity has one id, and is stored once.
    unique = {each.document["id"]: each for each in outgoing}
    bodies = {uri: encode(each.document) for uri, each in unique.items()}
    rows = await unit.fetch(
        "INSERT INTO activities (event_id, uri, type, account_id, object_uri, status_id, body)"
        " SELECT e, u, t, a, o, s, b FROM unnest($1::bigint[], $2::text[], $3::text[],"
        " $4::bigint[], $5::text[], $6::bigint[], $7::bytea[])"
        " WITH ORDINALITY AS x(e, u, t, a, o, s, b, n) ORDER BY n"
        # The answer to a Follow that is sent again is sent again; all else happens once.
        " ON CONFLICT (uri) DO UPDATE SET body = EXCLUDED.body"
        " WHERE activities.type IN ('Accept', 'Reject')"
        " RETURNING id, uri",
        [context.event_ids.get(each.event, 0) for each in unique.values()],
        list(unique),
        [each.document["type"] for each in unique.values()],
        [each.account_id for each in unique.values()],
        [_object_uri(each.document) for each in unique.values()],
        [each.status_id for each in unique.values()],
        list(bodies.values()),
    )
    faults.point("O4")
    stored = [(row["id"], unique[row["uri"]]) for row in rows]
    inboxes = await expand(
        unit,
        context.settings.host,
        [Addressed(number, each.order, each.reach) for number, each in stored],
    )
    metrics.count("activitypub.fanout.recipients", inboxes)
    unit.ring("deliveries")


def encode(document: dict[str, Any]) -> bytes:
    """The bytes of a document, with its context in front."""
    body = orjson.dumps({"@context": context_for(document), **document})
    if len(body) > LARGE:
        log.warning("large activity", extra={"activity": document["id"], "bytes": len(body)})
    return body


def _object_uri(document: dict[str, Any]) -> str:
    inner = document["object"]
    return inner if isinstance(inner, str) else str(inner.get("id", ""))


async def find_stored(unit: Unit, uris: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Activities of ours as they were sent."""
    rows = await unit.fetch(
        "SELECT uri, body FROM activities WHERE uri = ANY($1::text[]) AND body IS NOT NULL",
        list(uris),
    )
    return {row["uri"]: orjson.loads(row["body"]) for row in rows}
