"""Forgiving readers over plain JSON values.

Other servers write a scalar where we expect a list, an object where we expect an id, a number as
text. Every reader here takes whatever stands there and gives back one fixed type or None; none of
them raises. Reading forgivingly is not trusting: an id that comes out of here is well-formed and
nothing more, who may speak for it is decided in `authority.py`.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

MAX_ID = 2048
MAX_COUNT = 2**31 - 1

_AS2 = "https://www.w3.org/ns/activitystreams#"
_URL = re.compile(
    r"https?://[^\s/?#\\\x00-\x1f\x7f\ud800-\udfff][^\s\x00-\x1f\x7f\ud800-\udfff]*", re.IGNORECASE
)
# Vocabularies whose terms are written out in full, or with a prefix, by some servers.
_NAMESPACE = re.compile(
    r"https?://(?:www\.w3\.org/ns/activitystreams#|joinmastodon\.org/ns#|litepub\.social/ns#"
    r"|gotosocial\.org/ns#|misskey-hub\.net/ns#|w3id\.org/security#|schema\.org[/#]"
    r"|w3id\.org/fep/[0-9a-f]{4}[#/]|ns\.mia\.jetzt/as#)"
    r"|(?:as|toot|litepub|gts|misskey|sec|schema|fep):"
)
_WHOLE = re.compile(r"-?[0-9]+")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)


def one(value: Any) -> Any:
    """The value, or the first that is not null when a list stands in its place."""
    if isinstance(value, list):
        return next((item for item in value if item is not None), None)
    return value


def many(value: Any) -> list[Any]:
    """The values as a list without nulls: nothing, one and many alike."""
    if value is None:
        return []
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return [value]


def is_url(value: Any) -> bool:
    """True for a well-formed http(s) address of at most 2048 characters."""
    return isinstance(value, str) and len(value) <= MAX_ID and _URL.fullmatch(value) is not None


def id_of(value: Any) -> str | None:
    """The id behind a string, an object with `id` or `href`, or a list that begins with one."""
    value = one(value)
    if isinstance(value, dict):
        value = one(value.get("id") or value.get("@id") or value.get("href"))
    if not isinstance(value, str):
        return None
    if value.startswith("bear:"):
        value = _inside_bearcap(value)
    return value if is_url(value) else None


def _inside_bearcap(value: str) -> str:
    """The address inside a bearcap; its token is nobody's business and is dropped."""
    if len(value) > 2 * MAX_ID:
        return ""
    try:
        found = parse_qs(value.partition("?")[2], max_num_fields=8).get("u", [""])
    except ValueError:
        return ""
    return found[0]


def ids_of(value: Any) -> list[str]:
    """Every usable id in the value, in order, each once."""
    return list(dict.fromkeys(found for item in many(value) if (found := id_of(item))))


def text_of(value: Any, limit: int = MAX_ID) -> str | None:
    """The text of a value, cut to `limit` characters; numbers count as text, objects do not."""
    value = one(value)
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, str):
        return value[:limit]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:limit] if abs(value) < 1e18 else None
    return None


def instant(value: Any) -> datetime | None:
    """A moment in aware UTC, or None for what is no RFC 3339 date.

    A missing offset means UTC. Moments before 1970 or after 3000 are moved to that border, so
    that no later arithmetic can overflow.
    """
    value = one(value)
    if not isinstance(value, str) or not 10 <= len(value) <= 64:
        return None
    text = value.strip().upper()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            # A leap second is a valid RFC 3339 time that Python does not know.
            moment = datetime.fromisoformat(text.replace(":60", ":59", 1))
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.year < 1970:
        return _EARLIEST
    return _LATEST if moment.year >= 3000 else moment.astimezone(UTC)


def flag(value: Any, *, default: bool = False) -> bool:
    """A boolean, also when written as text or number; `default` when it is neither."""
    value = one(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value[:8].strip().lower()
        return True if word in ("true", "1") else False if word in ("false", "0") else default
    if isinstance(value, int):
        return value == 1
    return default


def count(value: Any) -> int | None:
    """A count between 0 and 2^31-1, also when written as text; None when it is no number."""
    value = one(value)
    if isinstance(value, str):
        digits = value.strip()
        if not _WHOLE.fullmatch(digits):
            return None
        # Only as many digits as decide: converting thousands of them takes long, then fails.
        value = int(digits[:18])
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        return None
    return int(min(max(value, 0), MAX_COUNT))


def total_of(value: Any) -> int | None:
    """The `totalItems` of an embedded collection; None for a bare address."""
    value = one(value)
    return count(value.get("totalItems")) if isinstance(value, dict) else None


def short_name(term: str) -> str:
    """A term of a known vocabulary without its namespace, in any of its three spellings."""
    found = _NAMESPACE.match(term)
    return term[found.end() :] if found else term


def types_of(value: Any) -> list[str]:
    """All types of an object, as short names."""
    value = one(value)
    if not isinstance(value, dict):
        return []
    types = many(value.get("type") or value.get("@type"))
    return [short_name(item) for item in types[:8] if isinstance(item, str) and item]


def type_of(value: Any, known: Collection[str] = ()) -> str | None:
    """The first type that we know, as a short name; without `known`, simply the first."""
    stated = value.get("type") if isinstance(value, dict) else None
    if isinstance(stated, str) and stated in known:
        return stated
    for name in types_of(value):
        if not known or name in known:
            return name[:255]
    return None


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """The object with its own keys as short names; the plain spelling wins over the long ones.

    Only the keys of this one object are touched: readers call this for each object that they open.
    """
    odd = [key for key in document if key[:4] in ("as:", "http") or ":" in key or key[:1] == "@"]
    if not odd:
        return document
    result = dict(document)
    for key in odd:
        name = {"@id": "id", "@type": "type"}.get(key) or short_name(key)
        if name != key:
            result.setdefault(name, result[key])
    return result


def as_object(value: Any) -> dict[str, Any] | None:
    """The object, or the first object of a list, with plain keys; None for anything else."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    return plain(value) if isinstance(value, dict) else None


def public_iri(value: Any) -> bool:
    """True for any of the three spellings of the public collection."""
    return value in (f"{_AS2}Public", "as:Public", "Public") if isinstance(value, str) else False
