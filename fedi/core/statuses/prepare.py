"""Who is mentioned in a text: looked up before the transaction, over the network where needed."""

import asyncio

from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_handles
from fedi.core.accounts.resolve import resolve_handle
from fedi.core.accounts.types import Account
from fedi.core.statuses.types import Prepared
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.kit.errors import FediError
from fedi.kit.text import find_mentions

# People that nobody here has met yet, in one text; the others stay plain text.
MAX_LOOKUPS = 10
MAX_MENTIONS = 100
# Whoever posts is waiting.
PATIENCE = 5.0


async def prepare(people: People, author: Account, text: str) -> Prepared:
    """Find everybody mentioned; who cannot be found in time is not linked."""
    if author.is_gone:
        return Prepared()
    own = people.runtime.settings.local_domain
    keys: dict[str, tuple[str, str | None]] = {}
    for user, domain in find_mentions(text)[:MAX_MENTIONS]:
        key = f"{user}@{domain}" if domain else user
        is_ours = domain is None or domain.lower() in {own, people.runtime.settings.domain}
        keys[key.lower()] = (user, None if is_ours else domain)
    if not keys:
        return Prepared()
    found = await find_by_handles(people.runtime.read(), list(keys.values()))
    unknown = [handle for handle in keys.values() if handle not in found and handle[1] is not None]
    found.update(await _look_up(people, unknown[:MAX_LOOKUPS]))
    return Prepared(
        {
            key: account
            for key, handle in keys.items()
            if (account := found.get(handle)) is not None
            and not account.is_gone
            and account.id != INSTANCE_ACTOR_ID
        }
    )


async def _look_up(
    people: People, handles: list[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Account]:
    async def look(handle: tuple[str, str | None]) -> Account | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await resolve_handle(people, f"{handle[0]}@{handle[1]}")
        except (FediError, TimeoutError):
            return None

    answers = await asyncio.gather(*(look(handle) for handle in handles))
    pairs = zip(handles, answers, strict=True)
    return {handle: account for handle, account in pairs if account is not None}
