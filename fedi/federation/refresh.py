"""Reading an actor anew at its origin, and hearing about it when that does not work."""

from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.accounts.types import Account
from fedi.kit.clock import now
from fedi.kit.errors import FediError


async def read_anew(people: People, uri: str) -> Account:
    """The actor as its origin describes it now.

    Raises:
        FediError: its origin does not answer, or with nothing that can be used; what we have
            stands, but it is not what was asked for.
    """
    started = now()
    found = (await resolve_actors(people, [uri], refresh=True))[uri]
    if isinstance(found, FediError):
        raise found
    if found.fetched_at is None or found.fetched_at < started:
        # The stored account outlived a failure, which the fetcher remembers and tells here.
        await people.fetcher.document(uri)
    return found
