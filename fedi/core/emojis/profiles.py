"""The emojis that members have in their names."""

from fedi.core.emojis.queries import find_used
from fedi.kit.unit import Unit


async def refresh_profile(unit: Unit, account_id: int) -> bool:
    """Remember which emojis of this server a member's profile shows; whether these are others."""
    row = await unit.row(
        "SELECT display_name, note_source, fields, emojis FROM accounts WHERE id = $1", account_id
    )
    if row is None:
        return False
    texts = [row["display_name"], row["note_source"]]
    texts += [str(field.get(part, "")) for field in row["fields"] for part in ("name", "source")]
    used = await find_used(unit, texts)
    if used == row["emojis"]:
        return False
    await unit.execute(
        "UPDATE accounts SET emojis = $2, revision = revision + 1 WHERE id = $1", account_id, used
    )
    return True
