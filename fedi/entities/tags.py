"""Hashtags as apps know them: Tag, FeaturedTag."""

from collections.abc import Sequence
from typing import Any

from fedi.core.tags.types import FeaturedTag, Tag
from fedi.core.urls import tag_url

Entity = dict[str, Any]


def build_tag(origin: str, tag: Tag) -> Entity:
    """A hashtag and its use over the days; all numbers are texts."""
    entity: Entity = {
        # Nobody has used a tag without an id, so nothing refers to it either.
        "id": "" if tag.id is None else str(tag.id),
        "name": tag.name,
        "url": tag_url(origin, tag.name),
        "history": [
            {
                "day": str(int(day.begins.timestamp())),
                "uses": str(day.uses),
                "accounts": str(day.accounts),
            }
            for day in tag.history
        ],
    }
    if tag.following is not None:
        entity["following"] = tag.following
    if tag.featuring is not None:
        entity["featuring"] = tag.featuring
    return entity


def build_tags(origin: str, tags: Sequence[Tag]) -> list[Entity]:
    """Several hashtags."""
    return [build_tag(origin, tag) for tag in tags]


def build_featured_tag(origin: str, featured: FeaturedTag) -> Entity:
    """A hashtag on somebody's profile."""
    last = featured.last_status_at
    return {
        "id": str(featured.id),
        "name": featured.name,
        "url": tag_url(origin, featured.name),
        "statuses_count": str(featured.statuses_count),
        "last_status_at": None if last is None else last.date().isoformat(),
    }
