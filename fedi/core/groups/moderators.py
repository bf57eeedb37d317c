"""Who keeps order in a group of others, as the group itself says."""

from fedi.ap.lenient import id_of
from fedi.core.accounts.collections import read_first_page
from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_actors
from fedi.core.accounts.types import Account
from fedi.kit.errors import FediError, RemoteDown

MOST = 100
# How often a group is asked, unless it has just said that something changed.
SECONDS, ANEW_SECONDS = 3600.0, 30.0


async def read_moderators(people: People, group: Account, *, anew: bool = False) -> None:
    """Read the list of a group's moderators at its origin, and keep it.

    Raises:
        RemoteDown: the group's server does not answer.
    """
    url = await people.runtime.read().value(
        "SELECT moderators_url FROM accounts WHERE id = $1", group.id
    )
    if url is None or not people.may(("moderators of", group.id, anew), _window(anew=anew)):
        return
    try:
        page = await read_first_page(people, url)
    except RemoteDown:
        raise
    except FediError:
        return
    uris = [uri for item in page.items[:MOST] if (uri := id_of(item))]
    found = await resolve_actors(people, uris)
    accounts = [who.id for who in found.values() if isinstance(who, Account)]
    async with people.runtime.unit() as unit:
        await unit.execute(
            "DELETE FROM group_moderators WHERE group_id = $1 AND account_id <> ALL($2::bigint[])",
            group.id,
            accounts,
        )
        await unit.execute(
            "INSERT INTO group_moderators (group_id, account_id, created_at)"
            " SELECT $1, a, $3 FROM unnest($2::bigint[]) AS a"
            " ON CONFLICT (group_id, account_id) DO NOTHING",
            group.id,
            sorted(set(accounts)),
            unit.now(),
        )


def _window(*, anew: bool) -> float:
    return ANEW_SECONDS if anew else SECONDS
