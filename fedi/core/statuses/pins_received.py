"""Pins of accounts elsewhere, as their servers say."""

from collections.abc import Sequence

from fedi.core.statuses.policy import UNLISTED
from fedi.kit.unit import Unit

# More than anybody shows on a profile.
MAX_PINS = 20

_PINNABLE = f"""
SELECT s.id, s.account_id, s.uri
FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS p(account, uri, n)
JOIN statuses s ON s.uri = p.uri AND s.account_id = p.account
WHERE s.visibility <= {UNLISTED} AND s.reblog_of_id IS NULL ORDER BY p.n FOR KEY SHARE OF s
"""
_TRIM = f"""
DELETE FROM status_pins p USING (
  SELECT k.id FROM unnest($1::bigint[]) AS a(id) CROSS JOIN LATERAL (SELECT q.id
    FROM status_pins q WHERE q.account_id = a.id ORDER BY q.id DESC OFFSET {MAX_PINS}) k
) old WHERE p.id = old.id
"""


async def add_pins(unit: Unit, pairs: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Pin posts (account, uri) that are here and the account's own, each above the ones before."""
    rows = await _insert(unit, pairs)
    await unit.execute(_TRIM, sorted({account for account, _ in pairs}))
    return rows


async def _insert(unit: Unit, pairs: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    found = await unit.fetch(
        _PINNABLE,
        [account for account, _ in pairs],
        [uri for _, uri in pairs],
    )
    if found:
        await unit.execute(
            "INSERT INTO status_pins (id, account_id, status_id)"
            " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
            " ON CONFLICT DO NOTHING",
            await unit.new_ids(len(found)),
            [row["account_id"] for row in found],
            [row["id"] for row in found],
        )
    return {(row["account_id"], row["uri"]) for row in found}


async def remove_pins(unit: Unit, pairs: Sequence[tuple[int, str]]) -> None:
    """Take posts (account, uri) down from profiles."""
    await unit.execute(
        "DELETE FROM status_pins p USING unnest($1::bigint[], $2::text[]) AS d(account, uri)"
        " JOIN statuses s ON s.uri = d.uri"
        " WHERE p.account_id = d.account AND p.status_id = s.id",
        [account for account, _ in pairs],
        [uri for _, uri in pairs],
    )


async def replace_pins(unit: Unit, account_id: int, uris: Sequence[str]) -> int:
    """Let an account have exactly these pins, the first one on top; how many are here."""
    wanted = list(dict.fromkeys(uris))[:MAX_PINS]
    await unit.execute("DELETE FROM status_pins WHERE account_id = $1", account_id)
    return len(await _insert(unit, [(account_id, uri) for uri in reversed(wanted)]))
