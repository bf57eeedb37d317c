"""Previews of links as apps know them."""

from typing import Any

from fedi.core.media.links import Links
from fedi.core.statuses.types import PreviewCard
from fedi.entities.accounts import build_account, moment_or_none
from fedi.kit.text import safe_url

Entity = dict[str, Any]

_KINDS = frozenset({"link", "photo", "video", "rich"})


def build_card(card: PreviewCard, links: Links) -> Entity:
    """A preview; its picture comes through our own proxy."""
    return {
        "url": safe_url(card.url) or "",
        "title": card.title,
        "description": card.description,
        "language": card.language,
        "type": card.type if card.type in _KINDS else "link",
        "authors": _build_authors(card, links),
        "author_name": card.author_name,
        "author_url": safe_url(card.author_url) or "",
        "provider_name": card.provider_name,
        "provider_url": safe_url(card.provider_url) or "",
        "html": card.html,
        "width": card.width,
        "height": card.height,
        "image": links.remote(card.image_url),
        "image_description": card.image_description,
        "embed_url": safe_url(card.embed_url) or "",
        "blurhash": card.blurhash,
        "published_at": moment_or_none(card.published_at),
        "missing_attribution": None,
    }


def _build_authors(card: PreviewCard, links: Links) -> list[Entity]:
    url = safe_url(card.author_url) or ""
    if not (card.author_name or url or card.author):
        return []
    account = None if card.author is None else build_account(card.author, links)
    return [{"name": card.author_name, "url": url, "account": account}]
