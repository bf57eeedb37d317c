"""Emoji reactions: what an EmojiReact or a Like says beyond that somebody likes a post."""

import re
from dataclasses import dataclass
from typing import Any

from fedi.ap.authority import host_of, normalise_host
from fedi.ap.lenient import text_of
from fedi.ap.parse.parts import emojis_of, tags_of
from fedi.kit.emoji import is_emoji

# What some servers say for a plain like, without and with the sign that asks for colours.
_PLAIN = frozenset({"❤", "❤️", "♥", "♥️", "⭐", "⭐️"})
_CUSTOM = re.compile(r":([A-Za-z0-9_+-]{1,100})(?:@([^\s:@/]{1,255}))?:")
_TOO_LONG = 512


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji: the sign itself, or the shortcode of a custom one, its host and its picture."""

    name: str
    host: str | None = None
    url: str | None = None


def said_in(raw: dict[str, Any]) -> str:
    """What an activity gives as its emoji; empty for nothing."""
    for name in ("content", "_misskey_reaction", "name"):
        text = (text_of(raw.get(name), _TOO_LONG) or "").strip()
        if text:
            return text
    return ""


def reaction_of(raw: dict[str, Any], actor: str, *, plain: bool) -> Reaction | None:
    """The emoji of a reaction by `actor`; None where there is none that can be shown.

    With `plain`, what stands for a like is none: so some servers write every like.
    """
    text = said_in(raw)
    if not text or (plain and text in _PLAIN):
        return None
    if is_emoji(text):
        return Reaction(text)
    custom = _CUSTOM.fullmatch(text) or _CUSTOM.fullmatch(f":{text}:")
    return _custom(raw, actor, custom[1], custom[2]) if custom else None


def _custom(raw: dict[str, Any], actor: str, name: str, host: str | None) -> Reaction | None:
    """A custom emoji; its picture stands in a tag, whose name may have its host or colons too."""
    found = next((each for each in emojis_of(tags_of(raw)) if each.shortcode == name), None)
    if found is None:
        return None
    # "." is the reacting server itself.
    named = normalise_host(host) if host and host != "." else host_of(actor)
    return Reaction(name, named, found.url) if named else None
