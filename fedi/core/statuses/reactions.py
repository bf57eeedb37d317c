"""Reactions with an emoji, as those see them who see the post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fedi.core.statuses.policy import wanted_sql
from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class Emoji:
    """An emoji, or the name of a custom one with the address of its picture.

    The name of one of another server has its host behind an @.
    """

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many reacted with one emoji, and whether the viewer did."""

    name: str
    url: str | None
    count: int
    me: bool


View = tuple[int | None, int]

_WANTED = wanted_sql("v.viewer", ("r.account_id",))
_COUNTED = (
    "SELECT v.viewer, v.status_id, r.name, max(r.url), count(*),"
    " coalesce(bool_or(r.account_id = v.viewer), false)"
    " FROM unnest($1::bigint[], $2::bigint[]) AS v(viewer, status_id)"
    " JOIN status_reactions r ON r.status_id = v.status_id"
    " JOIN accounts a ON a.id = r.account_id AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    f" WHERE v.viewer IS NULL OR {_WANTED}"
    " GROUP BY v.viewer, v.status_id, r.name ORDER BY min(r.id)"
)


async def find_reaction_views(
    read: ReadUnit, views: Iterable[View]
) -> dict[View, tuple[Counted, ...]]:
    """The reactions of posts, for each (viewer, post), the first given first.

    Whoever asks has made sure that the viewers may see the posts.
    """
    asked = list(dict.fromkeys(views))
    rows = await read.fetch(_COUNTED, [who for who, _ in asked], [post for _, post in asked])
    found: dict[View, list[Counted]] = {}
    for viewer, status_id, *rest in rows:
        found.setdefault((viewer, status_id), []).append(Counted(*rest))
    return {view: tuple(some) for view, some in found.items()}


_PEOPLE = (
    "SELECT r.name, max(r.url), array_agg(r.account_id ORDER BY r.id)"
    " FROM (SELECT * FROM status_reactions WHERE status_id = $1"
    "   AND ($3::text IS NULL OR name = $3) ORDER BY id LIMIT $4) r"
    " JOIN accounts a ON a.id = r.account_id AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    f" WHERE $2::bigint IS NULL OR {wanted_sql('$2::bigint', ('r.account_id',))}"
    " GROUP BY r.name ORDER BY min(r.id)"
)
# Of one post at most so many are named.
MOST_NAMED = 500


async def list_reactors(
    read: ReadUnit, viewer_id: int | None, status_id: int, name: str | None = None
) -> list[tuple[Emoji, Sequence[int]]]:
    """Who reacted to a post that the viewer may see, by emoji; with a name only of that one."""
    rows = await read.fetch(_PEOPLE, status_id, viewer_id, name, MOST_NAMED)
    return [(Emoji(row[0], row[1]), row[2]) for row in rows]
