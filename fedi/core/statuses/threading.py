"""Finding the parent of a reply, and the replies that came before their parent."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.core.statuses.counters import Tally
from fedi.kit.unit import Unit


@dataclass(frozen=True, slots=True)
class Parent:
    """The post that is answered."""

    id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """A reply whose parent has come."""

    id: int
    account_id: int
    local: bool


async def find_parents(unit: Unit, uris: Sequence[str]) -> dict[str, Parent]:
    """Posts by uri, held so that they are not deleted before their replies are stored."""
    if not uris:
        return {}
    rows = await unit.fetch(
        "SELECT s.uri, s.id, s.account_id FROM statuses s"
        " WHERE s.uri = ANY($1::text[]) AND s.reblog_of_id IS NULL"
        " ORDER BY s.id FOR KEY SHARE OF s",
        sorted(set(uris)),
    )
    return {row[0]: Parent(row[1], row[2]) for row in rows}


async def adopt(unit: Unit, uris: Sequence[str], tally: Tally) -> list[Adopted]:
    """Join replies to the posts `uris` that they have been waiting for."""
    rows = await unit.fetch(
        "UPDATE statuses c SET in_reply_to_id = p.id, in_reply_to_account_id = p.account_id,"
        " revision = c.revision + 1"
        " FROM (SELECT k.id AS child, p.id, p.account_id FROM statuses p"
        "   JOIN statuses k ON k.in_reply_to_uri = p.uri AND k.in_reply_to_id IS NULL"
        "   WHERE p.uri = ANY($1::text[]) AND p.reblog_of_id IS NULL AND k.id <> p.id"
        "   ORDER BY k.id FOR UPDATE OF k) p"
        " WHERE c.id = p.child AND c.in_reply_to_id IS NULL"
        " RETURNING c.id, c.account_id, c.local, c.visibility, c.in_reply_to_id",
        uris,
    )
    for row in rows:
        tally.reply(row["in_reply_to_id"], row["visibility"])
    return [Adopted(row["id"], row["account_id"], row["local"]) for row in rows]
