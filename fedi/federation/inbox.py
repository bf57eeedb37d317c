"""The inbox: read, verify, write one row, and only then say 202.

Requests that arrive together share one insert and one commit. What an activity means is not asked
here, only who sent it and whether it is an activity at all: working on it is the drain's business
(`receive.py`), and a 202 promises no more than that it will be worked on exactly once.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fedi.ap import documents
from fedi.ap.authority import host_of, is_public
from fedi.ap.lenient import MAX_ID, id_of, ids_of, many, plain, type_of
from fedi.ap.media_types import is_activity_type, split_media_type
from fedi.ap.signatures import ACCEPT_SIGNATURE
from fedi.ap.vocabulary import ACTIVITY_TYPES, COLLECTION_TYPES
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_ids, find_by_uris
from fedi.core.domains import reachability
from fedi.core.domains.policy import Policy
from fedi.core.urls import INSTANCE_ACTOR_ID, actor_uri
from fedi.federation.sender import RawRequest, VerifiedSender, Verifier
from fedi.kit import faults, metrics
from fedi.kit.batch import Batcher
from fedi.kit.clock import clock
from fedi.kit.errors import (
    FediError,
    Gone,
    Malformed,
    NotFound,
    TooLarge,
    Unauthorized,
    WrongType,
)
from fedi.kit.unit import Unit

MAX_BODY = documents.MAX_BYTES + 64 * 1024
MAX_ITEMS = 20
BODY_SECONDS = 30.0
# Bytes of bodies in one statement: many large ones together must not become one huge insert.
MAX_STATEMENT = 8 * 1024 * 1024
# How long a member's inbox is known to be there, or not to be.
MEMBER_SECONDS = 5.0
HOST_SECONDS = 60.0
KEPT = 10_000

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


@dataclass(frozen=True, slots=True)
class Letter:
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


class Inbox:
    """The shared inbox and the personal ones."""

    def __init__(self, people: People, policy: Policy, verifier: Verifier | None = None) -> None:
        self._runtime = people.runtime
        self._verifier = verifier or Verifier(people, policy)
        self._policy = policy
        self._origin = self._runtime.settings.origin
        self._batcher: Batcher[list[Letter]] = Batcher(self._write, most=200)
        self._members: dict[int, tuple[float, FediError | None]] = {}
        self._hosts_seen: dict[str, float] = {}

    async def receive(self, request: Request) -> Response:
        """POST to an inbox; `account_id` in the path names the member for a personal one."""
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        try:
            letters = await self._letters(request)
            if letters:
                await self._batcher.add(letters)
        except FediError as problem:
            metrics.count("activitypub.inbox.activity", type="", outcome=str(problem.status))
            return _refusal(problem)
        except ClientDisconnect:
            return Response(status_code=400)
        faults.point("I4")
        return Response(status_code=202)

    async def _letters(self, request: Request) -> list[Letter]:
        """The rows that a request becomes; none where accepting it is all there is to do."""
        _check_type(request)
        recipient = await self._recipient(request)
        body = await _read(request)
        faults.point("I1")
        raw = RawRequest("POST", _target(request), _headers(request), body, _client(request))
        document = documents.loads(body)
        if not isinstance(document, dict):
            raise Malformed("the body is not a JSON object")
        document = plain(document)
        signer: VerifiedSender | str
        if await self._is_strangers_farewell(document, raw):
            return []
        try:
            signer = await self._verifier.verify(raw)
        except Gone as gone:
            signer = await self._gone_sender(document, gone)
        faults.point("I2")
        request_id = getattr(request.state, "request_id", None)
        items = _items(document)
        whole = len(items) == 1 and items[0] is document
        return [
            self._letter(item, body if whole else orjson.dumps(item), signer, recipient, request_id)
            for item in items
        ]

    async def _recipient(self, request: Request) -> int | None:
        """The member whose inbox this is, who must exist; None for the shared inbox."""
        stated = request.path_params.get("account_id")
        if stated is None:
            return None
        account_id = int(stated) if str(stated).lstrip("-").isdigit() else 0
        if not (0 < account_id < 2**63 or account_id == INSTANCE_ACTOR_ID):
            raise NotFound
        until, problem = self._members.get(account_id, (0.0, None))
        if until <= clock.monotonic():
            problem = await self._look_up(account_id)
            if len(self._members) >= KEPT:
                self._members.clear()
            self._members[account_id] = (clock.monotonic() + MEMBER_SECONDS, problem)
        if problem is not None:
            raise problem
        return account_id

    async def _look_up(self, account_id: int) -> FediError | None:
        found = (await find_by_ids(self._runtime.read(), [account_id])).get(account_id)
        if found is None or not found.is_local:
            return NotFound()
        return Gone("this account has been deleted") if found.deleted_at else None

    async def _is_strangers_farewell(self, document: dict[str, Any], raw: RawRequest) -> bool:
        """Whether somebody says of a person whom we never met that they changed or went away.

        Big servers tell everybody they know, millions of times. There is nothing to do, and
        looking for the key (which mostly is gone already) would cost both sides.
        """
        if type_of(document, ("Delete", "Update")) is None:
            return False
        actor = id_of(document.get("actor"))
        if actor is None or actor != id_of(document.get("object")):
            return False
        if await self._verifier.knows_key(raw):
            return False
        if (await self._policy.load()).is_suspended(host_of(actor) or ""):
            return False
        found = (await find_by_uris(self._runtime.read(), [actor])).get(actor)
        return found is None or found.deleted_at is not None

    async def _gone_sender(self, document: dict[str, Any], gone: Gone) -> str:
        """The known actor whose own server calls it gone, in a Delete of itself.

        The row is not taken for authentic: the drain asks that server again and believes that.
        """
        actor = id_of(document.get("actor"))
        if type_of(document, ("Delete",)) and actor and actor == id_of(document.get("object")):
            return actor
        raise Unauthorized(gone.public)

    def _letter(
        self,
        item: dict[str, Any],
        body: bytes,
        signer: VerifiedSender | str,
        recipient: int | None,
        request_id: str | None,
    ) -> Letter:
        verified = isinstance(signer, VerifiedSender)
        uri = signer.actor_uri if isinstance(signer, VerifiedSender) else signer
        actors = ids_of(item.get("actor")) or ids_of(item.get("attributedTo"))
        name = type_of(item, ACTIVITY_TYPES) or type_of(item) or ""
        activity = _short(id_of(item.get("id")) if isinstance(item.get("id"), str) else None)
        subject = _short(id_of(item.get("object")) or activity)
        fingerprint = None
        if activity and name not in REPEATABLE:
            silent = recipient if self._adds_recipient(item, name, recipient) else ""
            fingerprint = hashlib.sha256(f"{uri}\n{activity}\n{silent}".encode()).digest()
        return Letter(
            signer_uri=uri,
            authentic=verified and uri in actors,
            type=name,
            activity_uri=activity,
            object_uri=subject,
            fingerprint=fingerprint,
            recipient_id=recipient,
            signed_at=signer.signed_at if isinstance(signer, VerifiedSender) else None,
            request_id=request_id,
            body=body,
            host=_key(signer.host if isinstance(signer, VerifiedSender) else host_of(uri) or ""),
            lane=_key(uri),
            # What a parked activity holds back is what this signer says about the same object:
            # never what others say about it.
            hold=_digest(f"{uri}\n{subject}") if subject else "",
        )

    def _adds_recipient(self, item: dict[str, Any], name: str, recipient: int | None) -> bool:
        """Whether the personal inbox says something that the addressing does not.

        Only then are copies of one activity to several members more than repetitions.
        """
        if recipient is None or name != "Create":
            return False
        stated = many(item.get("to")) + many(item.get("cc"))
        mine = actor_uri(self._origin, recipient)
        return not any(is_public(value) or id_of(value) == mine for value in stated)

    async def _write(self, batch: list[list[Letter]]) -> None:
        """One commit for everything that arrived together."""
        letters = _unique([letter for letters in batch for letter in letters])
        hosts = self._fresh_hosts(letters)
        async with self._runtime.unit() as unit:
            for part in _parts(letters):
                await _insert(unit, part)
            if hosts:
                await reachability.succeeded(unit, hosts, inbound=True)
            unit.ring("inbound")
            faults.point("I3")
        until = clock.monotonic() + HOST_SECONDS
        self._hosts_seen.update(dict.fromkeys(hosts, until))

    def _fresh_hosts(self, letters: Sequence[Letter]) -> list[str]:
        """Hosts that were not called alive within the last minute."""
        if len(self._hosts_seen) >= KEPT:
            self._hosts_seen.clear()
        moment = clock.monotonic()
        hosts = {letter.host for letter in letters if letter.signed_at is not None}
        return sorted(host for host in hosts if self._hosts_seen.get(host, 0.0) <= moment)


async def _insert(unit: Unit, letters: Sequence[Letter]) -> None:
    await unit.execute(
        _INSERT,
        [letter.signer_uri for letter in letters],
        [letter.authentic for letter in letters],
        [letter.type for letter in letters],
        [letter.activity_uri for letter in letters],
        [letter.object_uri for letter in letters],
        [letter.fingerprint for letter in letters],
        [letter.recipient_id for letter in letters],
        [letter.signed_at for letter in letters],
        [letter.request_id for letter in letters],
        [letter.body for letter in letters],
        [letter.host for letter in letters],
        [letter.lane for letter in letters],
        [letter.hold for letter in letters],
    )


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


def _items(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The activity, or the first few of a collection that some servers post."""
    if type_of(document, COLLECTION_TYPES) is None:
        return [document]
    items = many(document.get("orderedItems") or document.get("items"))
    return [plain(item) for item in items[:MAX_ITEMS] if isinstance(item, dict)]


def _check_type(request: Request) -> None:
    """Refuse what is not ActivityPub; plain JSON will do, since an unsigned one gets no further."""
    stated = request.headers.getlist("content-type")
    found = split_media_type(stated[0]) if len(stated) == 1 else None
    if not found or not (is_activity_type(stated[0]) or found[0] in _JSON_TYPES):
        raise WrongType("send application/activity+json")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise WrongType("send the body without a content coding")


_JSON_TYPES = ("application/json", "application/ld+json")


async def _read(request: Request) -> bytes:
    """The body, as long as it is within the limit and comes within its time."""
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated[:12]) > MAX_BODY:
        raise TooLarge("the body is too large")
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BODY:
                    raise TooLarge("the body is too large")
                chunks.append(chunk)
    except TimeoutError as problem:
        raise Malformed("the body did not come within its time") from problem
    return b"".join(chunks)


def _target(request: Request) -> str:
    """Path and query exactly as they were sent."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _headers(request: Request) -> list[tuple[str, str]]:
    return [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.scope["headers"]]


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _refusal(problem: FediError) -> Response:
    """The answer to a request that does not become a row."""
    headers = {"Content-Type": "application/json"}
    if problem.status == 401:
        headers["Accept-Signature"] = ACCEPT_SIGNATURE
    if problem.retry_after is not None or problem.status == 503:
        headers["Retry-After"] = str(problem.retry_after or 60)
    if problem.status == 413:
        # What is still on its way is not read.
        headers["Connection"] = "close"
    body = orjson.dumps({"error": problem.public})
    return Response(body, status_code=problem.status, headers=headers)


def _short(uri: str | None) -> str | None:
    """An id that fits into an index; longer ones are refused by the drain."""
    return uri if uri is not None and len(uri.encode()) <= MAX_ID else None


def _key(text: str) -> str:
    """Text that fits into an index next to others, or its digest."""
    return text if len(text.encode()) <= 1024 else _digest(text)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
