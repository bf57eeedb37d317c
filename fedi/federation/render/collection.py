"""Collections and their pages."""

from collections.abc import Sequence
from typing import Any


def render_collection(
    uri: str,
    *,
    ordered: bool = True,
    total: int | None = None,
    first: str | dict[str, Any] | None = None,
    last: str | None = None,
    items: Sequence[Any] | None = None,
) -> dict[str, Any]:
    """A collection; what is None is left out, so a hidden count never leaks."""
    collection: dict[str, Any] = {
        "id": uri,
        "type": "OrderedCollection" if ordered else "Collection",
    }
    if total is not None:
        collection["totalItems"] = total
    if first is not None:
        collection["first"] = first
    if last is not None:
        collection["last"] = last
    if items is not None:
        collection["orderedItems" if ordered else "items"] = list(items)
    return collection


def render_page(
    uri: str, part_of: str, items: Sequence[Any], *, ordered: bool = True, **links: str | None
) -> dict[str, Any]:
    """One page; `links` are `next` and `prev`."""
    page: dict[str, Any] = {
        "id": uri,
        "type": "OrderedCollectionPage" if ordered else "CollectionPage",
        "partOf": part_of,
        **{name: link for name, link in links.items() if link},
    }
    page["orderedItems" if ordered else "items"] = list(items)
    return page
