"""Actors and their keys."""

import re
from typing import Any

from fedi.ap.authority import host_of, same_origin, tidy
from fedi.ap.lenient import (
    as_object,
    flag,
    id_of,
    ids_of,
    instant,
    many,
    public_iri,
    text_of,
    total_of,
    type_of,
)
from fedi.ap.parse.common import needed_id, object_of
from fedi.ap.parse.language import read_text
from fedi.ap.parse.parts import emojis_of, hashtags_of, icon_of, tags_of, url_of
from fedi.ap.signatures.keys import kind_of, load_public
from fedi.ap.vocabulary import ACTOR_TYPES, Actor, PublicKeyDoc
from fedi.kit.errors import RemoteNonsense, Unauthorized

MAX_FIELDS = 50
MAX_ALIASES = 256
MAX_KEYS = 10
MAX_ABILITIES = 32
MAX_NAME = 2048
MAX_SUMMARY = 20_000
MAX_FIELD = 2047
MAX_USERNAME = 255

_NOT_USERNAME = re.compile(r"[\s@/\x00-\x1f\x7f]")


def parse_actor(document: Any) -> Actor:
    """The actor in a document.

    Raises:
        RemoteNonsense: it is no actor, or lacks the id or the inbox that make one.
    """
    raw = object_of(document, "the actor")
    name = type_of(raw, ACTOR_TYPES)
    if name is None:
        raise RemoteNonsense("the document is no actor")
    actor_id = needed_id(raw, "the actor")
    # What waits for a host, and what is known of it, goes by the host in these.
    inbox = tidy(id_of(raw.get("inbox")))
    if inbox is None:
        raise RemoteNonsense("the actor has no inbox")
    tags = tags_of(raw)
    keys, key_ids = _keys_of(raw, actor_id)
    return Actor(
        id=actor_id,
        type=name,
        username=_username(raw, actor_id),
        name=read_text(raw, "name", MAX_NAME, ())[0] or "",
        summary=read_text(raw, "summary", MAX_SUMMARY, ())[0] or "",
        url=_page(raw, actor_id),
        inbox=inbox,
        shared_inbox=_shared_inbox(raw, actor_id, inbox),
        outbox=id_of(raw.get("outbox")),
        followers=_own_collection(raw, "followers", actor_id),
        following=_own_collection(raw, "following", actor_id),
        featured=id_of(raw.get("featured")),
        featured_tags=id_of(raw.get("featuredTags")),
        locked=flag(raw.get("manuallyApprovesFollowers")),
        discoverable=flag(raw.get("discoverable")),
        indexable=_indexable(raw),
        memorial=flag(raw.get("memorial")),
        suspended=flag(raw.get("suspended")),
        moved_to=id_of(raw.get("movedTo")),
        also_known_as=_aliases(raw),
        published=instant(raw.get("published")),
        icon_url=icon_of(raw.get("icon")),
        image_url=icon_of(raw.get("image")),
        fields=_fields(raw),
        emojis=emojis_of(tags),
        hashtags=hashtags_of(tags),
        keys=keys,
        key_ids=key_ids,
        webfinger=text_of(raw.get("webfinger"), 512),
        attribution_domains=_domains(raw),
        moderators=_moderators(raw, name, actor_id),
        posting_restricted=flag(raw.get("postingRestrictedToMods")),
        hides_public=flag(raw.get("hidesToPublicFromUnauthedWeb")),
        hides_unlisted=flag(raw.get("hidesCcPublicFromUnauthedWeb")),
        implements=_implements(raw),
        statuses_count=total_of(raw.get("outbox")),
        followers_count=total_of(raw.get("followers")),
        following_count=total_of(raw.get("following")),
        raw=raw,
    )


def _aliases(raw: dict[str, Any]) -> tuple[str, ...]:
    """Other accounts of the same person; also those to which this one was copied and lives on."""
    stated = many(raw.get("alsoKnownAs")) + many(raw.get("copiedTo"))
    return tuple(ids_of(stated[:MAX_ALIASES]))


def _username(raw: dict[str, Any], actor_id: str) -> str:
    """The stated name; without a usable one, the last part of the id, so that it can be shown."""
    stated = text_of(raw.get("preferredUsername"), MAX_USERNAME)
    if stated and not _NOT_USERNAME.search(stated):
        return stated
    last = actor_id.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    return _NOT_USERNAME.sub("", last)[:MAX_USERNAME] or "unnamed"


def _page(raw: dict[str, Any], actor_id: str) -> str | None:
    """The profile page, if it lies on the actor's host or differs from that by `www.` only."""
    found = url_of(raw.get("url"))
    if found is None:
        return None
    theirs, own = host_of(found) or "", host_of(actor_id) or ""
    return found if theirs and theirs.removeprefix("www.") == own.removeprefix("www.") else None


def _shared_inbox(raw: dict[str, Any], actor_id: str, inbox: str) -> str | None:
    """The shared inbox, only on an origin that the actor already named as its own.

    Otherwise a document could send what is meant for its followers to some stranger's server.
    """
    endpoints = as_object(raw.get("endpoints")) or {}
    found = tidy(id_of(endpoints.get("sharedInbox")) or id_of(raw.get("sharedInbox")))
    return found if same_origin(found, actor_id) or same_origin(found, inbox) else None


def _own_collection(raw: dict[str, Any], key: str, actor_id: str) -> str | None:
    """An address that decides who may read: never one on somebody else's server."""
    found = id_of(raw.get(key))
    return found if same_origin(found, actor_id) else None


def _indexable(raw: dict[str, Any]) -> bool:
    """Whether posts may be searched; the newer `searchableBy` overrides the older flag."""
    if raw.get("searchableBy") is None:
        return flag(raw.get("indexable"))
    return any(public_iri(item) for item in many(raw.get("searchableBy")))


def _moderators(raw: dict[str, Any], kind: str, actor_id: str) -> str | None:
    """Where a group lists its moderators. They act in its name, so the list must be its own."""
    stated = raw.get("moderators") or raw.get("attributedTo")
    found = id_of(stated) if kind == "Group" else None
    return found if same_origin(found, actor_id) else None


def _implements(raw: dict[str, Any]) -> tuple[str, ...]:
    """What the software behind the actor says that it can do."""
    generator = as_object(raw.get("generator")) or {}
    stated = many(raw.get("implements")) + many(generator.get("implements"))
    return tuple(ids_of([_by_href(item) for item in stated[:MAX_ABILITIES]]))


def _by_href(item: Any) -> Any:
    """A link by where it leads: its own id, if it has one, names only the link."""
    return item.get("href") or item.get("id") if isinstance(item, dict) else item


def _fields(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The rows of a profile: PropertyValue as nearly all write them, Link and Note as a few do."""
    found: list[tuple[str, str]] = []
    for item in many(raw.get("attachment"))[:MAX_FIELDS]:
        entry = as_object(item) or {}
        kind = type_of(entry, ("PropertyValue", "Link", "Note"))
        if kind is None:
            continue
        key = {"PropertyValue": "value", "Link": "href", "Note": "content"}[kind]
        name, value = text_of(entry.get("name"), MAX_FIELD), text_of(entry.get(key), MAX_FIELD)
        if name or value:
            found.append((name or "", value or ""))
    return tuple(found)


def _domains(raw: dict[str, Any]) -> tuple[str, ...]:
    """The domains whose articles may name this actor as author; only text counts."""
    stated = [item for item in many(raw.get("attributionDomains"))[:100] if isinstance(item, str)]
    return tuple(dict.fromkeys(item[:253].lower() for item in stated))


def parse_keys(document: Any) -> tuple[PublicKeyDoc, ...]:
    """The keys in an actor, in an actor stub that has no inbox, or in a key document of its own.

    What a key document says of its owner is a claim only: the actor must name the key as well.

    Raises:
        RemoteNonsense: the document is no object or has no id.
    """
    raw = object_of(document, "the key")
    own = needed_id(raw, "the key")
    if raw.get("publicKeyPem") or raw.get("publicKeyMultibase"):
        owner = id_of(raw.get("owner")) or id_of(raw.get("controller"))
        found = _key(raw, owner) if owner else None
        return (found,) if found else ()
    return _keys_of(raw, own)[0]


def _keys_of(
    raw: dict[str, Any], actor_id: str
) -> tuple[tuple[PublicKeyDoc, ...], tuple[str, ...]]:
    """The readable keys that the actor names as its own, and the ids of all that it names."""
    stated = many(raw.get("publicKey"))[:MAX_KEYS] + many(raw.get("assertionMethod"))[:MAX_KEYS]
    keys: dict[str, PublicKeyDoc] = {}
    ids: dict[str, None] = {}
    for item in stated:
        entry = as_object(item) if isinstance(item, dict) else None
        key_id = id_of(item) or (f"{actor_id}#main-key" if entry else None)
        if key_id is None or not same_origin(key_id, actor_id):
            continue
        ids[key_id] = None
        found = _key(entry, actor_id) if entry else None
        if found and len(keys) < MAX_KEYS:
            keys.setdefault(found.id, found)
    return tuple(keys.values()), tuple(ids)


def _key(entry: dict[str, Any], owner: str) -> PublicKeyDoc | None:
    """One embedded key; None when it is somebody else's or cannot be used."""
    stated = id_of(entry.get("owner")) or id_of(entry.get("controller"))
    if stated not in (None, owner):
        return None
    material = text_of(entry.get("publicKeyPem"), 8192) or text_of(
        entry.get("publicKeyMultibase"), 8192
    )
    key_id = id_of(entry.get("id")) or f"{owner}#main-key"
    try:
        kind = kind_of(load_public(material or ""))
    except Unauthorized:
        return None
    return PublicKeyDoc(key_id, owner, kind, material or "")
