"""Collections of others, read at their origins."""

from fedi.ap.authority import same_origin
from fedi.ap.parse import parse_collection
from fedi.ap.vocabulary import CollectionPage
from fedi.core.accounts.people import People
from fedi.kit.errors import RemoteNonsense


async def read_first_page(people: People, url: str) -> CollectionPage:
    """The first page of a collection, whichever way it has one.

    Raises:
        RemoteError: it cannot be had, or its first page lies elsewhere.
    """
    found = parse_collection(await people.fetcher.document(url, needs_id=False))
    if found.items:
        return found
    if found.first_page is not None:
        return found.first_page
    if found.first is None:
        return found
    if not same_origin(found.first, url):
        raise RemoteNonsense("the first page is elsewhere")
    return parse_collection(await people.fetcher.document(found.first, needs_id=False))
