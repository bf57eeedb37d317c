"""The keys that actors name: the newest document says which there are, all others are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedi.ap.signatures.keys import load_public, to_pem
from fedi.ap.vocabulary import Actor
from fedi.kit.errors import Unauthorized
from fedi.kit.unit import Unit

# Whoever's id the key's id begins with is its owner: nobody else on the same host can keep a key
# of that name. Of other names the first owner stays.
_INSERT = """
INSERT INTO account_keys AS k (id, account_id, key_id, kind, public_key)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (key_id) DO UPDATE SET account_id = excluded.account_id, kind = excluded.kind,
  public_key = excluded.public_key
WHERE k.private_key IS NULL AND (k.account_id = excluded.account_id
  OR (SELECT a.uri FROM accounts a WHERE a.id = excluded.account_id)
    = split_part(excluded.key_id, '#', 1))
"""


@dataclass(frozen=True, slots=True)
class _Key:
    account_id: int
    key_id: str
    kind: str
    material: str


async def replace_keys(unit: Unit, actors: Sequence[tuple[int, Actor]]) -> list[int]:
    """Make the stored keys of these accounts be those of their documents.

    Gives the accounts that had keys, have keys, and kept none.
    """
    wanted: dict[str, _Key] = {}
    for account_id, actor in actors:
        for key in actor.keys:
            if key.id not in wanted or key.id.partition("#")[0] == actor.id:
                wanted[key.id] = _Key(account_id, key.id, key.kind, key.material)
    ids = [account_id for account_id, _ in actors]
    rows = await unit.fetch(
        "SELECT account_id, key_id, kind, public_key FROM account_keys"
        " WHERE account_id = ANY($1::bigint[])",
        ids,
    )
    stored = {row["key_id"]: _Key(*row) for row in rows}
    if stored == wanted:
        return []
    changed_altogether = _find_changed(stored, wanted)
    await unit.execute(
        "DELETE FROM account_keys WHERE account_id = ANY($1::bigint[])"
        " AND private_key IS NULL AND key_id <> ALL($2::text[])",
        ids,
        list(wanted),
    )
    changed = sorted(
        (key for key in wanted.values() if stored.get(key.key_id) != key),
        key=lambda key: key.key_id,
    )
    await unit.execute(
        _INSERT,
        await unit.new_ids(len(changed)),
        [key.account_id for key in changed],
        [key.key_id for key in changed],
        [key.kind for key in changed],
        [key.material for key in changed],
    )
    return changed_altogether


def _find_changed(stored: Mapping[str, _Key], wanted: Mapping[str, _Key]) -> list[int]:
    before, after = _group(stored), _group(wanted)
    return sorted(
        account_id
        for account_id in before.keys() & after.keys()
        if before[account_id].isdisjoint(after[account_id])
    )


def _group(keys: Mapping[str, _Key]) -> dict[int, set[str]]:
    """The keys of each account, spelled in one way."""
    found: dict[int, set[str]] = {}
    for key in keys.values():
        found.setdefault(key.account_id, set()).add(_spell(key.material))
    return found


def _spell(material: str) -> str:
    try:
        return to_pem(load_public(material))
    except Unauthorized:
        # It was good enough for an older release.
        return material.strip()
