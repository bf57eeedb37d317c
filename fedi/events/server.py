"""What concerns everybody on this server."""

from dataclasses import dataclass
from typing import ClassVar

from fedi.events.base import Happened


@dataclass(frozen=True, slots=True)
class DomainBlocked(Happened):
    """An admin cut a domain off; members lost so many followers and followed accounts by it."""

    domain: str
    members: tuple[int, ...] = ()
    followers: tuple[int, ...] = ()
    following: tuple[int, ...] = ()

    LANE: ClassVar[str] = "domain:{0.domain}"


@dataclass(frozen=True, slots=True)
class ReportFiled(Happened):
    """Somebody told the moderators about an account."""

    report_id: int
    account_id: int
    target_id: int
    # Domains whose moderators are to hear of it, too.
    forward_to: tuple[str, ...] = ()

    LANE: ClassVar[str] = "report:{0.report_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementPublished(Happened):
    """The admins say something to everybody, or have changed what they said."""

    announcement_id: int

    LANE: ClassVar[str] = "announcement:{0.announcement_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementRemoved(Happened):
    """An announcement is over."""

    announcement_id: int

    LANE: ClassVar[str] = "announcement:{0.announcement_id}"


@dataclass(frozen=True, slots=True)
class AnnouncementReacted(Happened):
    """The reactions of one name to an announcement are more or fewer than before."""

    announcement_id: int
    name: str

    LANE: ClassVar[str] = "announcement:{0.announcement_id}"
