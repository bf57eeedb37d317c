"""WebFinger: from handles to actors and back. Pure, but for the `get` that is passed in.

A handle is bound to an actor only when both sides say so: the domain of the handle names the actor,
and the actor's own document names the handle.
"""

import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from fedi.ap.authority import host_of, normalise_authority
from fedi.ap.documents import loads
from fedi.ap.fetch import Get, Response, check_status
from fedi.ap.lenient import id_of, is_url, many, short_name, text_of
from fedi.ap.media_types import is_activity_type
from fedi.ap.vocabulary import Actor
from fedi.kit.errors import Malformed, RemoteGone, RemoteNonsense, TooLarge

ACCEPT_JRD = "application/jrd+json, application/json"
ACCEPT_XRD = "application/xrd+xml, application/xml, application/json"
MAX_BYTES = 256 * 1024
MAX_LINKS = 100

_TYPE_PROPERTY = "https://www.w3.org/ns/activitystreams#type"
_USER = re.compile(r"[^\s@/:?#\x00-\x1f\x7f]{1,255}")
_LINK = re.compile(r"<(?:\w{1,32}:)?Link\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]{1,64})\s{0,16}=\s{0,16}(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Handle:
    """A user and a host; `acct` is the form that WebFinger speaks."""

    user: str
    host: str

    @property
    def acct(self) -> str:
        """`user@host`."""
        return f"{self.user}@{self.host}"

    def matches(self, other: "Handle | None") -> bool:
        """True when both mean the same, whatever the case of the letters."""
        return other is not None and self.acct.lower() == other.acct.lower()


@dataclass(frozen=True, slots=True)
class SelfLink:
    """A link to an actor document; `kind` is the actor type where the server tells it."""

    href: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Jrd:
    """What a WebFinger answer says: whose it is, and where the actor lives."""

    subject: Handle | None
    self_links: tuple[SelfLink, ...]

    def self_link(self, wanted: str | None = None) -> str | None:
        """The actor: of the wanted type, else a group, else the first.

        Forums give one name to a person and a community; people who write it mean the community.
        """
        for kind in (wanted, "Group"):
            for link in self.self_links:
                if kind is not None and link.kind == kind:
                    return link.href
        return self.self_links[0].href if self.self_links else None


def handle_of(text: str) -> Handle | None:
    """The handle in `@user@host`, `user@host` or `acct:user@host`, percent-encoded or not."""
    if len(text) > 1024:
        return None
    bare = unquote(text).strip()
    if bare[:5].lower() == "acct:":
        bare = bare[5:]
    user, found, host = bare.removeprefix("@").removeprefix("!").rpartition("@")
    authority = normalise_authority(host) if found else None
    return Handle(user, authority) if authority and _USER.fullmatch(user) else None


def parse_jrd(document: Any) -> Jrd:
    """The WebFinger answer in a document.

    Raises:
        RemoteNonsense: it is no object.
    """
    if not isinstance(document, dict):
        raise RemoteNonsense("the WebFinger answer is not an object")
    found: dict[str, SelfLink] = {}
    for link in many(document.get("links"))[:MAX_LINKS]:
        if not isinstance(link, dict) or link.get("rel") != "self":
            continue
        href, media_type = id_of(link.get("href")), text_of(link.get("type"), 512)
        if href and media_type and is_activity_type(media_type):
            found.setdefault(href, SelfLink(href, _kind(link)))
    subject = text_of(document.get("subject"), 1024)
    return Jrd(handle_of(subject) if subject else None, tuple(found.values()))


def _kind(link: dict[str, Any]) -> str | None:
    properties = link.get("properties")
    stated = properties.get(_TYPE_PROPERTY) if isinstance(properties, dict) else None
    return short_name(stated) if isinstance(stated, str) else None


def template_of(body: bytes, content_type: str = "") -> str | None:
    """The `lrdd` template in a host-meta document, XRD or JSON; None when there is none.

    A document type definition is refused, whatever it holds. The links are picked from the text
    without an XML parser: attributes of one element are all that is needed.
    """
    if len(body) > MAX_BYTES:
        return None
    if "json" in content_type or body.lstrip()[:1] == b"{":
        return _json_template(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        return None
    for element in _LINK.finditer(text):
        pairs = (found.groups() for found in _ATTRIBUTE.finditer(element[1]))
        values = {name.lower(): html.unescape(one or two or "") for name, one, two in pairs}
        if values.get("rel") == "lrdd" and _is_template(values.get("template")):
            return values["template"]
    return None


def _json_template(body: bytes) -> str | None:
    try:
        document = loads(body, limit=MAX_BYTES)
    except (Malformed, TooLarge):
        return None
    links = many(document.get("links"))[:MAX_LINKS] if isinstance(document, dict) else []
    for link in links:
        if (
            isinstance(link, dict)
            and link.get("rel") == "lrdd"
            and _is_template(link.get("template"))
        ):
            return link["template"]
    return None


def _is_template(value: Any) -> bool:
    return (
        isinstance(value, str) and value.count("{uri}") == 1 and is_url(value.replace("{uri}", "x"))
    )


async def lookup(
    handle: Handle | str, get: Get, *, wanted: str | None = None, scheme: str = "https"
) -> tuple[str, str]:
    """The canonical `user@host` and the actor id behind a handle.

    A host may say that the handle really belongs to another host; that one must then say the same
    of itself, and name an actor. Of both together one may have its WebFinger elsewhere: five
    requests at most.

    Raises:
        RemoteGone: nobody by that name; permanent when the answer was 410.
        RemoteDown, RemoteRefused: the host gave no answer.
        RemoteNonsense: the answers contradict each other.
    """
    asked = handle_of(handle) if isinstance(handle, str) else handle
    if asked is None:
        raise RemoteNonsense("that is no handle")
    jrd, is_elsewhere = await _query(asked, get, scheme)
    subject = jrd.subject or asked
    if not subject.matches(asked):
        jrd, _ = await _query(subject, get, scheme, may_be_elsewhere=not is_elsewhere)
        if jrd.subject is not None and not subject.matches(jrd.subject):
            raise RemoteNonsense("the handle is handed on more than once")
        subject = jrd.subject or subject
    actor_id = jrd.self_link(wanted)
    if actor_id is None:
        raise RemoteGone("the handle leads to no actor")
    return subject.acct, actor_id


async def _query(
    handle: Handle, get: Get, scheme: str, *, may_be_elsewhere: bool = True
) -> tuple[Jrd, bool]:
    """Ask the host of a handle; where it has no WebFinger, ask where its host-meta says, once.

    That makes four requests at most. Also tells whether it was elsewhere.
    """
    base = f"{scheme}://{handle.host}/.well-known"
    resource = quote(f"acct:{handle.acct}", safe="")
    response = await get(f"{base}/webfinger?resource={resource}", ACCEPT_JRD)
    if response.status != 404:
        return _read(response), False
    template = await _find_template(base, get) if may_be_elsewhere else None
    if template is None:
        raise RemoteGone("nobody by that name")
    return _read(await get(template.replace("{uri}", resource), ACCEPT_JRD)), True


async def _find_template(base: str, get: Get) -> str | None:
    """What host-meta says; some serve it only as JSON, under a name of its own."""
    for name, accept in (("host-meta", ACCEPT_XRD), ("host-meta.json", ACCEPT_JRD)):
        meta = await get(f"{base}/{name}", accept)
        template = template_of(meta.body, meta.content_type) if meta.status == 200 else None
        if template is not None:
            return template
    return None


def _read(response: Response) -> Jrd:
    check_status(response)
    try:
        return parse_jrd(loads(response.body, limit=MAX_BYTES))
    except (Malformed, TooLarge) as error:
        raise RemoteNonsense("the WebFinger answer cannot be read", error.detail) from error


async def confirm(actor: Actor, get: Get, *, scheme: str = "https") -> str:
    """The `user@host` under which an actor may be shown, after both sides agreed.

    Raises:
        RemoteNonsense: they do not; the actor is then shown by the host of its id, unverified.
        RemoteGone, RemoteDown, RemoteRefused: as for `lookup`.
    """
    stated = handle_of(actor.webfinger) if actor.webfinger else None
    host = host_of(actor.id)
    handle = stated or (handle_of(f"{actor.username}@{host}") if host else None)
    if handle is None:
        raise RemoteNonsense("the actor has no handle")
    acct, actor_id = await lookup(handle, get, wanted=actor.type, scheme=scheme)
    if actor_id != actor.id:
        raise RemoteNonsense("the handle belongs to another actor")
    return acct
