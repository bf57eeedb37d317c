"""New keys for a member, announced under the old ones."""

from datetime import datetime

from fedi.config import Settings
from fedi.core.accounts import queries
from fedi.core.accounts.purge import PATIENCE
from fedi.core.accounts.reach import find_inboxes
from fedi.core.key_pairs import KeyPair, rotate_keys
from fedi.events import AccountUpdated
from fedi.kit.errors import NotFound
from fedi.kit.unit import Unit


async def rotate(unit: Unit, settings: Settings, name: str, pair: KeyPair) -> datetime:
    """Give a member new keys and tell everybody who may have the old; from when they sign.

    The Update goes out at once, so the old keys sign it.

    Raises:
        NotFound: there is no such member.
        Conflict: new keys wait already to take over.
    """
    bare = name.strip().removeprefix("@").lower()
    found = (await queries.find_by_handles(unit, [(bare, None)])).get((bare, None))
    if found is None or found.is_gone:
        raise NotFound(f"{name} is no member")
    start = await rotate_keys(unit, settings.secret, found.id, found.uri, pair)
    await unit.execute(PATIENCE)
    await unit.execute("UPDATE accounts SET revision = revision + 1 WHERE id = $1", found.id)
    inboxes = await find_inboxes(unit, found.id)
    unit.record(AccountUpdated(found.id, local=True, reach_inboxes=inboxes))
    return start
