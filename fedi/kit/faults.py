"""Named points at which crash tests may strike. In production they are calls that do nothing.

Only the test entry module (`tests/entry.py`) arms them; nothing that a running server reads,
neither its configuration nor its environment, can.
"""

from collections.abc import Callable

_armed: dict[str, Callable[[], None]] = {}


def arm(name: str, action: Callable[[], None]) -> None:
    """From now on, run `action` when the point `name` is passed."""
    _armed[name] = action


def point(name: str) -> None:
    """Pass the point `name`."""
    if _armed and (action := _armed.get(name)):
        action()
