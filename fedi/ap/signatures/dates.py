"""HTTP dates, fast in the one form that everybody writes and tolerant of the two old ones."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}


def http_date(moment: datetime) -> str:
    """A moment as an HTTP date."""
    return _http_date(int(moment.timestamp()))


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{_DAYS[at.weekday()]}, {at:%d} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} GMT"


def parse_http_date(text: str) -> float | None:
    """Seconds since 1970 for an HTTP date in any of its three forms, or None."""
    return _parse(text) if 20 <= len(text) <= 64 and text.isascii() else None


# Requests of one second state the same moment, and each is asked for it twice.
@lru_cache(maxsize=256)
def _parse(text: str) -> float | None:
    try:
        if len(text) == 29 and text.endswith(" GMT"):
            month = _MONTH_NUMBER[text[8:11]]
            day, year = int(text[5:7]), int(text[12:16])
            clock = int(text[17:19]), int(text[20:22]), int(text[23:25])
            return datetime(year, month, day, *clock, tzinfo=UTC).timestamp()
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return None
