"""Polls as a viewer reads them: always all of a page by one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll, and how the viewer voted in it."""

    id: int
    status_id: int
    account_id: int
    options: list[str]
    # Votes for each option, in their order.
    tallies: list[int]
    votes_count: int
    # How many people voted, where that is known.
    voters_count: int | None
    multiple: bool
    hide_totals: bool
    expires_at: datetime | None
    voted: bool
    # Numbers of the options that the viewer chose.
    own_votes: tuple[int, ...]
    # When it was counted last, for one of another server.
    fetched_at: datetime | None = None


_POLLS = """
SELECT asked.viewer, p.id, p.status_id, p.account_id, p.options, p.tallies, p.votes_count,
  p.voters_count, p.multiple, p.hide_totals, p.expires_at, p.fetched_at,
  (SELECT array_agg(v.choice ORDER BY v.choice) FROM poll_votes v
    WHERE v.poll_id = p.id AND v.account_id = asked.viewer) AS choices
FROM unnest($1::bigint[], $2::bigint[]) AS asked(viewer, id) JOIN polls p ON p.id = asked.id
"""


async def find_polls(
    read: ReadUnit, viewer_id: int | None, poll_ids: Sequence[int]
) -> dict[int, Poll]:
    """Polls by id, as one viewer reads them; who may see them is the caller's look-out."""
    found = await find_poll_views(read, [(viewer_id, poll_id) for poll_id in poll_ids])
    return {poll_id: poll for (_, poll_id), poll in found.items()}


async def find_poll_views(
    read: ReadUnit, pairs: Iterable[tuple[int | None, int]]
) -> dict[tuple[int | None, int], Poll]:
    """Polls by viewer and id."""
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return {}
    rows = await read.fetch(_POLLS, *map(list, zip(*wanted, strict=True)))
    return {
        (row["viewer"], row["id"]): Poll(
            id=row["id"],
            status_id=row["status_id"],
            account_id=row["account_id"],
            options=row["options"],
            tallies=row["tallies"],
            votes_count=row["votes_count"],
            voters_count=row["voters_count"],
            multiple=row["multiple"],
            hide_totals=row["hide_totals"],
            expires_at=row["expires_at"],
            # Whoever asks does not vote; apps show them what came in.
            voted=bool(row["choices"]) or row["viewer"] == row["account_id"],
            own_votes=tuple(row["choices"] or ()),
            fetched_at=row["fetched_at"],
        )
        for row in rows
    }
