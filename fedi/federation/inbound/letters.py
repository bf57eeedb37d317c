"""Rows of `inbound`: what one received activity looks like there, and how they are written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from fedi.ap.authority import host_of, is_public
from fedi.ap.lenient import MAX_ID, id_of, ids_of, many, type_of
from fedi.ap.vocabulary import ACTIVITY_TYPES
from fedi.core.urls import actor_uri
from fedi.federation.inbound.sender import VerifiedSender
from fedi.kit.unit import Unit

# Bytes of bodies in one statement: many large ones together must not become one huge insert.
MAX_STATEMENT = 8 * 1024 * 1024

# These may come again under their old id and mean something again: a follow after an unfollow,
# its answer, its undoing. Natural keys make them single, not their ids.
REPEATABLE = frozenset({"Follow", "Accept", "Reject", "Undo"})

_INSERT = """
INSERT INTO inbound AS i (signer_uri, authentic, type, activity_uri, object_uri, fingerprint,
  recipient_id, signed_at, request_id, body, host, lane, hold)
SELECT * FROM unnest($1::text[], $2::bool[], $3::text[], $4::text[], $5::text[], $6::bytea[],
  $7::bigint[], $8::timestamptz[], $9::text[], $10::bytea[], $11::text[], $12::text[], $13::text[])
ON CONFLICT (fingerprint) DO UPDATE SET
  state = 0, attempts = 0, lease = NULL, leased_until = NULL, ended_at = NULL, reason = NULL,
  due_at = now(), authentic = excluded.authentic, signed_at = excluded.signed_at,
  recipient_id = excluded.recipient_id, request_id = excluded.request_id, body = excluded.body
WHERE i.state = 3
"""


class Letter(NamedTuple):
    """One row to be: columns of `inbound` in the order of the insert."""

    signer_uri: str
    authentic: bool
    type: str
    activity_uri: str | None
    object_uri: str | None
    fingerprint: bytes | None
    recipient_id: int | None
    signed_at: datetime | None
    request_id: str | None
    body: bytes
    host: str
    lane: str
    hold: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a request came: who signed it, for whom, under which number."""

    # For an actor that its server calls gone: its id, which nobody verified.
    signer: VerifiedSender | str
    recipient_id: int | None
    request_id: str | None


def build_letter(origin: str, item: dict[str, Any], body: bytes, envelope: Envelope) -> Letter:
    """The row for one activity; `origin` is ours."""
    sender = envelope.signer if isinstance(envelope.signer, VerifiedSender) else None
    uri = sender.actor_uri if sender else str(envelope.signer)
    actors = ids_of(item.get("actor")) or ids_of(item.get("attributedTo"))
    name = type_of(item, ACTIVITY_TYPES) or type_of(item) or ""
    activity = _short(id_of(item.get("id")) if isinstance(item.get("id"), str) else None)
    subject = _short(id_of(item.get("object")) or activity)
    fingerprint = None
    if activity and name not in REPEATABLE:
        silent = envelope.recipient_id if _adds_recipient(origin, item, name, envelope) else ""
        fingerprint = hashlib.sha256(f"{uri}\n{activity}\n{silent}".encode()).digest()
    return Letter(
        signer_uri=uri,
        authentic=sender is not None and uri in actors,
        type=name,
        activity_uri=activity,
        object_uri=subject,
        fingerprint=fingerprint,
        recipient_id=envelope.recipient_id,
        signed_at=sender.signed_at if sender else None,
        request_id=envelope.request_id,
        body=body,
        host=_key(sender.host if sender else host_of(uri) or ""),
        lane=_key(uri),
        # What a parked activity holds back is what this signer says about the same object:
        # never what others say about it.
        hold=_digest(f"{uri}\n{subject}") if subject else "",
    )


def _adds_recipient(origin: str, item: dict[str, Any], name: str, envelope: Envelope) -> bool:
    """Whether the personal inbox says something that the addressing does not.

    Only then are copies of one activity to several members more than repetitions.
    """
    if envelope.recipient_id is None or name != "Create":
        return False
    stated = many(item.get("to")) + many(item.get("cc"))
    mine = actor_uri(origin, envelope.recipient_id)
    return not any(is_public(value) or id_of(value) == mine for value in stated)


async def insert_letters(unit: Unit, letters: list[Letter]) -> None:
    """Write rows; what is a repetition is not written again, unless it was ignored before."""
    for part in _parts(_unique(letters)):
        await _insert(unit, part)


async def _insert(unit: Unit, letters: Sequence[Letter]) -> None:
    columns = zip(*letters, strict=True)
    await unit.execute(_INSERT, *(list(column) for column in columns))


def _unique(letters: list[Letter]) -> list[Letter]:
    """Each fingerprint once, the authentic copy first; one statement must not meet itself.

    Rows are locked in the order of their fingerprints in every process, so that two batches with
    the same repetitions cannot wait for each other.
    """
    found: dict[bytes, Letter] = {}
    free: list[Letter] = []
    for letter in letters:
        if letter.fingerprint is None:
            free.append(letter)
        elif letter.fingerprint not in found or letter.authentic:
            found[letter.fingerprint] = letter
    return free + list(found.values())


def _parts(letters: list[Letter]) -> list[list[Letter]]:
    """The letters in statements of a bounded size."""
    parts: list[list[Letter]] = [[]]
    size = 0
    for letter in letters:
        size += len(letter.body)
        if size > MAX_STATEMENT and parts[-1]:
            parts.append([])
            size = len(letter.body)
        parts[-1].append(letter)
    return parts


def _short(uri: str | None) -> str | None:
    """An id that fits into an index; longer ones are refused by the drain."""
    return uri if uri is not None and len(uri.encode()) <= MAX_ID else None


def _key(text: str) -> str:
    """Text that fits into an index next to others, or its digest."""
    return text if len(text.encode()) <= 1024 else _digest(text)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
