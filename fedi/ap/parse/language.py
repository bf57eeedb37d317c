"""Texts that come in one language, in several, or without saying."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fedi.ap.lenient import many, one, text_of

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")


def language_tag(value: Any) -> str | None:
    """A plausible BCP 47 tag; `und` means that nobody knows."""
    if isinstance(value, str) and len(value) <= 35:
        text = value.strip().replace("_", "-")
        if _TAG.fullmatch(text) and text.lower() not in ("und", "mul", "zxx"):
            head, mark, rest = text.partition("-")
            return head.lower() + mark + rest
    return None


def read_text(
    raw: Mapping[str, Any], key: str, limit: int, languages: Sequence[str]
) -> tuple[str | None, str | None]:
    """A text and its language, from the plain property, its language map, or both."""
    plain = text_of(raw.get(key), limit)
    mapped = one(raw.get(f"{key}Map"))
    texts: dict[str, str] = {}
    if isinstance(mapped, dict):
        for name, value in list(mapped.items())[:64]:
            text = text_of(value, limit)
            if isinstance(name, str) and text:
                texts[name.lower()] = text
    if not plain:
        name = _choice(texts, languages)
        return (texts[name], language_tag(name)) if name is not None else (plain, _stated(raw))
    same = next((name for name, text in texts.items() if text == plain), None)
    return plain, language_tag(same) or _stated(raw)


def _choice(texts: Mapping[str, str], languages: Sequence[str]) -> str | None:
    """The preferred language of a map, or the first that it has."""
    for language in languages:
        wanted = language.lower()
        for name in texts:
            if name == wanted or name.partition("-")[0] == wanted:
                return name
    return next(iter(texts), None)


def _stated(raw: Mapping[str, Any]) -> str | None:
    """The language of the whole object: its own property, or as a last resort its context."""
    language = one(raw.get("language"))
    found = language.get("identifier") if isinstance(language, dict) else language
    if tag := language_tag(found):
        return tag
    for part in many(raw.get("@context")):
        if isinstance(part, dict) and (tag := language_tag(part.get("@language"))):
            return tag
    return None
