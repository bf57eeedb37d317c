"""What the origin of a post says of its answers, boosts and likes; we count what came here.

Stored beside our own counters and never added to them. Where it says more, that is shown.
"""

from collections.abc import Mapping

from fedi.ap.vocabulary import Note
from fedi.kit.unit import Unit

# Answers, boosts, likes; None for what the origin does not tell.
Counts = tuple[int | None, int | None, int | None]

UNSAID: Counts = (None, None, None)

_WRITE = """
INSERT INTO status_stats AS c (status_id, origin_replies_count, origin_reblogs_count,
  origin_favourites_count)
SELECT d.* FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[])
  AS d(id, replies, reblogs, favourites) ORDER BY d.id
ON CONFLICT (status_id) DO UPDATE SET
  origin_replies_count = coalesce(excluded.origin_replies_count, c.origin_replies_count),
  origin_reblogs_count = coalesce(excluded.origin_reblogs_count, c.origin_reblogs_count),
  origin_favourites_count = coalesce(excluded.origin_favourites_count, c.origin_favourites_count)
WHERE (c.origin_replies_count, c.origin_reblogs_count, c.origin_favourites_count)
  IS DISTINCT FROM (coalesce(excluded.origin_replies_count, c.origin_replies_count),
    coalesce(excluded.origin_reblogs_count, c.origin_reblogs_count),
    coalesce(excluded.origin_favourites_count, c.origin_favourites_count))
"""


def counts_of(note: Note) -> Counts:
    """What a document says."""
    return note.replies_count, note.shares_count, note.likes_count


async def write_origin_counts(unit: Unit, counts: Mapping[int, Counts]) -> None:
    """Store what origins say now, by the ids of posts that are here."""
    told = sorted(status_id for status_id, said in counts.items() if said != UNSAID)
    if told:
        await unit.execute(
            _WRITE,
            told,
            *([counts[status_id][number] for status_id in told] for number in range(3)),
        )
