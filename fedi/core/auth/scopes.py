"""What a token may do: names, their children, and what implies what."""

from collections.abc import Collection, Iterable

_READ = (
    "accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows",
    "lists", "me", "mutes", "notifications", "search", "statuses",
)  # fmt: skip
_WRITE = (
    "accounts", "blocks", "bookmarks", "collections", "conversations", "favourites",
    "filters", "follows", "lists", "media", "mutes", "notifications", "reports", "statuses",
)  # fmt: skip
_ADMIN = (
    "accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks",
    "email_domain_blocks", "canonical_email_blocks",
)  # fmt: skip

_CHILDREN = {
    "read": frozenset(f"read:{name}" for name in _READ),
    "write": frozenset(f"write:{name}" for name in _WRITE),
    "follow": frozenset(
        f"{verb}:{name}" for verb in ("read", "write") for name in ("blocks", "follows", "mutes")
    ),
    "admin:read": frozenset(f"admin:read:{name}" for name in _ADMIN),
    "admin:write": frozenset(f"admin:write:{name}" for name in _ADMIN),
}

ALL = frozenset({*_CHILDREN, "push", "profile"}.union(*_CHILDREN.values()))
"""Every scope that there is."""

DEFAULT = "read"


def parse(text: str | None) -> list[str]:
    """The names in a scope parameter, in order, each once; empty for none."""
    return list(dict.fromkeys((text or "").replace("+", " ").split()))


def unknown(names: Iterable[str]) -> list[str]:
    """Those that are no scopes."""
    return [name for name in names if name not in ALL]


def allows(granted: Collection[str], name: str) -> bool:
    """Whether `name` is granted, by itself or through a wider scope."""
    return name in granted or any(
        name in children for wide, children in _CHILDREN.items() if wide in granted
    )


def is_subset(wanted: Iterable[str], granted: Collection[str]) -> bool:
    """Whether everything wanted is granted. `follow` is also covered by all that it stands for."""
    return all(
        allows(granted, name)
        or (name == "follow" and all(allows(granted, child) for child in _CHILDREN["follow"]))
        for name in wanted
    )
