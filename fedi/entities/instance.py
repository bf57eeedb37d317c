"""What the server says of itself to apps."""

from dataclasses import dataclass
from typing import Any

from fedi import __version__
from fedi.config import Settings
from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.entities.accounts import build_account, missing_image
from fedi.kit.text import escape

Entity = dict[str, Any]

# Apps compare the first part with what they know; a letter must follow the plus, or some take
# our own version for it.
VERSION = f"4.6.0+fedi-{__version__}"
# The step of the client API up to which everything is there.
API_VERSIONS = {"mastodon": 1}
_ABOUT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there is of everything."""

    users: int = 0
    statuses: int = 0
    domains: int = 0
    active_month: int = 0


def build_instance(
    settings: Settings, links: Links, figures: Figures, contact: Account | None
) -> Entity:
    """The instance as apps of today read it."""
    origin = settings.origin
    configuration = _configuration(settings)
    configuration["urls"] = {
        "streaming": streaming_url(origin),
        "status": None,
        "about": f"{origin}/",
        "privacy_policy": None,
        "terms_of_service": None,
    }
    configuration["vapid"] = {"public_key": ""}
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
        "languages": ["en"],
        "configuration": configuration,
        "registrations": {
            "enabled": settings.registration.mode != "closed",
            "approval_required": settings.registration.mode == "approval",
            "reason_required": False,
            "message": None,
            "min_age": None,
            "url": None,
        },
        "api_versions": API_VERSIONS,
        "contact": {
            "email": settings.instance.contact_email,
            "account": None if contact is None else build_account(contact, links),
        },
        "rules": [],
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
        "languages": ["en"],
        "registrations": settings.registration.mode != "closed",
        "approval_required": settings.registration.mode == "approval",
        "invites_enabled": False,
        "configuration": configuration,
        "contact_account": None if contact is None else build_account(contact, links),
        "rules": [],
        "max_toot_chars": settings.instance.max_characters,
        "poll_limits": configuration["polls"],
    }


def streaming_url(origin: str) -> str:
    """Scheme and host for web sockets; apps add the path themselves."""
    return "ws" + origin.removeprefix("http")


def _configuration(settings: Settings) -> Entity:
    """Limits. Pictures and polls are not there yet, and say so by zeros and empty lists."""
    return {
        "accounts": {
            "max_display_name_length": 30,
            "max_note_length": _ABOUT_LENGTH,
            "max_avatar_description_length": 0,
            "max_header_description_length": 0,
            "max_featured_tags": 0,
            "max_pinned_statuses": 0,
            "max_profile_fields": 4,
            "profile_field_name_limit": 255,
            "profile_field_value_limit": 255,
        },
        "statuses": {
            "max_characters": settings.instance.max_characters,
            "max_media_attachments": 0,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": [],
            "description_limit": 1500,
            "image_size_limit": 0,
            "image_matrix_limit": 0,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": 0,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }
