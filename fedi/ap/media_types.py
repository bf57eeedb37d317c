"""Content types of ActivityPub documents, compared by meaning and not by spelling."""

import re

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
ACCEPT = f"{ACTIVITY_JSON}, {LD_JSON}"

_AS2 = "https://www.w3.org/ns/activitystreams"
_PARAMETER = re.compile(r'\s*;\s*([A-Za-z0-9_-]+)=(?:"([^"\\]*)"|([^\s;,"]+))\s*')


def split_media_type(value: str) -> tuple[str, dict[str, str]] | None:
    """The media type in lower case and its parameters; None when it is not exactly one type."""
    if len(value) > 512:
        return None
    name = value.partition(";")[0]
    position = len(name)
    parameters: dict[str, str] = {}
    while position < len(value):
        found = _PARAMETER.match(value, position)
        if not found:
            return None
        parameters.setdefault(found[1].lower(), found[2] if found[2] is not None else found[3])
        position = found.end()
    name = name.strip().lower()
    return (name, parameters) if name.count("/") == 1 and "," not in name else None


def is_activity_type(value: str) -> bool:
    """True for `application/activity+json`, and for `ld+json` whose profile names ActivityStreams.

    Nothing else will do: a server that keeps uploads can be made to serve any other JSON.
    """
    found = split_media_type(value)
    if not found:
        return False
    name, parameters = found
    if name == "application/ld+json":
        return _AS2 in parameters.get("profile", "").split()
    return name == ACTIVITY_JSON
