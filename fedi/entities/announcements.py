"""Announcements and the reactions to them."""

from typing import Any

from fedi.core.announcements.types import Announcement, Reaction
from fedi.core.media.links import Links
from fedi.entities.accounts import build_emojis, moment_or_none
from fedi.kit.clock import to_iso

Entity = dict[str, Any]


def build_announcement(item: Announcement, links: Links) -> Entity:
    """An announcement as a member sees it."""
    return {
        "id": str(item.id),
        "content": item.content,
        "starts_at": moment_or_none(item.starts_at),
        "ends_at": moment_or_none(item.ends_at),
        "all_day": item.all_day,
        "published_at": to_iso(item.published_at),
        "updated_at": to_iso(item.updated_at),
        "read": item.read,
        "mentions": [],
        "statuses": [],
        "tags": [],
        "emojis": build_emojis(item.emojis, links),
        "reactions": [build_reaction(reaction, links) for reaction in item.reactions],
    }


def build_reaction(reaction: Reaction, links: Links) -> Entity:
    """How many reacted with one name; an emoji of this server has an address."""
    entity: Entity = {"name": reaction.name, "count": reaction.count, "me": reaction.me}
    if reaction.emoji is not None:
        for emoji in build_emojis([reaction.emoji], links):
            entity["url"] = emoji["url"]
            entity["static_url"] = emoji["static_url"]
    return entity
