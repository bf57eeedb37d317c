"""Reactions with an emoji, as apps know them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.statuses.reactions import Counted, Emoji
from fedi.entities.accounts import build_account


def build_reactions(counted: Sequence[Counted], links: Links, *, is_member: bool) -> bytes:
    """The reactions to a post, as JSON."""
    built: list[dict[str, Any]] = []
    for each in counted:
        entity: dict[str, Any] = {"name": each.name, "count": each.count}
        if is_member:
            entity["me"] = each.me
        url = picture_url(Emoji(each.name, each.url), links)
        if url is not None:
            entity |= {"url": url, "static_url": url}
        built.append(entity)
    return orjson.dumps(built)


def build_reactors(
    reactors: Sequence[tuple[Emoji, Sequence[int]]],
    accounts: Mapping[int, Account],
    viewer_id: int | None,
    links: Links,
) -> list[dict[str, Any]]:
    """Who reacted with what."""
    return [
        {
            "name": emoji.name,
            "count": len(who),
            "me": viewer_id in who,
            "url": picture_url(emoji, links),
            "accounts": [build_account(accounts[each], links) for each in who if each in accounts],
        }
        for emoji, who in reactors
    ]


def build_emoji(details: dict[str, Any], links: Links) -> dict[str, Any]:
    """With what somebody reacted, as notifications say it."""
    emoji = Emoji(str(details.get("emoji", "")), details.get("emoji_url"))
    return {"emoji": emoji.name, "emoji_url": picture_url(emoji, links)}


def picture_url(emoji: Emoji, links: Links) -> str | None:
    """Where apps find the picture of an emoji, if it is a custom one."""
    if emoji.url is None or emoji.url.startswith(f"{links.origin}/media/"):
        return emoji.url
    return links.remote(emoji.url)
