"""What the server says of itself to apps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedi import __version__
from fedi.config import Settings
from fedi.core.accounts import service as profile
from fedi.core.accounts.types import Account
from fedi.core.media.limits import SUPPORTED_TYPES
from fedi.core.media.links import Links
from fedi.core.moderation.rules import Rule
from fedi.core.statuses import polls_write as polls
from fedi.core.statuses.pins import MAX_PINS
from fedi.core.tags.types import MAX_FEATURED
from fedi.entities.accounts import build_account, missing_image
from fedi.kit.text import escape

Entity = dict[str, Any]

# Apps compare the first part with what they know; a letter must follow the plus, or some take
# our own version for it.
VERSION = f"4.6.0+fedi-{__version__}"
# The step of the client API up to which everything is there: collections (10) are not.
API_VERSIONS = {"mastodon": 9}


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there is of everything."""

    users: int = 0
    statuses: int = 0
    domains: int = 0
    active_month: int = 0
    # With which push messages are signed.
    vapid: str = ""
    rules: Sequence[Rule] = ()


def build_instance(
    settings: Settings, links: Links, figures: Figures, contact: Account | None
) -> Entity:
    """The instance as apps of today read it."""
    origin, mode, said = settings.origin, settings.registration.mode, settings.instance
    configuration = _configuration(settings)
    configuration["urls"] = {
        "streaming": streaming_url(origin),
        "status": settings.instance.status_url or None,
        "about": f"{origin}/about",
        "privacy_policy": f"{origin}/privacy-policy" if said.privacy_policy.strip() else None,
        "terms_of_service": f"{origin}/terms-of-service" if said.terms_of_service.strip() else None,
    }
    configuration["vapid"] = {"public_key": figures.vapid}
    configuration["translation"] = {"enabled": False}
    configuration["timelines_access"] = {
        "live_feeds": {"local": "public", "remote": "public"},
        "hashtag_feeds": {"local": "public", "remote": "public"},
        "trending_link_feeds": {"local": "public", "remote": "disabled"},
    }
    configuration["limited_federation"] = False
    return {
        "domain": settings.local_domain,
        "title": settings.instance.title or settings.domain,
        "version": VERSION,
        "source_url": settings.instance.source_url or f"{origin}/",
        "description": settings.instance.description,
        "wrapstodon": None,
        "usage": {"users": {"active_month": figures.active_month}},
        "thumbnail": {"url": missing_image(origin), "description": ""},
        "icon": [],
        "languages": list(settings.instance.languages),
        "configuration": configuration,
        "registrations": {
            "enabled": mode != "closed",
            "approval_required": mode == "approval",
            "reason_required": mode == "approval" and settings.registration.reason_required,
            "message": _registration_message(settings),
            "min_age": None,
            "url": None,
        },
        "api_versions": API_VERSIONS,
        "contact": {
            "email": settings.instance.contact_email,
            "account": None if contact is None else build_account(contact, links),
        },
        "rules": build_rules(figures.rules),
    }


def build_instance_v1(
    settings: Settings, links: Links, figures: Figures, contact: Account | None
) -> Entity:
    """The instance as older apps read it."""
    origin = settings.origin
    configuration = _configuration(settings)
    description = escape(settings.instance.description)
    return {
        "uri": settings.local_domain,
        "title": settings.instance.title or settings.domain,
        "short_description": description,
        "description": description,
        "email": settings.instance.contact_email,
        "version": VERSION,
        "urls": {"streaming_api": streaming_url(origin)},
        "stats": {
            "user_count": figures.users,
            "status_count": figures.statuses,
            "domain_count": figures.domains,
        },
        "thumbnail": missing_image(origin),
        "languages": list(settings.instance.languages),
        "registrations": settings.registration.mode != "closed",
        "approval_required": settings.registration.mode == "approval",
        "invites_enabled": False,
        "configuration": configuration,
        "contact_account": None if contact is None else build_account(contact, links),
        "rules": build_rules(figures.rules),
        "max_toot_chars": settings.instance.max_characters,
        "poll_limits": _old_limits(configuration["polls"]),
    }


def _old_limits(now: Mapping[str, int]) -> Entity:
    """The limits of polls by the names that apps knew before there was a configuration."""
    limits = dict(now)
    limits["max_option_chars"] = limits.pop("max_characters_per_option")
    return limits


def streaming_url(origin: str) -> str:
    """Scheme and host for web sockets; apps add the path themselves."""
    return "ws" + origin.removeprefix("http")


def build_rules(rules: Sequence[Rule]) -> list[Entity]:
    """The rules of the house."""
    return [
        {"id": str(rule.id), "text": rule.text, "hint": rule.hint, "translations": {}}
        for rule in rules
    ]


def _registration_message(settings: Settings) -> str | None:
    if settings.registration.mode != "closed" or not settings.registration.message:
        return None
    return f"<p>{escape(settings.registration.message)}</p>"


def _configuration(settings: Settings) -> Entity:
    """The limits, as they are checked."""
    media = settings.media
    return {
        "accounts": {
            "max_display_name_length": profile.MAX_DISPLAY_NAME,
            "max_note_length": profile.MAX_NOTE,
            "max_avatar_description_length": profile.MAX_DESCRIPTION,
            "max_header_description_length": profile.MAX_DESCRIPTION,
            "max_featured_tags": MAX_FEATURED,
            "max_pinned_statuses": MAX_PINS,
            "max_profile_fields": profile.MAX_FIELDS,
            "profile_field_name_limit": profile.MAX_FIELD,
            "profile_field_value_limit": profile.MAX_FIELD,
        },
        "statuses": {
            "max_characters": settings.instance.max_characters,
            "max_media_attachments": media.per_post,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": list(SUPPORTED_TYPES),
            "description_limit": media.description_characters,
            "image_size_limit": media.image_max_bytes,
            "image_matrix_limit": media.image_max_pixels,
            "video_size_limit": media.video_max_bytes,
            "video_frame_rate_limit": media.video_max_frame_rate,
            "video_matrix_limit": media.video_max_pixels,
        },
        "polls": {
            "max_options": polls.MAX_OPTIONS,
            "max_characters_per_option": polls.MAX_OPTION_CHARACTERS,
            "min_expiration": polls.MIN_SECONDS,
            "max_expiration": polls.MAX_SECONDS,
        },
    }
