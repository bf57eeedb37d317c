"""The emojis of reactions between the wire and the core."""

from typing import Any

from fedi.ap.authority import host_of
from fedi.ap.parse.reactions import reaction_of, said_in
from fedi.core.statuses.reactions import Emoji


def read_emoji(raw: dict[str, Any], actor_uri: str, origin: str, *, plain: bool) -> Emoji | None:
    """The emoji of a reaction, under the name by which it is stored; None where it says none.

    Only what really lies here counts as an emoji of ours, whatever the name says.
    """
    found = reaction_of(raw, actor_uri, plain=plain)
    if found is None:
        return None
    if found.host is None:
        return Emoji(found.name)
    is_ours = found.host == host_of(origin)
    if is_ours and (found.url or "").startswith(f"{origin}/media/"):
        return Emoji(found.name, found.url)
    return Emoji(f"{found.name}@{host_of(actor_uri) if is_ours else found.host}", found.url)


def read_name(raw: dict[str, Any]) -> str:
    """What an Undo says of its emoji: the sign, or the bare shortcode; empty for nothing."""
    text = said_in(raw).strip(":")
    return text.partition("@")[0] if text.isascii() else text
