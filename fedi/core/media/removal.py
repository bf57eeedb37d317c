"""Removing files from the store: a chore, written in the transaction that forgets their names."""

import hashlib
from collections.abc import Iterable, Sequence

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.kit.errors import FediError
from fedi.kit.result import Done, Later, Outcome
from fedi.kit.store import still_key
from fedi.kit.unit import Unit

_WAIT = 60.0
_AT_ONCE = 500


async def delete_later(unit: Unit, keys: Iterable[str | None]) -> None:
    """Have files removed once this transaction is safe."""
    wanted = sorted({key for key in keys if key})
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        name = hashlib.sha256(" ".join(some).encode()).hexdigest()
        await add_chores(unit, "delete_files", [Chore(name, {"keys": some})])


async def delete_files(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it."""
    outcomes: list[Outcome] = []
    for row in rows:
        keys: list[str] = row["payload"].get("keys", [])
        try:
            # A picture that moves has one that does not beside it.
            stills = [still_key(key) for key in keys if key.endswith(".gif")]
            await people.runtime.store.delete([*keys, *stills])
        except FediError as problem:
            outcomes.append(Later(_WAIT, str(problem)[:200]))
        else:
            outcomes.append(Done())
    return outcomes


async def forget_accounts(unit: Unit, account_ids: Sequence[int]) -> None:
    """Remove everything that deleted members uploaded."""
    rows = await unit.fetch(
        "DELETE FROM media_attachments WHERE account_id = ANY($1::bigint[])"
        " RETURNING source_key, file_key, preview_key",
        list(account_ids),
    )
    keys = [key for row in rows for key in row]
    pictures = await unit.fetch(
        "WITH old AS (SELECT id, avatar_key, header_key FROM accounts"
        "   WHERE id = ANY($1::bigint[]) AND (avatar_key IS NOT NULL OR header_key IS NOT NULL)"
        "   FOR UPDATE)"
        " UPDATE accounts a SET avatar_key = NULL, header_key = NULL, revision = revision + 1"
        " FROM old WHERE a.id = old.id RETURNING old.avatar_key, old.header_key",
        list(account_ids),
    )
    await delete_later(unit, [*keys, *(key for row in pictures for key in row)])


CHORES = {"delete_files": delete_files}
