"""WebFinger, host-meta and NodeInfo: how others find us, and open to all of them."""

import re
from typing import Any
from urllib.parse import unquote

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedi import __version__
from fedi.ap.media_types import ACTIVITY_JSON, LD_JSON
from fedi.core import urls
from fedi.core.instance import find_contact_id, instance_stats
from fedi.core.media.limits import content_type
from fedi.federation.serving.documents import Door
from fedi.kit.errors import FediError, Gone, Malformed, NotFound

_ACCT = re.compile(r"(?:acct:)?@?([^@/:?#\s]{1,200})@([^@/?#\s]{1,260})", re.IGNORECASE)
_PROFILE = re.compile(r"/(?:@|users/)([^@/?#]{1,200})/?")
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema"
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_INTENT = "https://w3id.org/fep/3b86"
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
_AVATAR = "http://webfinger.net/rel/avatar"
# What apps and directories look for; nothing that others may build on.
_FEATURES = ("mastodon_api", "mastodon_api_streaming", "polls", "editing", "quote_posting")

_FIND = """
SELECT a.id, a.username, a.uri, a.url, a.avatar_key, a.deleted_at, a.suspended_at
FROM accounts a WHERE a.domain IS NULL AND NOT EXISTS (
  SELECT 1 FROM users u WHERE u.account_id = a.id AND u.approved_at IS NULL) AND
"""


async def serve_webfinger(door: Door, request: Request) -> Response:
    """Who is behind a handle or an address of ours."""
    resource = request.query_params.get("resource", "")
    try:
        body = door.kept.find(("webfinger", resource))
        if body is None:
            body = door.kept.put(("webfinger", resource), await _find(door, resource))
    except FediError as problem:
        return _json({"error": problem.public}, "application/json", problem.status)
    return Response(body, media_type="application/jrd+json", headers=_cached(600))


async def _find(door: Door, resource: str) -> bytes:
    if not resource:
        raise Malformed("the parameter `resource` is missing")
    if len(resource) > 2048:
        raise NotFound
    column, value = _read(door, resource)
    row = await door.runtime.db.row(f"{_FIND} {column} = $1", value)
    if row is None:
        raise NotFound
    if row["deleted_at"] is not None:
        raise Gone("this account was deleted")
    if row["id"] == urls.INSTANCE_ACTOR_ID:
        return orjson.dumps(_describe_instance(door))
    return orjson.dumps(_describe(door, row))


def _read(door: Door, resource: str) -> tuple[str, Any]:
    """The column that a resource names, and the value that it asks for."""
    # Some encode the resource once more than needed; no handle or address of ours has a percent.
    text = unquote(resource).strip()
    if "\0" in text:
        raise NotFound
    if "://" in text:
        return _read_address(door, text)
    found = _ACCT.fullmatch(text)
    if not found:
        raise NotFound
    name, domain = found[1].lower(), found[2].lower()
    if domain not in {door.settings.local_domain, door.settings.host, door.settings.domain}:
        raise NotFound
    if name in {door.settings.host, door.settings.domain, door.settings.local_domain}:
        return "a.id", urls.INSTANCE_ACTOR_ID
    return "lower(a.username)", name


def _read_address(door: Door, text: str) -> tuple[str, Any]:
    scheme, _, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    address = f"{scheme.lower()}://{host.lower()}{slash}{path}"
    if not urls.is_ours(door.origin, address):
        raise NotFound
    if address.rstrip("/") == door.origin:
        return "a.id", urls.INSTANCE_ACTOR_ID
    account_id = urls.parse_actor_uri(door.origin, address.rstrip("/"))
    if account_id is not None:
        return "a.id", account_id
    if found := _PROFILE.fullmatch(address.removeprefix(door.origin)):
        return "lower(a.username)", found[1].lower()
    raise NotFound


def _describe(door: Door, row: asyncpg.Record) -> dict[str, Any]:
    profile = row["url"] or row["uri"]
    links: list[dict[str, Any]] = [
        {"rel": _PROFILE_PAGE, "type": "text/html", "href": profile},
        *_self_links(row["uri"]),
        {"rel": _SUBSCRIBE, "template": f"{door.origin}/authorize_interaction?uri={{uri}}"},
        *_intent_links(door.origin),
    ]
    if row["avatar_key"] and row["suspended_at"] is None:
        avatar = door.home.file(row["avatar_key"])
        links.append({"rel": _AVATAR, "type": content_type(row["avatar_key"]), "href": avatar})
    return {
        "subject": f"acct:{row['username']}@{door.settings.local_domain}",
        "aliases": [profile, row["uri"]],
        "links": links,
    }


def _intent_links(origin: str) -> list[dict[str, str]]:
    """Where members can be sent who want to do something elsewhere, one address for each intent."""
    page = f"{origin}/authorize_interaction"
    back = "on-success={on-success}&on-cancel={on-cancel}"
    deeds = (("Object", ""), ("Follow", "follow"), ("Like", "favourite"), ("Announce", "reblog"))
    links = [
        {
            "rel": f"{_INTENT}/{name}",
            "template": f"{page}?uri={{object}}" + (f"&intent={intent}&{back}" if intent else ""),
        }
        for name, intent in deeds
    ]
    share = f"{origin}/share?text={{content}}&inReplyTo={{inReplyTo}}&{back}"
    return [*links, {"rel": f"{_INTENT}/Create", "template": share}]


def _describe_instance(door: Door) -> dict[str, Any]:
    actor = urls.actor_uri(door.origin, urls.INSTANCE_ACTOR_ID)
    service = {
        "rel": "https://www.w3.org/ns/activitystreams#Service",
        "type": ACTIVITY_JSON,
        "href": actor,
    }
    domain = door.settings.local_domain
    return {
        "subject": f"acct:{domain}@{domain}",
        "aliases": [actor, f"{door.origin}/"],
        "links": [
            {"rel": _PROFILE_PAGE, "type": "text/html", "href": f"{door.origin}/"},
            *_self_links(actor),
            service,
        ],
    }


def _self_links(uri: str) -> list[dict[str, str]]:
    return [
        {"rel": "self", "type": ACTIVITY_JSON, "href": uri},
        {"rel": "self", "type": LD_JSON, "href": uri},
    ]


async def serve_host_meta(door: Door, request: Request) -> Response:
    """Where WebFinger lies: XRD, or JSON for those who ask for it."""
    template = f"{door.origin}/.well-known/webfinger?resource={{uri}}"
    wants_json = request.url.path.endswith(".json") or "json" in request.headers.get("accept", "")
    if wants_json:
        link = {"rel": "lrdd", "type": "application/jrd+json", "template": template}
        return _json({"links": [link]}, "application/json", vary="Accept")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" type="application/jrd+json" template="{template}"/></XRD>\n'
    )
    headers = {**_cached(86_400), "Vary": "Accept"}
    return Response(body, media_type="application/xrd+xml", headers=headers)


async def serve_nodeinfo_links(door: Door, request: Request) -> Response:
    """Which versions of NodeInfo there are, and the actor of the server."""
    del request
    links = [
        {"rel": f"{_SCHEMA}/{version}", "href": f"{door.origin}/nodeinfo/{version}"}
        for version in ("2.0", "2.1")
    ]
    links.append(
        {
            "rel": "https://www.w3.org/ns/activitystreams#Application",
            "href": urls.actor_uri(door.origin, urls.INSTANCE_ACTOR_ID),
        }
    )
    return _json({"links": links}, "application/json")


async def serve_nodeinfo(door: Door, request: Request) -> Response:
    """What this server is, and how big."""
    version = request.path_params["version"]
    if version not in {"2.0", "2.1"}:
        return _json({"error": "Record not found"}, "application/json", 404)
    try:
        stats = await instance_stats(door.runtime)
        contact = await find_contact_id(door.runtime.read())
    except FediError as problem:
        return _json({"error": problem.public}, "application/json", problem.status)
    settings = door.settings
    staff = [] if contact is None else [urls.actor_uri(door.origin, contact)]
    document: dict[str, Any] = {
        "version": version,
        "software": _software(version, settings.instance.source_url),
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": settings.registration.mode == "open",
        "usage": {
            "users": {
                "total": stats.users,
                "activeMonth": stats.active_month,
                "activeHalfyear": stats.active_half_year,
            },
            "localPosts": stats.statuses,
        },
        "metadata": {
            "nodeName": settings.instance.title or settings.local_domain,
            "nodeDescription": settings.instance.description,
            "federation": {"enabled": True},
            "staffAccounts": staff,
            "features": list(_FEATURES),
        },
    }
    kind = f'application/json; profile="{_SCHEMA}/{version}#"'
    return Response(orjson.dumps(document), media_type=kind, headers=_cached(1800))


def _software(version: str, source_url: str) -> dict[str, str]:
    """What runs here; the schema of 2.0 allows nothing but the name and the version."""
    software = {"name": "fedi", "version": __version__}
    if source_url and version != "2.0":
        software |= {"repository": source_url, "homepage": source_url}
    return software


def _cached(seconds: int) -> dict[str, str]:
    return {"Cache-Control": f"public, max-age={seconds}"}


def _json(
    document: dict[str, Any], kind: str, status: int = 200, *, vary: str | None = None
) -> Response:
    headers = _cached(1800) if status == 200 else {"Cache-Control": "no-store"}
    if vary:
        headers["Vary"] = vary
    return Response(orjson.dumps(document), status, headers, media_type=kind)
