"""What stands on top of profiles elsewhere: pins in their order, and hashtags.

Some servers never say when somebody pins a post, and some list only ids; so the list itself is
read when somebody here looks at the profile, or begins to follow.
"""

from typing import Any

from fedi.ap.authority import same_origin
from fedi.ap.lenient import as_object, id_of, text_of, type_of
from fedi.core.accounts.collections import read_first_page
from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.statuses.pins_received import MAX_PINS, replace_pins
from fedi.core.statuses.queries import find_by_uris
from fedi.core.statuses.types import ReceivedNote
from fedi.core.tags.received import read_names, replace_featured
from fedi.federation.reading.past import store_past, take_own


async def read_featured(people: People, account: Account) -> None:
    """Let somebody's pins be what their server lists, in its order."""
    url = account.featured_url
    if not url or not same_origin(url, account.uri):
        return
    page = await read_first_page(people, url)
    items = [item for item in page.items if type_of(item) != "Hashtag"][:MAX_PINS]
    uris = [uri for item in items if (uri := id_of(item))]
    known = await find_by_uris(people.runtime.read(), uris)
    notes: list[ReceivedNote] = []
    for item in items:
        if id_of(item) not in known:
            taken = await take_own(people, account, item)
            notes += [taken] if taken else []
    if notes:
        await store_past(people, account, notes)
    async with people.runtime.unit() as unit:
        await replace_pins(unit, account.id, uris)
        await unit.execute(
            "UPDATE accounts SET featured_read_at = $2 WHERE id = $1", account.id, unit.now()
        )


async def read_featured_tags(people: People, account: Account) -> None:
    """Let the hashtags on somebody's profile be those that their server lists."""
    url = await people.runtime.read().value(
        "SELECT featured_tags_url FROM accounts WHERE id = $1", account.id
    )
    if not url or not same_origin(url, account.uri):
        return
    page = await read_first_page(people, url)
    names = read_names([name for item in page.items if (name := hashtag_in(item))])
    async with people.runtime.unit() as unit:
        await replace_featured(unit, account.id, names)


def hashtag_in(item: Any) -> str | None:
    """The name of a hashtag that an object is."""
    thing = as_object(item)
    return text_of(thing.get("name"), 255) if thing and type_of(thing) == "Hashtag" else None
