"""What members arrange around posts: pins on their profiles, and threads that they leave."""

from fedi.core.accounts.service import lock_account
from fedi.core.accounts.types import Account
from fedi.core.statuses.heads import get_visible
from fedi.core.statuses.policy import DIRECT
from fedi.events import StatusPinned, StatusUnpinned
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

MAX_PINS = 5


async def pin(unit: Unit, account: Account, status_id: int) -> int:
    """Put one's own post on top of one's profile; its id.

    Raises:
        NotFound: there is no such post for this account.
        Invalid: it is not their own, not for a profile, or there are too many.
    """
    head = await get_visible(unit, account.id, status_id)
    await lock_account(unit, account.id)
    if head.reblog_of_id is not None:
        raise Invalid("Validation failed: A boost cannot be pinned")
    if head.account_id != account.id:
        raise Invalid("Validation failed: Someone else's post cannot be pinned")
    row = await unit.row(
        "SELECT s.visibility, EXISTS (SELECT 1 FROM status_pins p WHERE p.status_id = s.id"
        "   AND p.account_id = s.account_id) AS is_pinned,"
        " (SELECT count(*) FROM status_pins p WHERE p.account_id = s.account_id) AS pins"
        " FROM statuses s WHERE s.id = $1 FOR KEY SHARE OF s",
        head.id,
    )
    if row is None:
        raise NotFound
    if row["visibility"] >= DIRECT:
        raise Invalid(
            "Validation failed: Posts that are only visible to mentioned users cannot be pinned"
        )
    if row["is_pinned"]:
        return head.id
    if row["pins"] >= MAX_PINS:
        raise Invalid("Validation failed: You have already pinned the maximum number of posts")
    pin_id = await unit.new_id()
    await unit.execute(
        "INSERT INTO status_pins (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)",
        pin_id,
        account.id,
        head.id,
        unit.now(),
    )
    unit.record(StatusPinned(pin_id, head.id, account.id))
    return head.id


async def unpin(unit: Unit, account: Account, status_id: int) -> int:
    """Take one's own post down from one's profile; its id.

    Raises:
        NotFound: there is no such post for this account.
    """
    head = await get_visible(unit, account.id, status_id)
    pin_id = await unit.value(
        "DELETE FROM status_pins WHERE account_id = $1 AND status_id = $2 RETURNING id",
        account.id,
        head.id,
    )
    if pin_id is not None:
        unit.record(StatusUnpinned(pin_id, head.id, account.id))
    return head.id


async def mute_conversation(unit: Unit, account: Account, status_id: int) -> int:
    """Hear no more of the thread of a post; the id of the post.

    Raises:
        NotFound: there is no such post for this account.
    """
    original, thread = await _find_thread(unit, account.id, status_id)
    await unit.execute(
        "INSERT INTO conversation_mutes (account_id, conversation_id, created_at)"
        " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        account.id,
        thread,
        unit.now(),
    )
    return original


async def unmute_conversation(unit: Unit, account: Account, status_id: int) -> int:
    """Hear of the thread of a post again; the id of the post.

    Raises:
        NotFound: there is no such post for this account.
    """
    original, thread = await _find_thread(unit, account.id, status_id)
    await unit.execute(
        "DELETE FROM conversation_mutes WHERE account_id = $1 AND conversation_id = $2",
        account.id,
        thread,
    )
    return original


async def _find_thread(unit: Unit, account_id: int, status_id: int) -> tuple[int, int]:
    """The post (of a boost, the original) and its thread; who has no thread yet gets one."""
    head = await get_visible(unit, account_id, status_id)
    original = head.original_id
    thread = await unit.value(
        "SELECT conversation_id FROM statuses WHERE id = $1 FOR KEY SHARE", original
    )
    if thread is None:
        thread = original
        await unit.execute(
            "UPDATE statuses SET conversation_id = $1 WHERE id = $1 AND conversation_id IS NULL",
            original,
        )
    return original, thread
