"""Storing what leaves: activities as the bytes that will be sent, and their deliveries."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi import events as happened
from fedi.ap.authority import PUBLIC
from fedi.ap.context import context_for
from fedi.ap.proofs import create_proof
from fedi.config import Settings
from fedi.core.accounts.keys import ED25519, KeyRing, SigningKey
from fedi.federation.facts import Home
from fedi.federation.publish.audience import Addressed, Reach, expand
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
    # Our own keys, for proofs; without them nothing is proven.
    keyring: KeyRing | None = None

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
    bodies = await _encode_all(unit, context, unique)
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


async def _encode_all(
    unit: Unit, context: Publishing, unique: Mapping[str, Outgoing]
) -> dict[str, bytes]:
    authors = {each.account_id for each in unique.values() if is_open(each.document)}
    keys: dict[int, SigningKey] = {}
    if authors and context.keyring is not None:
        keys = await context.keyring.signing_keys(authors, ED25519, read=unit)
    moment = unit.now()
    return {
        uri: encode(each.document, keys.get(each.account_id), moment)
        for uri, each in unique.items()
    }


def is_open(document: Mapping[str, Any]) -> bool:
    """Whether everybody may see it. Only that is proven: what was said in confidence can be denied.

    A letter that its bearer can show to anybody, for ever, is no confidence.
    """
    return PUBLIC in document.get("to", ()) or PUBLIC in document.get("cc", ())


def encode(
    document: dict[str, Any], key: SigningKey | None = None, moment: datetime | None = None
) -> bytes:
    """The bytes of a document, with its context in front.

    With the Ed25519 key of its author, and if everybody may see it, also with a proof that goes
    along wherever it is passed on; `moment` is when that was made.
    """
    private_key = key.private_key if key and moment and is_open(document) else None
    whole = {"@context": context_for(document, proof=private_key is not None), **document}
    if key and moment and isinstance(private_key, Ed25519PrivateKey):
        whole = create_proof(whole, private_key, key.key_id, moment)
    body = orjson.dumps(whole)
    if len(body) > LARGE:
        log.warning("large activity", extra={"activity": document["id"], "bytes": len(body)})
    return body


def _object_uri(document: dict[str, Any]) -> str:
    inner = document["object"]
    if isinstance(inner, list):
        inner = inner[0]
    return inner if isinstance(inner, str) else str(inner.get("id", ""))


async def find_stored(unit: Unit, uris: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Activities of ours as they were sent."""
    if not uris:
        return {}
    rows = await unit.fetch(
        "SELECT uri, body FROM activities WHERE uri = ANY($1::text[]) AND body IS NOT NULL",
        list(uris),
    )
    return {row["uri"]: orjson.loads(row["body"]) for row in rows}
