"""What all the readers of documents share."""

from typing import Any

from fedi.ap.lenient import MAX_ID, as_object, id_of, one
from fedi.kit.errors import RemoteNonsense


def object_of(document: Any, what: str) -> dict[str, Any]:
    """The document as an object with plain keys, or RemoteNonsense."""
    found = as_object(document) if isinstance(document, dict) else None
    if found is None:
        raise RemoteNonsense(f"{what} is not an object")
    return found


def own_id(document: dict[str, Any], what: str) -> str | None:
    """The id of the document itself, or None; RemoteNonsense when it is no address."""
    stated = one(document.get("id"))
    if stated is None or stated == "":
        return None
    if isinstance(stated, str) and len(stated) > MAX_ID:
        raise RemoteNonsense(f"{what} has an id of more than {MAX_ID} characters")
    found = id_of(stated) if isinstance(stated, str) else None
    if found is None:
        raise RemoteNonsense(f"{what} has an id that is no http address")
    return found


def needed_id(document: dict[str, Any], what: str) -> str:
    """The id of the document itself, which must be there."""
    found = own_id(document, what)
    if found is None:
        raise RemoteNonsense(f"{what} has no id")
    return found
