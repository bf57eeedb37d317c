"""Polls as apps know them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fedi.core.statuses.polls import Poll
from fedi.entities.accounts import moment_or_none
from fedi.kit import clock

Entity = dict[str, Any]


def build_poll(
    poll: Poll, emojis: Any, *, is_member: bool = True, now: datetime | None = None
) -> Entity:
    """A poll with how the viewer voted; `emojis` are the built emojis of its post."""
    is_expired = poll.expires_at is not None and poll.expires_at <= (now or clock.now())
    is_open_secret = poll.hide_totals and not is_expired
    entity: Entity = {
        "id": str(poll.id),
        "expires_at": moment_or_none(poll.expires_at),
        "expired": is_expired,
        "multiple": poll.multiple,
        "votes_count": poll.votes_count,
        "voters_count": poll.voters_count,
        "options": _build_options(poll.options, poll.tallies, is_secret=is_open_secret),
        "emojis": emojis,
    }
    if is_member:
        entity["voted"] = poll.voted
        entity["own_votes"] = list(poll.own_votes)
    return entity


def _build_options(
    titles: Sequence[str], tallies: Sequence[int], *, is_secret: bool
) -> list[Entity]:
    # A tally that is missing must not take the option along.
    counts = [*tallies, *([0] * len(titles))]
    return [
        {"title": title, "votes_count": None if is_secret else count}
        for title, count in zip(titles, counts, strict=False)
    ]
