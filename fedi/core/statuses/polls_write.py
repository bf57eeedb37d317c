"""Polls as their authors make and change them; votes are counted elsewhere."""

from datetime import timedelta

from fedi.core.statuses.types import NewPoll
from fedi.kit.errors import Invalid
from fedi.kit.scrub import scrub_text
from fedi.kit.text import character_count
from fedi.kit.unit import Unit

MIN_OPTIONS = 2
MAX_OPTIONS = 4
MAX_OPTION_CHARACTERS = 50
MIN_SECONDS = 300
MAX_SECONDS = 2_629_746


def check_poll(poll: NewPoll) -> NewPoll:
    """The poll with its options as they are stored.

    Raises:
        Invalid: it is no poll that can be asked here.
    """
    options = tuple(text for option in poll.options if (text := scrub_text(option).strip()))
    if len(options) < MIN_OPTIONS:
        raise Invalid("Validation failed: Options must have more than one item")
    if len(options) > MAX_OPTIONS:
        raise Invalid(f"Validation failed: Options can't contain more than {MAX_OPTIONS} items")
    if any(character_count(option) > MAX_OPTION_CHARACTERS for option in options):
        raise Invalid(
            "Validation failed: Options can't be longer than"
            f" {MAX_OPTION_CHARACTERS} characters each"
        )
    if len(set(options)) < len(options):
        raise Invalid("Validation failed: Options contain duplicate items")
    if poll.expires_in > MAX_SECONDS:
        raise Invalid("Validation failed: Expires at is too far into the future")
    if poll.expires_in < MIN_SECONDS:
        raise Invalid("Validation failed: Expires at is too soon")
    return NewPoll(options, poll.expires_in, poll.multiple, poll.hide_totals)


async def create_poll(
    unit: Unit, poll_id: int, status_id: int, account_id: int, poll: NewPoll
) -> None:
    """Store the poll of a post that has just been stored; it was checked before."""
    now = unit.now()
    await unit.execute(
        "INSERT INTO polls (id, status_id, account_id, options, tallies, voters_count, multiple,"
        " hide_totals, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9)",
        poll_id,
        status_id,
        account_id,
        list(poll.options),
        [0] * len(poll.options),
        poll.multiple,
        poll.hide_totals,
        now + timedelta(seconds=poll.expires_in),
        now,
    )


async def change_poll(
    unit: Unit, poll_id: int | None, status_id: int, account_id: int, poll: NewPoll | None
) -> int | None:
    """Make the poll of a post be this one, or none; the id of the poll that it has then.

    Whoever voted has voted on other words: other options begin anew, without votes. With the same
    options only the end and the showing of totals change.
    """
    if poll_id is None:
        if poll is None:
            return None
        poll_id = await unit.new_id()
        await create_poll(unit, poll_id, status_id, account_id, poll)
        return poll_id
    if poll is None:
        await unit.execute("DELETE FROM polls WHERE id = $1", poll_id)
        return None
    await _replace(unit, poll_id, poll)
    return poll_id


async def _replace(unit: Unit, poll_id: int, poll: NewPoll) -> None:
    row = await unit.row("SELECT options, multiple FROM polls WHERE id = $1 FOR UPDATE", poll_id)
    is_same = row is not None and (tuple(row["options"]), row["multiple"]) == (
        poll.options,
        poll.multiple,
    )
    if not is_same:
        await unit.execute("DELETE FROM poll_votes WHERE poll_id = $1", poll_id)
        await unit.execute(
            "UPDATE polls SET options = $2, tallies = $3, votes_count = 0, voters_count = 0,"
            " multiple = $4 WHERE id = $1",
            poll_id,
            list(poll.options),
            [0] * len(poll.options),
            poll.multiple,
        )
    await unit.execute(
        "UPDATE polls SET hide_totals = $2, expires_at = $3, closed_at = NULL WHERE id = $1",
        poll_id,
        poll.hide_totals,
        unit.now() + timedelta(seconds=poll.expires_in),
    )


async def is_poll_changed(unit: Unit, poll_id: int | None, poll: NewPoll | None) -> bool:
    """Whether readers would see another poll than before."""
    if poll_id is None or poll is None:
        return (poll_id is None) != (poll is None)
    row = await unit.row("SELECT options, multiple, hide_totals FROM polls WHERE id = $1", poll_id)
    return row is None or (tuple(row[0]), row[1], row[2]) != (
        poll.options,
        poll.multiple,
        poll.hide_totals,
    )
