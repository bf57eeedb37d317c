"""The table: what each scenario took, and the budget beside it."""

from dataclasses import dataclass, field
from typing import Any

from tests.bench.meter import ROLES

# What design asks for, by scenario: no more than this, and of `rate` at least this.
LIST = {"cpu_ms": 1.2}
SMALL = {"cpu_ms": 0.25}
BUDGETS: dict[str, dict[str, float]] = {
    "inbound create": {"cpu_ms": 1.0, "rate": 1000},
    "inbound duplicate": {"cpu_ms": 0.35},
    "inbound irrelevant": {"cpu_ms": 0.35},
    "inbound rich create": {"cpu_ms": 1.0},
    **{
        f"inbound {deed}": {"cpu_ms": 0.5}
        for deed in ("like", "undo like", "announce", "undo announce", "delete")
    },
    "inbound 33 : 3 followers": {"ratio": 1.2},
    "delivery, shared inboxes": {"cpu_ms": 0.6, "rate": 1200},
    "delivery, single inboxes": {"cpu_ms": 0.6, "rate": 1200},
    "delivery, 100 ms away": {"rate": 600},
    "delivery, bad hosts": {"seconds": 0.5},
    "home 20": {"cpu_ms": 1.0},
    "home 20 x16": {"cpu_ms": 1.0, "p99_ms": 30},
    **{f"{name} 20": LIST for name in ("public", "notifications", "account statuses", "context")},
    **dict.fromkeys(("status", "verify_credentials", "actor document", "webfinger"), SMALL),
    "profile page": {"cpu_ms": 1.5},
    "post to own socket": {"p50_ms": 20, "p99_ms": 60},
    "memory at rest": {"mib": 250},
    "cold start": {"seconds": 3},
}
WORDS = {
    "cpu_ms": "ms CPU",
    "rate": "/s",
    "p50_ms": "p50",
    "p99_ms": "p99",
    "seconds": "s",
    "mib": "MiB",
    "ratio": "times",
}


@dataclass
class Row:
    """One line of the table."""

    name: str
    values: dict[str, float] = field(default_factory=dict[str, float])
    # CPU in ms per operation (or MiB), by role.
    parts: dict[str, float] = field(default_factory=dict[str, float])
    note: str = ""
    # How much longer than where the budgets were made this machine took for the same, just then.
    slowness: float = 1.0

    @property
    def budget(self) -> dict[str, float]:
        """The limits of this row; sixteen connections have those of one."""
        return BUDGETS.get(self.name) or BUDGETS.get(self.name.removesuffix(" x16"), {})

    def usual(self, name: str) -> float | None:
        """A value as it would be where the budgets were made; None for one that is not there."""
        found = self.values.get(name)
        if found is None or name in ("mib", "ratio"):
            return found
        return found * self.slowness if name == "rate" else found / self.slowness

    def over(self) -> list[str]:
        """The values that miss the budget; a value that could not be had misses it, too."""
        return [
            name
            for name, limit in self.budget.items()
            if (found := self.usual(name)) is None
            or (found < limit if name == "rate" else found > limit)
        ]

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        facts = {"scenario": self.name, **self.values, "parts": self.parts, "note": self.note}
        judged = {"slowness": self.slowness, "budget": self.budget, "over": self.over()}
        return {**facts, **judged}


def median(rounds: list[list[Row]]) -> list[Row]:
    """Of rows of several rounds, each time the one in the middle by its CPU.

    A round takes a second, and Postgres cleans up after all of them within one.
    """
    return [
        sorted(same, key=lambda row: row.values["cpu_ms"])[len(same) // 2]
        for same in zip(*rounds, strict=True)
    ]


def per_operation(spent: dict[str, float], count: int) -> tuple[float, dict[str, float]]:
    """CPU in ms per operation: the sum, and by role."""
    parts = {role: seconds * 1000 / max(count, 1) for role, seconds in spent.items()}
    return sum(parts.values()), parts


def _number(row: Row, name: str) -> str:
    value = row.values.get(name)
    return "" if value is None else f"{_short(value)}{'!' if name in row.over() else ''}"


def _short(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"


HEADS = (
    "scenario",
    "ms CPU",
    "usual",
    "/s",
    "p50 ms",
    "p99 ms",
    "else",
    "budget",
    "web worker pg redis",
)


def cells(row: Row) -> tuple[str, ...]:
    """The texts of one line."""
    other = [
        f"{_number(row, n)} {WORDS[n]}" for n in ("seconds", "mib", "ratio") if n in row.values
    ]
    limits = [
        f"{'≥' if name == 'rate' else '≤'} {limit:g} {WORDS[name]}".strip()
        for name, limit in row.budget.items()
    ]
    usual = row.usual("cpu_ms")
    parts = [f"{row.parts[role]:.2f}" for role in ROLES[1:]] if row.parts else []
    return (
        row.name,
        _number(row, "cpu_ms"),
        "" if usual is None else _short(usual),
        *(_number(row, name) for name in ("rate", "p50_ms", "p99_ms")),
        ", ".join([*other, *([row.note] if row.note else [])]),
        ", ".join(limits),
        " ".join(parts),
    )


def lines(rows: list[Row], *, markdown: bool = False) -> list[str]:
    """The table as lines of text."""
    table = [HEADS, *(cells(row) for row in rows)]
    widths = [max(len(line[n]) for line in table) for n in range(len(HEADS))]
    texts = ["  ".join(cell.ljust(w) for cell, w in zip(t, widths, strict=True)) for t in table]
    if markdown:
        texts = ["| " + " | ".join(t) + " |" for t in table]
        texts.insert(1, "|" + "---|" * len(HEADS))
    return [text.rstrip() for text in texts]
