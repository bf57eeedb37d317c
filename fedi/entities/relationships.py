"""How a viewer stands to others."""

from collections.abc import Iterable
from typing import Any

from fedi.core.relationships.types import Relationship
from fedi.entities.accounts import moment_or_none


def build_relationships(found: Iterable[Relationship]) -> list[dict[str, Any]]:
    """Relationships, in the order given."""
    return [build_relationship(item) for item in found]


def build_relationship(item: Relationship) -> dict[str, Any]:
    """One relationship."""
    return {
        "id": str(item.id),
        "following": item.following,
        "showing_reblogs": item.showing_reblogs,
        "notifying": item.notifying,
        "languages": item.languages,
        "followed_by": item.followed_by,
        "blocking": item.blocking,
        "blocked_by": item.blocked_by,
        "muting": item.muting,
        "muting_notifications": item.muting_notifications,
        "muting_expires_at": moment_or_none(item.muting_expires_at),
        "requested": item.requested,
        "requested_by": item.requested_by,
        "domain_blocking": item.domain_blocking,
        "endorsed": item.endorsed,
        "note": item.note,
    }
