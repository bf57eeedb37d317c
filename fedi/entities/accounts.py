"""Accounts as apps know them: Account, CredentialAccount, Role, Field, CustomEmoji."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fedi.core.accounts.types import Account
from fedi.core.emojis.queries import CustomEmoji
from fedi.core.media.links import Links
from fedi.entities.counts import show_counts, tell_apart
from fedi.kit.clock import to_iso
from fedi.kit.nets import attempt
from fedi.kit.text import safe_url

_log = logging.getLogger("fedi.entities")

Entity = dict[str, Any]

# Ids and names of the roles that apps show; members have the role of everybody, without a name.
_ROLES = {"owner": ("3", "Owner"), "admin": ("2", "Admin"), "moderator": ("1", "Moderator")}
_EVERYBODY = ("-99", "")

COUNTERS = ("followers_count", "following_count", "statuses_count")
NO_POLICY = {"automatic": [], "manual": [], "current_user": "denied"}


def missing_image(origin: str) -> str:
    """What stands where somebody has no picture; some apps look for this very file name."""
    return f"{origin}/static/missing.png"


def build_accounts(accounts: Iterable[Account], links: Links) -> list[Entity]:
    """Accounts with their counters."""
    return [build_account(account, links) for account in accounts]


def build_account(account: Account, links: Links) -> Entity:
    """One account with its counters."""
    known = (account.followers_count, account.following_count, account.statuses_count)
    told = (
        account.origin_followers_count,
        account.origin_following_count,
        account.origin_statuses_count,
    )
    return {
        **build_profile(account, links),
        **dict(zip(COUNTERS, show_counts(known, told), strict=True)),
        "last_status_at": _date(account.last_status_at),
        **tell_apart(COUNTERS, known, told),
    }


def build_profile(account: Account, links: Links) -> Entity:
    """The part of an account that only changes with its revision.

    An account under suspension keeps its name and loses everything it says.
    """
    is_blank = account.suspended_at is not None
    is_faceless = is_blank or account.media_rejected
    missing = missing_image(links.origin)
    avatar = missing if is_faceless else _image(links, account.avatar_key, account.avatar_url)
    header = missing if is_faceless else _image(links, account.header_key, account.header_url)
    entity: Entity = {
        "id": str(account.id),
        "username": account.username,
        "acct": account.acct,
        "display_name": "" if is_blank else account.display_name,
        "locked": account.locked,
        "bot": account.bot or account.actor_type in {"Service", "Application"},
        "discoverable": False if is_blank else account.discoverable,
        "indexable": False if is_blank else account.indexable,
        "noindex": not account.indexable,
        "group": account.actor_type == "Group",
        "created_at": midnight(account.created_at),
        "note": "" if is_blank else account.note,
        "url": safe_url(account.url) or account.uri,
        "uri": account.uri,
        "avatar": avatar or missing,
        "avatar_static": _still(links, account.avatar_key, avatar, missing),
        "avatar_description": "" if is_blank else account.avatar_description,
        "header": header or missing,
        "header_static": _still(links, account.header_key, header, missing),
        "header_description": "" if is_blank else account.header_description,
        "hide_collections": account.hide_collections,
        "show_media": account.show_media,
        "show_media_replies": account.show_media_replies,
        "show_featured": account.show_featured,
        "feature_approval": NO_POLICY,
        **_build_extras(account, links, is_blank=is_blank),
        "roles": [],
    }
    if account.memorial:
        entity["memorial"] = True
    if is_blank:
        entity["suspended"] = True
    if account.silenced_at is not None:
        entity["limited"] = True
    return entity


def _build_extras(account: Account, links: Links, *, is_blank: bool) -> Entity:
    """Emojis and fields; none where what is stored is not what it should be."""

    def build() -> Entity:
        fields = [_field(field, "value") for field in account.fields]
        return {"emojis": build_emojis(account.emojis, links), "fields": fields}

    nothing: Entity = {"emojis": [], "fields": []}
    if is_blank:
        return nothing
    failure = "account %d is shown without its fields"
    return attempt(_log, failure, account.id, build) or nothing


def build_credentials(
    account: Account, links: Links, *, role: str, settings: Mapping[str, Any], requests: int
) -> Entity:
    """A member's own account: what was typed, the defaults for posts, the role."""
    return {
        **build_account(account, links),
        "source": {
            "privacy": settings.get("privacy") or "public",
            "sensitive": bool(settings.get("sensitive")),
            "language": settings.get("language") or "",
            "note": account.note_source,
            "fields": [_field(field, "source") for field in account.fields],
            "follow_requests_count": requests,
            "hide_collections": account.hide_collections,
            "discoverable": account.discoverable,
            "indexable": account.indexable,
            "attribution_domains": account.attribution_domains,
            "quote_policy": settings.get("quote_policy") or "public",
        },
        "role": build_role(role),
    }


def build_own_profile(account: Account, links: Links, *, featured_tags: Sequence[Entity]) -> Entity:
    """A member's profile for editing it: as typed and as shown, and null for a missing picture."""
    avatar = _image(links, account.avatar_key, account.avatar_url)
    header = _image(links, account.header_key, account.header_url)
    return {
        "id": str(account.id),
        "display_name": account.display_name,
        "note": account.note_source,
        "formatted_note": account.note,
        "fields": [_field(field, "source") for field in account.fields],
        "formatted_fields": [_field(field, "value") for field in account.fields],
        "avatar": avatar,
        "avatar_static": links.still(account.avatar_key) if account.avatar_key else avatar,
        "avatar_description": account.avatar_description,
        "header": header,
        "header_static": links.still(account.header_key) if account.header_key else header,
        "header_description": account.header_description,
        "locked": account.locked,
        "bot": account.bot,
        "hide_collections": account.hide_collections,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "show_media": account.show_media,
        "show_media_replies": account.show_media_replies,
        "show_featured": account.show_featured,
        "attribution_domains": account.attribution_domains,
        "featured_tags": list(featured_tags),
    }


def build_role(role: str) -> Entity:
    """A role. Its permissions are those over the admin API, of which there is none yet."""
    number, name = _ROLES.get(role, _EVERYBODY)
    return {
        "id": number,
        "name": name,
        "color": "",
        "permissions": "0",
        "highlighted": False,
        "collection_limit": 0,
    }


def build_emojis(emojis: Sequence[Mapping[str, Any]], links: Links) -> list[Entity]:
    """Custom emojis that a text uses; one without a proper address is left out."""
    built: list[Entity] = []
    for emoji in emojis:
        url = _image(links, emoji.get("key"), emoji.get("url"))
        if url is not None:
            static = _image(links, emoji.get("static_key"), emoji.get("static_url")) or url
            built.append(
                {
                    "shortcode": str(emoji.get("shortcode", "")),
                    "url": url,
                    "static_url": static,
                    "visible_in_picker": False,
                    "category": None,
                }
            )
    return built


def build_custom_emoji(emoji: CustomEmoji, links: Links) -> Entity:
    """An emoji of this server, as apps offer it."""
    return {
        "shortcode": emoji.shortcode,
        "url": links.file(emoji.file_key),
        "static_url": links.file(emoji.static_key or emoji.file_key),
        "visible_in_picker": emoji.visible_in_picker,
        "category": emoji.category,
        "featured": False,
    }


def _image(links: Links, key: str | None, url: str | None) -> str | None:
    """A picture of ours by its name, or one of another server through the proxy."""
    return links.file(key) if key else links.remote(url)


def _still(links: Links, key: str | None, shown: str | None, missing: str) -> str:
    """A picture of a profile as it does not move; of others we have no such."""
    return links.still(key) if key and shown != missing else shown or missing


def _field(field: Mapping[str, Any], key: str) -> Entity:
    return {
        "name": str(field.get("name", "")),
        "value": str(field.get(key) or ""),
        "verified_at": field.get("verified_at"),
    }


def midnight(moment: datetime) -> str:
    """The day of a moment, written as apps expect the birthday of an account."""
    return f"{moment:%Y-%m-%d}T00:00:00.000Z"


def moment_or_none(moment: datetime | None) -> str | None:
    """A moment as text."""
    return None if moment is None else to_iso(moment)


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d}"
