"""Counters, changed in the transaction of the fact that they count.

What counts: `statuses_count` all posts and boosts that are not direct; `replies_count` replies
that anybody may see; `reblogs_count` and `favourites_count` all boosts and likes that are stored;
`quotes_count` quotes that the quoted author agreed to.
Rows are always touched in the order of their ids, so that two transactions cannot wait for each
other in a circle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fedi.core.statuses.policy import DIRECT, UNLISTED
from fedi.kit.unit import Unit


@dataclass(slots=True)
class Tally:
    """Changes of counters, collected before they are written."""

    statuses: dict[int, int] = field(default_factory=dict[int, int])
    last: dict[int, datetime] = field(default_factory=dict[int, datetime])
    replies: dict[int, int] = field(default_factory=dict[int, int])
    reblogs: dict[int, int] = field(default_factory=dict[int, int])
    favourites: dict[int, int] = field(default_factory=dict[int, int])
    quotes: dict[int, int] = field(default_factory=dict[int, int])
    reactions: dict[int, int] = field(default_factory=dict[int, int])

    def status(
        self, account_id: int, visibility: int, by: int = 1, created_at: datetime | None = None
    ) -> None:
        """An account has one post more or less."""
        if visibility >= DIRECT:
            return
        self.statuses[account_id] = self.statuses.get(account_id, 0) + by
        if created_at is not None:
            known = self.last.get(account_id)
            self.last[account_id] = created_at if known is None else max(known, created_at)

    def reply(self, parent_id: int | None, visibility: int, by: int = 1) -> None:
        """A post has one reply more or less."""
        if parent_id is not None and visibility <= UNLISTED:
            self.replies[parent_id] = self.replies.get(parent_id, 0) + by

    def reblog(self, original_id: int | None, by: int = 1) -> None:
        """A post has one boost more or less."""
        if original_id is not None:
            self.reblogs[original_id] = self.reblogs.get(original_id, 0) + by

    def favourite(self, status_id: int, by: int = 1) -> None:
        """A post has one like more or less."""
        self.favourites[status_id] = self.favourites.get(status_id, 0) + by

    def quote(self, status_id: int | None, by: int = 1) -> None:
        """A post is shown in one post more or less, with its author's consent."""
        if status_id is not None:
            self.quotes[status_id] = self.quotes.get(status_id, 0) + by

    def reaction(self, status_id: int, by: int = 1) -> None:
        """A post has one reaction with an emoji more or less."""
        self.reactions[status_id] = self.reactions.get(status_id, 0) + by

    async def write(self, unit: Unit) -> None:
        """Add everything to the stored counters."""
        posts = sorted(
            {*self.replies, *self.reblogs, *self.favourites, *self.quotes, *self.reactions}
        )
        if posts:
            # A post that is gone has no counters any more; it is simply not found here.
            await unit.execute(
                "INSERT INTO status_stats"
                " (status_id, replies_count, reblogs_count, favourites_count, quotes_count,"
                "  reactions_count)"
                " SELECT d.id, d.replies, d.reblogs, d.favourites, d.quotes, d.reactions"
                " FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[],"
                "   $6::int[]) AS d(id, replies, reblogs, favourites, quotes, reactions)"
                " JOIN statuses s ON s.id = d.id ORDER BY d.id"
                " ON CONFLICT (status_id) DO UPDATE SET"
                " replies_count = status_stats.replies_count + excluded.replies_count,"
                " reblogs_count = status_stats.reblogs_count + excluded.reblogs_count,"
                " favourites_count = status_stats.favourites_count + excluded.favourites_count,"
                " quotes_count = status_stats.quotes_count + excluded.quotes_count,"
                " reactions_count = status_stats.reactions_count + excluded.reactions_count",
                posts,
                _by(posts, self.replies),
                _by(posts, self.reblogs),
                _by(posts, self.favourites),
                _by(posts, self.quotes),
                _by(posts, self.reactions),
            )
        authors = sorted(self.statuses)
        if authors:
            await unit.execute(
                "INSERT INTO account_stats (account_id, statuses_count, last_status_at)"
                " SELECT d.id, d.statuses, d.last"
                " FROM unnest($1::bigint[], $2::int[], $3::timestamptz[]) AS d(id, statuses, last)"
                " ORDER BY d.id ON CONFLICT (account_id) DO UPDATE SET"
                " statuses_count = account_stats.statuses_count + excluded.statuses_count,"
                " last_status_at ="
                "   greatest(account_stats.last_status_at, excluded.last_status_at)",
                authors,
                _by(authors, self.statuses),
                [self.last.get(author) for author in authors],
            )


def _by(keys: Iterable[int], changes: Mapping[int, int]) -> list[int]:
    return [changes.get(key, 0) for key in keys]
