"""Posts that the owner of a conversation, or of a list of answers, says belong to it."""

from collections.abc import Sequence
from typing import NamedTuple

from fedi.core.chores import Chore, add_chores
from fedi.core.threads.frontier import Lead, as_stored
from fedi.kit.unit import Unit

# The list must be one that a known post of its owner names as its own.
_FIND = """
SELECT d.account, d.target, d.uri, p.id FROM unnest($1::bigint[], $2::text[], $3::text[])
  AS d(account, target, uri)
CROSS JOIN LATERAL (SELECT s.id FROM statuses s WHERE s.account_id = d.account
  AND s.visibility < 2 AND (s.context_uri = d.target OR s.replies_uri = d.target)
  ORDER BY s.id DESC LIMIT 1) p
"""


class Candidate(NamedTuple):
    """`account_id` says that a post belongs into its list `target`."""

    account_id: int
    target: str
    uri: str


async def ask_for_candidates(unit: Unit, candidates: Sequence[Candidate]) -> set[Candidate]:
    """Have these posts fetched at their origins, which say whether they belong there.

    Returns:
        Those whose list is known.
    """
    rows = await unit.fetch(
        _FIND,
        [each.account_id for each in candidates],
        [each.target for each in candidates],
        [each.uri for each in candidates],
    )
    chores = [Chore(f"{row['id']} {row['uri']}", _one_post(row["id"], row["uri"])) for row in rows]
    await add_chores(unit, "crawl", chores)
    return {Candidate(row["account"], row["target"], row["uri"]) for row in rows}


def _one_post(status_id: int, uri: str) -> dict[str, object]:
    """What a crawl needs that reads one post for the conversation of another, and no more."""
    return {"status": status_id, "todo": as_stored([Lead("post", uri)]), "only": True}
