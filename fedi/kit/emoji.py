"""What is an emoji of Unicode."""

import unicodedata

# The longest emoji that is made of several: a family with skin tones, a flag of a region.
_LONGEST = 16
_JOINERS = frozenset({"\u200d", "\ufe0f", "\u20e3"})


def is_emoji(text: str) -> bool:
    """Whether a text is one emoji of Unicode, possibly made of several signs."""
    if not 0 < len(text) <= _LONGEST:
        return False
    if text.endswith("\u20e3"):
        return text[0] in "0123456789*#" and all(sign in _JOINERS for sign in text[1:])
    signs = 0
    for place, sign in enumerate(text):
        if sign in _JOINERS or "\U0001f3fb" <= sign <= "\U0001f3ff":
            continue
        # Tags spell out the flags of regions.
        if "\U000e0020" <= sign <= "\U000e007f" and signs:
            continue
        if unicodedata.category(sign) != "So" and sign not in "‼⁉↔↕↖↗↘↙↩↪▶◀◽◾⤴⤵〰":
            return False
        before = text[place - 1] if place else ""
        if before != "\u200d" and not (place == 1 and _is_letter(before) and _is_letter(sign)):
            signs += 1
    return signs == 1


def _is_letter(sign: str) -> bool:
    """Whether it is one of the letters of which two are the flag of a country."""
    return "\U0001f1e6" <= sign <= "\U0001f1ff"
