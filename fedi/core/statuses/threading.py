"""Finding the parent of a reply, and the replies that came before their parent."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.core.statuses.counters import Tally
from fedi.events import StatusCreated
from fedi.kit.unit import Unit


@dataclass(frozen=True, slots=True)
class Parent:
    """The post that is answered."""

    id: int
    account_id: int
    conversation_id: int
    # Whether it is a member's who lets only some answer it.
    is_guarded: bool


@dataclass(frozen=True, slots=True)
class Adopted:
    """A reply whose parent has come."""

    id: int
    account_id: int
    local: bool


_PARENTS = """
SELECT s.uri, s.id, s.account_id, coalesce(s.conversation_id, s.id),
  s.local AND s.interaction_policy IS NOT NULL
FROM statuses s WHERE s.uri = ANY($1::text[]) AND s.reblog_of_id IS NULL
ORDER BY s.id + 0 FOR KEY SHARE OF s
"""


async def find_parents(unit: Unit, uris: Sequence[str]) -> dict[str, Parent]:
    """Posts by uri, held so that they are not deleted before their replies are stored."""
    if not uris:
        return {}
    rows = await unit.fetch(_PARENTS, sorted(set(uris)))
    return {row[0]: Parent(*row[1:]) for row in rows}


_ADOPT = """
UPDATE statuses c SET in_reply_to_id = p.id, in_reply_to_account_id = p.account_id,
  revision = c.revision + 1
FROM (SELECT k.id AS child, p.id, p.account_id, coalesce(p.conversation_id, p.id) AS thread
  FROM statuses p JOIN statuses k ON k.in_reply_to_uri = p.uri AND k.in_reply_to_id IS NULL
  WHERE p.uri = ANY($1::text[]) AND p.reblog_of_id IS NULL AND k.id <> p.id
  ORDER BY k.id + 0 FOR UPDATE OF k) p
WHERE c.id = p.child AND c.in_reply_to_id IS NULL
RETURNING c.id, c.account_id, c.local, c.visibility, c.in_reply_to_id, c.imported,
  coalesce(c.conversation_id, c.id) AS old_thread, p.thread
"""
_JOIN_THREADS = """
UPDATE statuses s SET conversation_id = t.new FROM (
  SELECT k.id, m.new FROM unnest($1::bigint[], $2::bigint[]) AS m(old, new)
  JOIN statuses k ON k.conversation_id = m.old ORDER BY k.id + 0 FOR UPDATE OF k
) t WHERE s.id = t.id
"""
# Whoever does not want to hear of a part does not want to hear of the whole.
_JOIN_MUTES = """
WITH moved AS (
  DELETE FROM conversation_mutes c USING unnest($1::bigint[], $2::bigint[]) AS m(old, new)
  WHERE c.conversation_id = m.old RETURNING c.account_id, m.new, c.created_at
)
INSERT INTO conversation_mutes (account_id, conversation_id, created_at)
SELECT DISTINCT ON (account_id, new) account_id, new, created_at FROM moved
ORDER BY account_id, new, created_at ON CONFLICT DO NOTHING
"""


async def adopt(unit: Unit, uris: Sequence[str], tally: Tally) -> list[Adopted]:
    """Join replies to the posts `uris` that they have been waiting for, with all that is below.

    Returns:
        Those that somebody may want to hear of now; nobody does of what was imported.
    """
    rows = await unit.fetch(_ADOPT, uris)
    for row in rows:
        tally.reply(row["in_reply_to_id"], row["visibility"])
    await _join_threads(unit, {row["old_thread"]: row["thread"] for row in rows})
    return [
        Adopted(row["id"], row["account_id"], row["local"]) for row in rows if not row["imported"]
    ]


async def make_news(unit: Unit, uris: Sequence[str]) -> None:
    """Tell of posts that were fetched a moment before they were delivered, as of new ones."""
    rows = await unit.fetch(
        "UPDATE statuses SET imported = false WHERE uri = ANY($1::text[]) AND imported"
        " RETURNING id, account_id",
        sorted(set(uris)),
    )
    unit.record(*(StatusCreated(row["id"], row["account_id"], local=False) for row in rows))


async def mark_imported(unit: Unit, uris: Sequence[str]) -> None:
    """Have nobody ever told of these posts: they were fetched long after they were new."""
    await unit.execute("UPDATE statuses SET imported = true WHERE uri = ANY($1::text[])", uris)


async def _join_threads(unit: Unit, joined: dict[int, int]) -> None:
    """Make each thread (old id) a part of another one (new id), which may itself join a third."""
    moved = {old: end for old in joined if (end := _end_of(joined, old)) != old}
    if moved:
        olds, news = list(moved), list(moved.values())
        await unit.execute(_JOIN_THREADS, olds, news)
        await unit.execute(_JOIN_MUTES, olds, news)


def _end_of(joined: dict[int, int], thread: int) -> int:
    seen: set[int] = set()
    while thread in joined and thread not in seen:
        seen.add(thread)
        thread = joined[thread]
    # Posts that answer each other in a circle are one thread, by its smallest id.
    return min(seen) if thread in seen else thread
