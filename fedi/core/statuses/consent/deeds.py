"""Likes and boosts that need the word of a member, from elsewhere and from here."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from fedi.core.accounts.types import Account
from fedi.core.statuses.consent.policy import Kind, check_member
from fedi.core.statuses.consent.requests import WAITING, Deed, hold, insert
from fedi.kit.result import Outcome
from fedi.kit.unit import Unit

# (id of the activity, the actor's account and id, the post), as it was received.
Received = tuple[str | None, int, str, str]


class Guarded(Protocol):
    """A post, and whether its author lets only some do everything with it."""

    @property
    def id(self) -> int:
        """Which post it is."""
        ...

    @property
    def account_id(self) -> int:
        """Whose it is."""
        ...

    @property
    def is_guarded(self) -> bool:
        """Whether it is a member's, and not everybody may do everything with it."""
        ...


async def hold_received(
    unit: Unit,
    kind: Kind,
    items: Sequence[Received],
    targets: Mapping[int, Guarded],
    over: Collection[int],
) -> dict[int, Outcome]:
    """Which of these must not take effect, by position, and how each ended."""
    name = "Like" if kind == "like" else "Announce"
    deeds: dict[int, Deed] = {}
    for index, target in targets.items():
        if target.is_guarded and index not in over:
            uri, account_id, actor, post = items[index]
            known_as = uri or f"{actor}#{kind}/{target.id}"
            request: dict[str, Any] = {"id": known_as, "type": name, "actor": actor, "object": post}
            deeds[index] = Deed(kind, target.id, target.account_id, account_id, known_as, request)
    return await hold(unit, deeds)


async def must_ask(unit: Unit, kind: Kind, target: Guarded, account_id: int) -> bool:
    """Whether a member has to ask before doing something with a post.

    Raises:
        Forbidden: the author lets nobody like this member do it.
    """
    return target.is_guarded and await check_member(unit, kind, target.id, account_id)


async def ask_member(
    unit: Unit, kind: Kind, target: Guarded, account: Account, object_uri: str
) -> None:
    """Have the author of a post decide, who is a member like the one who asks."""
    deed = Deed(kind, target.id, target.account_id, account.id, object_uri)
    await insert(unit, [(deed, WAITING)])


def like_wish(account: Account, status_id: int) -> str:
    """What stands for a like that is not there yet."""
    return f"{account.uri}#likes/{status_id}"
