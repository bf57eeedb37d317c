"""One Announce of several posts is several boosts, and each needs an id of its own."""

from collections.abc import Iterable

from fedi.ap.lenient import MAX_ID, is_url

# More than these in one activity are not looked at.
MAX_PARTS = 20


def split_objects(uri: str, objects: Iterable[str | None]) -> list[tuple[str, str]]:
    """(id, object) for each object; the first keeps the id of the activity."""
    usable = (found for found in objects if found and is_url(found))
    found = [item for item in dict.fromkeys(usable) if len(item.encode()) <= MAX_ID]
    mark = "-" if "#" in uri else "#"
    return [
        (f"{uri}{mark}object-{n}" if n else uri, item) for n, item in enumerate(found[:MAX_PARTS])
    ]
