"""Pages of lists, as cursors of ids, and the `Link` header that leads from one to the next.

A query uses a page so, with any column as cursor:

    bounds, values = page.bounds_sql("id", 2)
    WHERE account_id = $1{bounds} ORDER BY id {page.direction} LIMIT {int(page.limit)}
    page.newest_first(rows)

`max_id` goes down from there, `since_id` cuts the newest page, `min_id` is the page just above,
which is read upwards and shown newest first all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode

from fedi.kit.errors import Malformed, NotFound
from fedi.kit.ids import MAX_ID

T = TypeVar("T")

_CURSORS = ("max_id", "since_id", "min_id")
# What must never be repeated in an address that we hand out.
_SECRET = frozenset({"access_token", "bearer_token"})


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: at most `limit` items between two cursors, both exclusive."""

    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
    limit: int = 20

    @property
    def above(self) -> int:
        """Only ids greater than this; `min_id` wins over `since_id`."""
        if self.min_id is not None:
            return self.min_id
        return -1 if self.since_id is None else self.since_id

    @property
    def below(self) -> int:
        """Only ids less than this."""
        return MAX_ID if self.max_id is None else self.max_id

    @property
    def is_upward(self) -> bool:
        """Whether the page is read from its lower end."""
        return self.min_id is not None

    @property
    def direction(self) -> str:
        """The SQL word for the order in which the page is read."""
        return "ASC" if self.is_upward else "DESC"

    def bounds_sql(self, column: str, number: int) -> tuple[str, list[int]]:
        """The cursors as conditions, with their values from parameter `number` on.

        A bound that the page does not have is not written: the planner would take it for a filter
        that leaves few rows, and would not read from the end of the index.
        """
        text = ""
        values: list[int] = []
        for sign, value, is_bound in (
            (">", self.above, self.above > 0),
            ("<", self.below, self.max_id is not None),
        ):
            if is_bound:
                text += f" AND {column} {sign} ${number + len(values)}"
                values.append(value)
        return text, values

    def newest_first(self, rows: Sequence[T]) -> list[T]:
        """The rows, read in `direction`, in the order in which they are shown."""
        return list(reversed(rows)) if self.is_upward else list(rows)


def parse_page(
    texts: Mapping[str, str | None], *, default: int = 20, maximum: int | None = None
) -> Page:
    """The page that a client asks for; `maximum` is twice the default unless stated.

    Raises:
        Malformed: A cursor is no number.
        NotFound: A cursor is a number that no id can be.
    """
    return Page(
        *(parse_cursor(texts.get(name), name) for name in _CURSORS),
        limit=parse_limit(texts.get("limit"), default, maximum or 2 * default),
    )


def parse_cursor(text: str | None, name: str = "cursor") -> int | None:
    """The id in a cursor; None when it is absent or empty.

    Raises:
        Malformed: It is no number.
        NotFound: No id can be this number.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise Malformed(f"{name} is not an id")
    if len(text) > 19 or int(text) > MAX_ID:
        raise NotFound
    return int(text)


def parse_limit(text: str | None, default: int, maximum: int) -> int:
    """How many items: the default if nothing sensible was said, never over the maximum."""
    digits = (text or "").strip().lstrip("-")
    if not digits.isascii() or not digits.isdigit():
        return default
    if len(digits) > 9:
        return maximum
    return min(max(int(digits), 1), maximum)


def link_header(
    url: str,
    query: Iterable[tuple[str, str]],
    *,
    newest: int | None,
    oldest: int | None,
) -> str:
    """The `Link` header for a page; empty when there is nothing to say.

    `url` is absolute and public, `query` is what the caller asked for: its filters and its limit
    are kept. `newest` is the cursor for the page above, `oldest` for the page below; leave one
    out where there is no such page.
    """
    kept = [(k, v) for k, v in query if k not in _CURSORS and k not in _SECRET]
    links: list[str] = []
    for name, cursor, relation in (("max_id", oldest, "next"), ("min_id", newest, "prev")):
        if cursor is not None:
            # Clients split this header at commas, so there must be none inside an address.
            text = urlencode([*kept, (name, str(cursor))], quote_via=quote, safe="")
            links.append(f'<{url}?{text}>; rel="{relation}"')
    return ", ".join(links)
