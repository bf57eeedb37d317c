"""What members are told about, and the names of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from fedi.core.statuses.types import Head

Kind = Literal[
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
    "severed_relationships",
    "moderation_warning",
]
# (recipient, kind, from whom, about which post) and, for kinds that are about neither account nor
# post alone, the id and the JSON of what they are about.
Plain = tuple[int, Kind, int, int | None]
Notice = Plain | tuple[int, Kind, int, int | None, int | None, str]

# Those that apps may show as one.
GROUPED = ("favourite", "reblog", "follow", "admin.sign_up")
# Those that no policy of a member's holds back.
UNFILTERED = (
    "poll",
    "update",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
    "severed_relationships",
    "moderation_warning",
)
# Those that come from the server, whatever stands between the member and the account they name.
OFFICIAL = ("admin.sign_up", "admin.report", "severed_relationships", "moderation_warning")


def kinds_sql(kinds: Iterable[str]) -> str:
    """Some kinds, as SQL asks for them: `type IN …`."""
    quoted = ", ".join(f"'{kind}'" for kind in kinds)
    return f"({quoted})"


class Notification(NamedTuple):
    """Who did what, about which post; a named tuple, because pages are built of many."""

    id: int
    type: str
    from_account_id: int
    status_id: int | None
    group_key: str | None
    filtered: bool
    subject_id: int | None
    details: dict[str, Any] | None
    created_at: datetime
    # Of the account that it is from: what a rendering of it needs beyond what may be cached.
    account_revision: int
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: datetime | None
    # The post, as the recipient sees it.
    head: Head | None

    @property
    def key(self) -> str:
        """What apps group by."""
        return self.group_key or f"ungrouped-{self.id}"


@dataclass(frozen=True, slots=True)
class Group:
    """Notifications of one key, as a page shows them."""

    # The newest one: of the key, up to the end of the page.
    newest: Notification
    key: str
    count: int
    # Of those on the page.
    page_min_id: int
    page_max_id: int
    latest_at: datetime
    # From whom, the newest first.
    sample_ids: list[int]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which notifications somebody wants to see."""

    types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    from_account_id: int | None = None
    include_filtered: bool = False
