"""Profiles whose links are to be read: they changed, or somebody here begins to follow them."""

from collections.abc import Sequence

from fedi import events as happened
from fedi.core.accounts import links
from fedi.kit.unit import Unit
from fedi.reactions.context import Context


async def check_links(
    unit: Unit, context: Context, events: Sequence[happened.AccountUpdated]
) -> None:
    """A profile that has changed may name other pages than before."""
    del context
    await links.check_later(unit, [event.account_id for event in events])


async def check_links_of_followed(
    unit: Unit, context: Context, events: Sequence[happened.FollowAccepted]
) -> None:
    """From now on somebody here looks at this profile."""
    del context
    if followed := [event.target_id for event in events if event.local]:
        await links.check_later(unit, followed)
