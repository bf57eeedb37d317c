"""Hashtags on profiles elsewhere, as their servers say."""

from collections.abc import Sequence

from fedi.core.tags.types import MAX_FEATURED, parse_name
from fedi.kit.unit import Unit


def read_names(texts: Sequence[str]) -> list[str]:
    """The keys of what can be hashtags, each once and no more than a profile shows."""
    names = (parse_name(text) for text in texts[: 10 * MAX_FEATURED])
    return list(dict.fromkeys(name for name in names if name))[:MAX_FEATURED]


async def add_featured(unit: Unit, pairs: Sequence[tuple[int, str]]) -> None:
    """Show hashtags (account, key) on profiles that have room for them."""
    await unit.execute(
        "INSERT INTO featured_tags (id, account_id, name)"
        " SELECT d.id, d.account, d.name"
        " FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS d(id, account, name)"
        " WHERE (SELECT count(*) FROM featured_tags f WHERE f.account_id = d.account) < $4"
        " ON CONFLICT (account_id, name) DO NOTHING",
        await unit.new_ids(len(pairs)),
        [account for account, _ in pairs],
        [name for _, name in pairs],
        MAX_FEATURED,
    )


async def remove_featured(unit: Unit, pairs: Sequence[tuple[int, str]]) -> None:
    """Take hashtags (account, key) from profiles."""
    await unit.execute(
        "DELETE FROM featured_tags f USING unnest($1::bigint[], $2::text[]) AS d(account, name)"
        " WHERE f.account_id = d.account AND f.name = d.name",
        [account for account, _ in pairs],
        [name for _, name in pairs],
    )


async def replace_featured(unit: Unit, account_id: int, names: Sequence[str]) -> None:
    """Let a profile show exactly these hashtags."""
    await unit.execute(
        "DELETE FROM featured_tags WHERE account_id = $1 AND name <> ALL($2::text[])",
        account_id,
        list(names),
    )
    if names:
        await add_featured(unit, [(account_id, name) for name in names])
