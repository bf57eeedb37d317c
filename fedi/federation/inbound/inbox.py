"""The inbox: read, verify, write one row, and only then say 202.

Requests that arrive together share one insert and one commit. What an activity means is not asked
here, only who sent it and whether it is an activity at all: working on it is the drain's business
(`receive.py`), and a 202 promises no more than that it will be worked on exactly once.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fedi.ap import documents
from fedi.ap.authority import host_of, same_origin
from fedi.ap.lenient import id_of, many, plain, type_of
from fedi.ap.media_types import is_activity_type, split_media_type
from fedi.ap.signatures import ACCEPT_SIGNATURE
from fedi.ap.vocabulary import COLLECTION_TYPES
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_ids, find_by_uris
from fedi.core.domains import reachability
from fedi.core.domains.policy import Policy
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.federation.inbound.letters import Envelope, Letter, build_letter, insert_letters
from fedi.federation.inbound.sender import RawRequest, VerifiedSender, Verifier
from fedi.federation.inbound.synchronize import Margin
from fedi.kit import faults, metrics
from fedi.kit.batch import Batcher
from fedi.kit.clock import clock
from fedi.kit.errors import (
    FediError,
    Gone,
    Malformed,
    NotFound,
    Unauthorized,
    WrongType,
)
from fedi.kit.ids import parse_id
from fedi.kit.web import visit_of
from fedi.kit.web_body import read_body
from fedi.kit.web_limits import Limit, RateLimits

MAX_BODY = documents.MAX_BYTES + 64 * 1024
MAX_ITEMS = 20
# How long a member's inbox is known to be there, or not to be.
MEMBER_SECONDS = 5.0
HOST_SECONDS = 60.0
KEPT = 10_000
# Far above what busy servers send, and below what would fill the table: each repetition counts.
PER_HOST = Limit("inbox_host", 3000, 300)
PER_ACTOR = Limit("inbox_actor", 600, 300)


class Inbox:
    """The shared inbox and the personal ones."""

    def __init__(self, people: People, policy: Policy, verifier: Verifier | None = None) -> None:
        self._runtime = people.runtime
        self._verifier = verifier or Verifier(people, policy)
        self._policy = policy
        self._origin = self._runtime.settings.origin
        self._batcher: Batcher[list[Letter]] = Batcher(self._write, most=200, breath=0.01)
        self._limits = RateLimits(enabled=self._runtime.settings.limits.enabled)
        self._members: dict[int, tuple[float, FediError | None]] = {}
        self._hosts_seen: dict[str, float] = {}
        self._margin = Margin()

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
        body = await read_body(request, MAX_BODY)
        faults.point("I1")
        raw = read_request(request, body)
        document = documents.loads(body)
        if not isinstance(document, dict):
            raise Malformed("the body is not a JSON object")
        document = plain(document)
        if await self._is_strangers_farewell(document, raw):
            return []
        signer: VerifiedSender | str
        try:
            signer = await self._verifier.verify(raw)
        except Gone as gone:
            signer = _gone_sender(document, self._verifier.key_ids(raw), gone)
        if isinstance(signer, VerifiedSender):
            self._limits.hit([(PER_HOST, signer.host), (PER_ACTOR, signer.actor_uri)])
            self._margin.note(signer, raw)
        faults.point("I2")
        envelope = Envelope(signer, recipient, visit_of(request).request_id)
        items = _items(document)
        if len(items) == 1 and items[0] is document:
            return [build_letter(self._origin, document, body, envelope)]
        return [build_letter(self._origin, i, orjson.dumps(i), envelope) for i in items]

    async def _recipient(self, request: Request) -> int | None:
        """The member whose inbox this is, who must exist; None for the shared inbox."""
        stated = request.path_params.get("account_id")
        if stated is None:
            return None
        account_id = INSTANCE_ACTOR_ID if stated == str(INSTANCE_ACTOR_ID) else parse_id(stated)
        if account_id is None:
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

    async def _write(self, batch: list[list[Letter]]) -> None:
        """One commit for everything that arrived together."""
        letters = [letter for letters in batch for letter in letters]
        hosts = self._fresh_hosts(letters)
        async with self._runtime.unit() as unit:
            await insert_letters(unit, letters)
            if hosts:
                await reachability.succeeded(unit, hosts, inbound=True)
            await self._margin.write(unit)
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


def _gone_sender(document: dict[str, Any], key_ids: Sequence[str], gone: Gone) -> str:
    """The actor whose own server calls its key gone, in a Delete of itself or of what it made.

    The row is not taken for authentic: the drain asks that server again and believes that.
    """
    actor = id_of(document.get("actor"))
    is_near = any(same_origin(actor, key_id) for key_id in key_ids)
    if actor and is_near and type_of(document, ("Delete",)):
        return actor
    raise Unauthorized(gone.public)


def read_request(request: Request, body: bytes) -> RawRequest:
    """What was signed, as it was sent: raw target, raw headers, and the host that was meant.

    Behind a trusted proxy that is not the host that the proxy asked for.
    """
    visit = visit_of(request)
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = path.partition(b"?")[0] + (b"?" + query if query else b"")
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.scope["headers"]
    ]
    if request.headers.get("host") != visit.host:
        headers = [pair for pair in headers if pair[0] != "host"] + [("host", visit.host)]
    return RawRequest(request.method, target.decode("latin-1"), headers, body, visit.address)


def _refusal(problem: FediError) -> Response:
    """The answer to a request that does not become a row."""
    headers = {"Content-Type": "application/json"}
    if problem.status == 401:
        headers["Accept-Signature"] = ACCEPT_SIGNATURE
    if problem.retry_after is not None or problem.status == 503:
        headers["Retry-After"] = str(problem.retry_after or 60)
    if problem.status in {408, 413}:
        # What is still on its way is not read.
        headers["Connection"] = "close"
    body = orjson.dumps({"error": problem.public})
    return Response(body, status_code=problem.status, headers=headers)
