"""Saying something to everybody, taking it back, reading it and reacting to it."""

from datetime import datetime

from fedi.core import urls
from fedi.core.announcements.queries import get_announcement
from fedi.core.emojis.queries import find_used
from fedi.events import AnnouncementPublished, AnnouncementReacted, AnnouncementRemoved
from fedi.kit.emoji import is_emoji
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.text import render_plain
from fedi.kit.unit import ReadUnit, Unit

LONGEST = 5000
# Different reactions to one announcement.
MOST_REACTIONS = 8


async def publish(
    unit: Unit,
    origin: str,
    text: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    all_day: bool = False,
) -> int:
    """Say something to everybody; the id of the announcement.

    Raises:
        Invalid: it says nothing or too much, or its times make no sense.
    """
    text = scrub_text(text).strip()
    if not text or len(text) > LONGEST:
        raise Invalid(f"An announcement has 1 to {LONGEST} characters", field="text")
    if starts_at and ends_at and ends_at < starts_at:
        raise Invalid("It would end before it starts", field="ends_at")
    announcement_id, now = await unit.new_id(), unit.now()
    content = render_plain(text, {}, lambda name: urls.tag_url(origin, name)).html
    await unit.execute(
        "INSERT INTO announcements (id, text, content, starts_at, ends_at, all_day, published_at,"
        " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        announcement_id,
        text,
        content,
        starts_at,
        ends_at,
        all_day,
        now,
    )
    unit.record(AnnouncementPublished(announcement_id))
    return announcement_id


async def remove(unit: Unit, announcement_id: int) -> None:
    """Take an announcement back.

    Raises:
        NotFound: there is none.
    """
    if not await unit.execute("DELETE FROM announcements WHERE id = $1", announcement_id):
        raise NotFound(f"There is no announcement {announcement_id}.")
    unit.record(AnnouncementRemoved(announcement_id))


async def dismiss(unit: Unit, account_id: int, announcement_id: int) -> None:
    """A member has read it.

    Raises:
        NotFound: there is none.
    """
    await get_announcement(unit, account_id, announcement_id)
    await unit.execute(
        "INSERT INTO announcement_reads (account_id, announcement_id) VALUES ($1, $2)"
        " ON CONFLICT (account_id, announcement_id) DO NOTHING",
        account_id,
        announcement_id,
    )


async def react(unit: Unit, account_id: int, announcement_id: int, name: str) -> None:
    """React with an emoji of Unicode or of this server.

    Raises:
        NotFound: there is no such announcement.
        Invalid: it is no emoji, or there are too many different ones.
    """
    # One after the other, so that the number of different reactions stays within its limit.
    await unit.row("SELECT id FROM announcements WHERE id = $1 FOR UPDATE", announcement_id)
    announcement = await get_announcement(unit, account_id, announcement_id)
    if not is_emoji(name) and not await _is_ours(unit, name):
        raise Invalid("Validation failed: Name is not a recognized emoji", field="name")
    known = {reaction.name: reaction for reaction in announcement.reactions}
    if name not in known and len(known) >= MOST_REACTIONS:
        raise Invalid("Validation failed: Limit of different reactions reached")
    inserted = await unit.execute(
        "INSERT INTO announcement_reactions (announcement_id, account_id, name, created_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (announcement_id, name, account_id) DO NOTHING",
        announcement_id,
        account_id,
        name,
        unit.now(),
    )
    if inserted:
        unit.record(AnnouncementReacted(announcement_id, name))


async def _is_ours(read: ReadUnit, name: str) -> bool:
    """Whether a name is that of an emoji of this server, and no text that has one in it."""
    return any(used["shortcode"] == name for used in await find_used(read, [f":{name}:"]))


async def unreact(unit: Unit, account_id: int, announcement_id: int, name: str) -> None:
    """Take a reaction back, if there is one.

    Raises:
        NotFound: there is no such announcement.
    """
    await get_announcement(unit, account_id, announcement_id)
    if await unit.execute(
        "DELETE FROM announcement_reactions WHERE announcement_id = $1 AND account_id = $2"
        " AND name = $3",
        announcement_id,
        account_id,
        name,
    ):
        unit.record(AnnouncementReacted(announcement_id, name))
