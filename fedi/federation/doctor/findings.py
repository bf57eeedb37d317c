"""What the doctor says: one finding for each thing that was looked at."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `key` is a word for programs; `means` is what members notice of it, `fix` what mends it.
    """

    key: str
    severity: Severity
    title: str
    seen: str
    means: str = ""
    fix: str = ""


def fine(key: str, title: str, seen: str) -> Finding:
    """All is well."""
    return Finding(key, "ok", title, seen)


def warning(key: str, title: str, seen: str, means: str, fix: str) -> Finding:
    """It works, and should be looked at."""
    return Finding(key, "warning", title, seen, means, fix)


def problem(key: str, title: str, seen: str, means: str, fix: str) -> Finding:
    """Something does not work."""
    return Finding(key, "problem", title, seen, means, fix)
