"""Polls, as far as the document itself tells about them."""

from typing import Any

from fedi.ap.lenient import as_object, count, flag, instant, many, one, text_of, total_of
from fedi.ap.vocabulary import Poll, PollOption
from fedi.kit import clock

MAX_OPTIONS = 500
MAX_OPTION = 500


def parse_poll(raw: dict[str, Any]) -> Poll | None:
    """The poll of a post, which may call itself Note; None when it has no choices."""
    stated = many(raw.get("oneOf"))
    multiple = not stated
    options = [_option(item) for item in (stated or many(raw.get("anyOf")))[:MAX_OPTIONS]]
    found = tuple(option for option in options if option)
    if not found:
        return None
    ends_at, closed = _end(raw)
    return Poll(found, multiple, ends_at, closed, count(raw.get("votersCount")))


def _option(item: Any) -> PollOption | None:
    entry = as_object(item) if isinstance(item, dict) else None
    if entry is None:
        return None
    name = text_of(entry.get("name"), MAX_OPTION) or text_of(entry.get("content"), MAX_OPTION)
    votes = total_of(entry.get("replies"))
    if votes is None:
        votes = count(entry.get("_misskey_votes")) or 0
    return PollOption(name, votes) if name else None


def _end(raw: dict[str, Any]) -> tuple[Any, bool]:
    """When it ends and whether it is over; some write the coming end as `closed`."""
    closed = one(raw.get("closed"))
    moment = instant(closed)
    ends_at = instant(raw.get("endTime")) or moment
    if moment is not None:
        return ends_at, moment <= clock.now()
    return ends_at, flag(closed)
