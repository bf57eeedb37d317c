"""Actors: people, the instance itself, and what is left of those who are gone."""

from datetime import UTC, datetime
from typing import Any

from fedi.ap.signatures.keys import load_public, to_multibase
from fedi.federation.render.facts import PUBLIC, ActorFacts, KeyFacts
from fedi.federation.render.group import render_group_parts

_RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
# What we can do beyond the common ground.
_IMPLEMENTS = (
    {"type": "Link", "href": _RFC9421, "name": "RFC-9421: HTTP Message Signatures"},
    {
        "type": "Link",
        "href": f"{_RFC9421}#name-eddsa-using-curve-edwards25",
        "name": "RFC-9421 with Ed25519",
    },
)


def render_actor(facts: ActorFacts) -> dict[str, Any]:
    """A local member. A suspended one shows an empty profile, so that peers can hide it."""
    shown = not facts.suspended
    actor: dict[str, Any] = {
        "id": facts.uri,
        "type": facts.actor_type,
        "webfinger": f"{facts.username}@{facts.handle_domain}",
        "preferredUsername": facts.username,
        "name": facts.display_name if shown else "",
        "summary": facts.note if shown else "",
        "url": facts.url,
        "inbox": f"{facts.uri}/inbox",
        "outbox": f"{facts.uri}/outbox",
        "followers": f"{facts.uri}/followers",
        "following": f"{facts.uri}/following",
        "featured": f"{facts.uri}/collections/featured",
        "featuredTags": f"{facts.uri}/collections/tags",
        "endpoints": {"sharedInbox": f"{facts.origin}/inbox"},
        # A duplicate for readers that only know this place.
        "sharedInbox": f"{facts.origin}/inbox",
        "manuallyApprovesFollowers": facts.locked,
        "discoverable": facts.discoverable and shown,
        "indexable": facts.indexable and shown,
        "searchableBy": [PUBLIC if facts.indexable and shown else facts.uri],
        "memorial": facts.memorial,
        "suspended": facts.suspended,
        # Only the day: the hour at which somebody joined is nobody's business.
        "published": facts.created_at.strftime("%Y-%m-%dT00:00:00Z"),
        # Nobody here can say yes to collections of accounts, so nobody need ask.
        "interactionPolicy": {"canFeature": {"automaticApproval": [facts.uri]}},
        **_render_keys(facts),
        "generator": {
            "type": "Application",
            "implements": [dict(link) for link in _IMPLEMENTS],
        },
        "tag": [render_emoji(emoji) for emoji in facts.emojis] if shown else [],
        "attachment": [_render_field(field) for field in facts.fields] if shown else [],
    }
    actor.update(render_group_parts(facts))
    if facts.also_known_as:
        actor["alsoKnownAs"] = list(facts.also_known_as)
    if facts.moved_to_uri:
        actor["movedTo"] = facts.moved_to_uri
    if shown and facts.avatar_url:
        actor["icon"] = _render_image(facts.avatar_url, facts.avatar_description)
    if shown and facts.header_url:
        actor["image"] = _render_image(facts.header_url, facts.header_description)
    return actor


def render_instance_actor(facts: ActorFacts) -> dict[str, Any]:
    """The actor of the instance, with no more than it really has."""
    return {
        "id": facts.uri,
        "type": "Application",
        "webfinger": f"{facts.username}@{facts.handle_domain}",
        "preferredUsername": facts.username,
        "name": facts.display_name or facts.username,
        "url": f"{facts.origin}/",
        "inbox": f"{facts.uri}/inbox",
        "outbox": f"{facts.uri}/outbox",
        "endpoints": {"sharedInbox": f"{facts.origin}/inbox"},
        "manuallyApprovesFollowers": True,
        **_render_keys(facts),
        "implements": [dict(link) for link in _IMPLEMENTS],
    }


def render_tombstone(
    uri: str, former_type: str | None = None, deleted_at: datetime | None = None
) -> dict[str, Any]:
    """What stands where an object was; what is not known of it is left out."""
    tombstone: dict[str, Any] = {"id": uri, "type": "Tombstone"}
    if former_type:
        tombstone["formerType"] = former_type
    if deleted_at:
        tombstone["deleted"] = deleted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return tombstone


def render_emoji(emoji: dict[str, Any]) -> dict[str, Any]:
    """A custom emoji as a tag; anonymous when it has no address of its own."""
    tag: dict[str, Any] = {
        "type": "Emoji",
        "name": f":{emoji.get('shortcode', '')}:",
        "icon": {
            "type": "Image",
            "mediaType": emoji.get("media_type") or "image/png",
            "url": emoji.get("url", ""),
        },
    }
    if emoji.get("uri"):
        tag["id"] = emoji["uri"]
    if emoji.get("updated_at"):
        tag["updated"] = emoji["updated_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return tag


def _render_keys(facts: ActorFacts) -> dict[str, Any]:
    """The key that signs requests where all look for it; those beside it where many can be."""
    keys: dict[str, Any] = {}
    signing = next((key for key in facts.keys if key.kind == "rsa"), None)
    if signing is not None:
        keys["publicKey"] = {
            "id": signing.key_id,
            "owner": facts.uri,
            "publicKeyPem": signing.public_key,
        }
    methods = [_render_multikey(facts.uri, key) for key in facts.keys if key is not signing]
    if methods:
        keys["assertionMethod"] = methods
    return keys


def _render_multikey(owner: str, key: KeyFacts) -> dict[str, str]:
    return {
        "id": key.key_id,
        "type": "Multikey",
        "controller": owner,
        "publicKeyMultibase": _multibase(key),
    }


def _multibase(key: KeyFacts) -> str:
    return to_multibase(load_public(key.public_key)) if key.kind == "rsa" else key.public_key


def _render_field(field: dict[str, Any]) -> dict[str, str]:
    return {
        "type": "PropertyValue",
        "name": str(field.get("name", "")),
        "value": str(field.get("value", "")),
    }


def _render_image(url: str, description: str) -> dict[str, str]:
    kinds = {"png": "image/png", "webp": "image/webp", "gif": "image/gif", "avif": "image/avif"}
    kind = kinds.get(url.rpartition(".")[2].lower(), "image/jpeg")
    image = {"type": "Image", "mediaType": kind, "url": url}
    return {**image, "summary": description} if description else image
