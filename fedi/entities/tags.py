"""Hashtags as apps know them."""

from typing import Any

from fedi.core.urls import tag_url


def build_tag(origin: str, name: str) -> dict[str, Any]:
    """A hashtag; its use over the days is not counted yet, and nobody can follow it."""
    return {
        "id": name,
        "name": name,
        "url": tag_url(origin, name),
        "history": [],
        "following": False,
        "featuring": False,
    }
