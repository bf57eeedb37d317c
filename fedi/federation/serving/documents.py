"""The ActivityPub documents that we serve, and the one function that serves them all.

`answer` lets the reader in (or not), calls the handler of the document, and turns what comes back
into a response with the right type and caching. Handlers take (door, read, reader, parameters) and
give a dictionary, or bytes that are ready.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedi.ap.lenient import instant
from fedi.ap.media_types import ACTIVITY_JSON, LD_JSON
from fedi.ap.signatures import ACCEPT_SIGNATURE_OF_FETCHES
from fedi.core import urls
from fedi.core.accounts.keys import ED25519
from fedi.core.accounts.people import People
from fedi.core.auth.users import is_waiting
from fedi.core.domains.policy import Policy
from fedi.core.emojis.queries import find_shown
from fedi.federation.facts import Home, find_grave, load_actors, load_boosts, load_served_notes
from fedi.federation.publish.outgoing import encode, is_open
from fedi.federation.render.actor import (
    render_actor,
    render_emoji,
    render_instance_actor,
    render_tombstone,
)
from fedi.federation.render.announce import render_announce
from fedi.federation.render.create import render_create
from fedi.federation.render.note import render_note
from fedi.federation.serving.access import Gate, Reader, Verify, find_owner, find_seen, is_signed
from fedi.federation.serving.fetches import Fetches
from fedi.kit.errors import FediError, Gone, NotFound, Unauthorized
from fedi.kit.ids import parse_id
from fedi.kit.kept import Kept
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit

VARY = "Accept, Signature, Signature-Input"
PRIVATE = "private, no-store"
PUBLIC_CACHE = "public, max-age=60"
_STUB = ("id", "type", "preferredUsername", "inbox", "publicKey", "assertionMethod")


class Door:
    """What the handlers of this door have at hand; one per process."""

    def __init__(self, runtime: Runtime, people: People, policy: Policy, verify: Verify) -> None:
        settings = runtime.settings
        self.runtime = runtime
        self.people = people
        self.settings = settings
        self.origin = settings.origin
        self.home = Home(settings.origin, settings.local_domain)
        self.kept = Kept()
        self._policy = policy
        self.gate = Gate(verify, self._is_suspended, settings.federation.secure_mode)
        self.fetches = Fetches(runtime)

    async def _is_suspended(self, host: str) -> bool:
        return (await self._policy.load()).is_suspended(host)

    def hear(self, channel: str, message: bytes) -> None:  # noqa: ARG002 - a listener's shape
        """The live bus said something: a change of an account ends what we keep."""
        if b'"changed"' in message:
            self.kept.clear()


Body = dict[str, Any] | bytes
Handler = Callable[[Door, ReadUnit, Reader, Mapping[str, str]], Awaitable[Body]]


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of document: where it lies, who renders it, and whether it is open to all."""

    path: str
    handler: Handler
    # Never asks for a signature: whoever verifies ours must be able to read it.
    is_open: bool = False
    # People who follow its address are shown the page instead.
    has_page: bool = False
    # Where every fetch must be signed, others may be given enough to check signatures by.
    has_stub: bool = False


async def answer(door: Door, document: Document, request: Request) -> Response:
    """Serve a document; the only way to any of them."""
    read = door.runtime.read()
    headers = {"Vary": VARY, "Cache-Control": PRIVATE}
    try:
        reader = await door.gate.admit(request, read, is_open=document.is_open)
        found = await document.handler(
            door, read, reader, {**request.query_params, **request.path_params}
        )
    except Gone as problem:
        kind, moment = await find_grave(read, problem.public)
        body = encode(render_tombstone(problem.public, kind, moment))
        return Response(body, 410, headers, media_type=wanted_type(request))
    except FediError as problem:
        if document.has_stub and _gets_stub(door, problem, request):
            return await _stub(door, document, request, headers)
        return _refusal(problem, headers)
    if not reader.is_signed and (document.is_open or not door.gate.secure):
        headers["Cache-Control"] = PUBLIC_CACHE
    body = found if isinstance(found, bytes) else encode(found)
    if document.has_page and _is_browser(request):
        headers["Location"] = orjson.loads(body)["url"]
        return Response(status_code=302, headers=headers)
    return Response(body, 200, headers, media_type=wanted_type(request))


def _gets_stub(door: Door, problem: FediError, request: Request) -> bool:
    wanted = door.gate.secure and door.settings.federation.actor_stubs
    return wanted and isinstance(problem, Unauthorized) and not is_signed(request)


async def _stub(
    door: Door, document: Document, request: Request, headers: dict[str, str]
) -> Response:
    """What somebody needs to check a member's signatures and to write to them, and no more."""
    nobody = Reader(request, door.gate.verify)
    parameters = {**request.query_params, **request.path_params}
    try:
        found = await document.handler(door, door.runtime.read(), nobody, parameters)
    except FediError:
        # Who is not there gets no other answer than who is.
        return _refusal(Unauthorized("fetches must be signed here"), headers)
    whole = orjson.loads(found) if isinstance(found, bytes) else found
    stub = {name: whole[name] for name in _STUB if name in whole}
    return Response(encode(stub), 200, headers, media_type=wanted_type(request))


def _refusal(problem: FediError, headers: dict[str, str]) -> Response:
    if isinstance(problem, Unauthorized):
        headers["Accept-Signature"] = ACCEPT_SIGNATURE_OF_FETCHES
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    body = orjson.dumps({"error": problem.public})
    return Response(body, problem.status, headers, media_type="application/json")


def wanted_type(request: Request) -> str:
    """The one of the two types that the reader names; ours if they name both or none."""
    accept = request.headers.get("accept", "")
    return LD_JSON if "ld+json" in accept and ACTIVITY_JSON not in accept else ACTIVITY_JSON


def _is_browser(request: Request) -> bool:
    """Whether a page is wanted and no document; servers that name nothing get the document."""
    accept = request.headers.get("accept", "").lower()
    return "text/html" in accept and "json" not in accept


def number(parameters: Mapping[str, str], name: str) -> int:
    """An id from the path or the query; what is none names nothing."""
    found = parse_id(parameters.get(name, ""))
    if found is None:
        raise NotFound
    return found


async def serve_instance_actor(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """The actor of the server itself."""
    del reader, parameters
    if body := door.kept.find(urls.INSTANCE_ACTOR_ID):
        return body
    actors = await load_actors(read, door.home, [urls.INSTANCE_ACTOR_ID])
    if urls.INSTANCE_ACTOR_ID not in actors:
        raise NotFound
    actor = render_instance_actor(actors[urls.INSTANCE_ACTOR_ID])
    return door.kept.put(urls.INSTANCE_ACTOR_ID, encode(actor))


async def serve_actor(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """A member."""
    account_id = number(parameters, "account")
    welcome = ("welcome", account_id, reader.claimed_id)
    if reader.claimed_id is not None and not door.kept.find(welcome):
        await find_owner(read, reader, account_id)
        door.kept.put(welcome, value=True)
    if body := door.kept.find(account_id):
        return body
    actors = await load_actors(read, door.home, [account_id])
    if account_id not in actors or await is_waiting(read, account_id):
        raise NotFound
    if actors[account_id].deleted:
        raise Gone(actors[account_id].uri)
    return door.kept.put(account_id, encode(render_actor(actors[account_id])))


async def serve_note(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """A post."""
    account_id, status_id = number(parameters, "account"), number(parameters, "status")
    uri = urls.status_uri(door.origin, account_id, status_id)
    seen = await find_seen(read, reader, status_id, uri)
    notes = await load_served_notes(read, door.home, [status_id])
    if seen.account_id != account_id or status_id not in notes:
        raise NotFound
    door.fetches.note(reader, [status_id])
    return await _prove(door, account_id, render_note(notes[status_id]))


async def _prove(door: Door, account_id: int, document: dict[str, Any]) -> bytes:
    """The bytes of a document by a member; where all may see it, with a proof of its author.

    The proof is of the day of the post, so that an unchanged post is served in unchanged bytes.
    """
    if not is_open(document):
        return encode(document)
    keys = await door.people.keyring.signing_keys([account_id], ED25519)
    moment = instant(document.get("updated") or document.get("published"))
    return encode(document, keys.get(account_id), moment)


async def serve_activity(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """The Create of a post, or the Announce that a boost is."""
    account_id, status_id = number(parameters, "account"), number(parameters, "status")
    uri = urls.status_uri(door.origin, account_id, status_id)
    seen = await find_seen(read, reader, status_id, uri)
    if seen.account_id != account_id:
        raise NotFound
    if seen.is_boost:
        boosts = await load_boosts(read, [status_id])
        if status_id not in boosts:
            raise NotFound
        return await _prove(door, account_id, render_announce(boosts[status_id]))
    notes = await load_served_notes(read, door.home, [status_id])
    if status_id not in notes:
        raise NotFound
    return await _prove(door, account_id, render_create(notes[status_id]))


async def serve_emoji(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """An emoji of this server."""
    del reader
    found = await find_shown(read, parameters["shortcode"])
    if found is None:
        raise NotFound
    uri = urls.emoji_uri(door.origin, found["shortcode"])
    return render_emoji({**found, "uri": uri, "url": door.home.file(found["key"])})


async def serve_profile(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """A member, asked for by the address of their page."""
    found = await read.value(
        "SELECT id FROM accounts WHERE lower(username) = lower($1) AND domain IS NULL",
        parameters.get("username", "").replace("\0", ""),
    )
    if found == urls.INSTANCE_ACTOR_ID or found is None:
        raise NotFound
    return await serve_actor(door, read, reader, {"account": str(found)})


async def serve_profile_post(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """A post, asked for by the address of its page."""
    found = await read.value(
        "SELECT account_id FROM statuses WHERE id = $1 AND local", number(parameters, "status")
    )
    if found is None:
        raise NotFound
    return await serve_note(door, read, reader, {**parameters, "account": str(found)})
