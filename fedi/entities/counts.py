"""Counters as they are shown, and where the origin of what is counted tells of others."""

from typing import Any

import orjson

Counts = tuple[int, int, int]
Told = tuple[int | None, int | None, int | None]

# What an origin tells that tells nothing.
UNTOLD: Told = (None, None, None)


def show_counts(known: Counts, told: Told) -> Counts:
    """Of our numbers and the origin's the larger.

    An origin sees all that is done with its own posts and people, we what came here.
    """
    a, b, c = (
        own if other is None else max(own, other) for own, other in zip(known, told, strict=True)
    )
    return a, b, c


def tell_apart(names: tuple[str, str, str], known: Counts, told: Told) -> dict[str, Any]:
    """What differs: what the origin says, for which nobody vouches, and what we know."""
    differing = [
        (name, own, other)
        for name, own, other in zip(names, known, told, strict=True)
        if other is not None and own != other
    ]
    if not differing:
        return {}
    return {
        "fedi": {
            "origin_counts": {name: other for name, _, other in differing},
            "known_counts": {name: own for name, own, _ in differing},
        }
    }


def dump_apart(names: tuple[str, str, str], known: Counts, told: Told) -> bytes:
    """The same as further members of an object in JSON."""
    found = tell_apart(names, known, told)
    return b"," + orjson.dumps(found)[1:-1] if found else b""
