"""Collections and their pages."""

from typing import Any

from fedi.ap.lenient import as_object, count, id_of, many, one, type_of
from fedi.ap.parse.common import object_of
from fedi.ap.vocabulary import COLLECTION_TYPES, CollectionPage
from fedi.kit.errors import RemoteNonsense

MAX_ITEMS = 1000


def parse_collection(document: Any) -> CollectionPage:
    """The collection or page in a document; at most 1000 items of it.

    Whether the next page may be fetched is for the caller: same origin, a limit, no page twice.

    Raises:
        RemoteNonsense: it is no collection.
    """
    raw = object_of(document, "the collection")
    first = one(raw.get("first"))
    page = as_object(first) if isinstance(first, dict) else None
    return _read(raw, _read(page, None) if page and _is_collection(page) else None)


def _is_collection(raw: dict[str, Any]) -> bool:
    return type_of(raw, COLLECTION_TYPES) is not None


def _read(raw: dict[str, Any], first_page: CollectionPage | None) -> CollectionPage:
    name = type_of(raw, COLLECTION_TYPES)
    if name is None:
        raise RemoteNonsense("the document is no collection")
    stated = raw.get("orderedItems")
    listed = many(stated if stated is not None else raw.get("items"))
    items = (_item(item) for item in listed[:MAX_ITEMS])
    return CollectionPage(
        id=id_of(raw.get("id")),
        type=name,
        items=tuple(item for item in items if item is not None),
        total=count(raw.get("totalItems")),
        first=id_of(raw.get("first")),
        next=id_of(raw.get("next")),
        prev=id_of(raw.get("prev")),
        part_of=id_of(raw.get("partOf")),
        attributed_to=id_of(raw.get("attributedTo")),
        first_page=first_page,
    )


def _item(item: Any) -> str | dict[str, Any] | None:
    if isinstance(item, dict):
        return as_object(item)
    return id_of(item) if isinstance(item, str) else None
