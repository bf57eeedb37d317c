"""Lists as apps know them."""

from typing import Any

from fedi.core.lists.types import AccountList


def build_list(found: AccountList) -> dict[str, Any]:
    """A list of accounts."""
    return {
        "id": str(found.id),
        "title": found.title,
        "replies_policy": found.replies_policy,
        "exclusive": found.exclusive,
    }
