"""Groups of this server, as those who keep order in them see them: an extension."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, answer, empty
from fedi.core.groups import queries, service
from fedi.core.groups.types import POSTING, Group, GroupChanges
from fedi.core.key_pairs import generate_pair
from fedi.core.statuses.queries import heads
from fedi.kit.clock import now
from fedi.kit.errors import Invalid
from fedi.kit.paging import Page
from fedi.kit.unit import Unit

_EVERYBODY = Page(limit=2**31)
_QUEUE = 40


async def index(call: Call) -> Response:
    """The groups in which the member keeps order."""
    return answer(
        [_build(found) for found in await queries.list_groups(call.read(), call.member_id)]
    )


async def show(call: Call) -> Response:
    """One group."""
    return answer(_build(await queries.get_group(call.read(), call.member_id, call.id())))


async def create(call: Call) -> Response:
    """Make a group."""
    name, changes = call.params.text("name") or "", _read_changes(call)
    keys = await asyncio.to_thread(generate_pair)
    async with call.runtime.unit() as unit:
        made = await service.create_group(unit, call.settings, call.member_id, name, keys, changes)
    return answer(_build(made))


async def change(call: Call) -> Response:
    """Change a group."""
    changes, group_id = _read_changes(call), call.id()
    async with call.runtime.unit() as unit:
        changed = await service.change_group(unit, call.member_id, group_id, changes)
    return answer(_build(changed))


def _read_changes(call: Call) -> GroupChanges:
    params = call.params
    posting = params.text("posting")
    if posting is not None and posting not in POSTING:
        raise Invalid("Validation failed: Posting is not included in the list")
    return GroupChanges(
        display_name=params.text("display_name"),
        note=params.text("note"),
        posting=None if posting is None else POSTING.index(posting),
        approval=params.flag("approval"),
    )


async def delete(call: Call) -> Response:
    """Give up a group."""
    group_id = call.id()
    async with call.runtime.unit() as unit:
        await queries.get_moderated(unit, call.member_id, group_id, as_owner=True)
        await service.remove_group(unit, group_id)
    return empty()


async def moderators(call: Call) -> Response:
    """Who keeps order in a group."""
    group = await queries.get_group(call.read(), call.member_id, call.id())
    return await call.accounts(await queries.list_moderators(call.read(), group.id), _EVERYBODY)


async def bans(call: Call) -> Response:
    """Who is banned from a group."""
    group = await queries.get_moderated(call.read(), call.member_id, call.id())
    return await call.accounts(await queries.list_bans(call.read(), group.id), _EVERYBODY)


async def queue(call: Call) -> Response:
    """The posts that wait for a moderator."""
    read = call.read()
    group = await queries.get_moderated(read, call.member_id, call.id())
    ids = await queries.list_queue(read, group.id, _QUEUE)
    return await call.statuses(await heads(read, call.member_id, ids), _EVERYBODY)


async def ban(call: Call) -> Response:
    """Ban somebody from a group, for good or for some seconds."""
    group_id, account_id = call.id(), call.id("account_id")
    seconds = call.params.number("expires_in")
    until = now() + timedelta(seconds=min(seconds, _LONGEST)) if seconds and seconds > 0 else None
    async with call.runtime.unit() as unit:
        await service.ban(
            unit,
            call.member_id,
            group_id,
            account_id,
            reason=call.params.text("reason") or "",
            expires_at=until,
        )
    return empty()


_LONGEST = 10 * 365 * 86_400


def _about(deed: Callable[[Unit, int, int, int], Awaitable[None]]) -> Handler:
    """A handler of something that is done to somebody in a group."""

    async def handle(call: Call) -> Response:
        group_id, account_id = call.id(), call.id("account_id")
        async with call.runtime.unit() as unit:
            await deed(unit, call.member_id, group_id, account_id)
        return empty()

    return handle


async def approve(call: Call) -> Response:
    """Let a post in."""
    group_id, status_id = call.id(), call.id("status_id")
    async with call.runtime.unit() as unit:
        await service.approve_post(unit, call.origin, call.member_id, group_id, status_id)
    return empty()


async def remove(call: Call) -> Response:
    """Take a post out of a group."""
    group_id, status_id = call.id(), call.id("status_id")
    reason = call.params.text("reason") or ""
    async with call.runtime.unit() as unit:
        await service.remove_post(unit, call.member_id, group_id, status_id, reason)
    return empty()


def _locking(*, is_locked: bool) -> Handler:
    async def handle(call: Call) -> Response:
        group_id, status_id = call.id(), call.id("status_id")
        async with call.runtime.unit() as unit:
            await service.lock_post(unit, call.member_id, group_id, status_id, is_locked=is_locked)
        return empty()

    return handle


def _build(group: Group) -> dict[str, Any]:
    return {
        "id": str(group.id),
        "name": group.username,
        "uri": group.uri,
        "display_name": group.display_name,
        "note": group.note_source,
        "posting": POSTING[group.posting],
        "approval": group.approval,
        "role": group.role,
    }


_ALL, _ONE = "/api/v1/fedi/groups", "/api/v1/fedi/groups/{id}"
_MODERATOR, _BAN = f"{_ONE}/moderators/{{account_id}}", f"{_ONE}/bans/{{account_id}}"
_POST = f"{_ONE}/posts/{{status_id}}"
_READ, _WRITE = ("read:accounts",), ("write:accounts",)

ROUTES = [
    Route("GET", _ALL, index, Who.MEMBER, _READ),
    Route("POST", _ALL, create, Who.MEMBER, _WRITE),
    Route("GET", _ONE, show, Who.MEMBER, _READ),
    Route("PATCH", _ONE, change, Who.MEMBER, _WRITE),
    Route("DELETE", _ONE, delete, Who.MEMBER, _WRITE),
    Route("GET", f"{_ONE}/moderators", moderators, Who.MEMBER, _READ),
    Route("POST", _MODERATOR, _about(service.add_moderator), Who.MEMBER, _WRITE),
    Route("DELETE", _MODERATOR, _about(service.drop_moderator), Who.MEMBER, _WRITE),
    Route("GET", f"{_ONE}/bans", bans, Who.MEMBER, _READ),
    Route("POST", _BAN, ban, Who.MEMBER, _WRITE),
    Route("DELETE", _BAN, _about(service.unban), Who.MEMBER, _WRITE),
    Route("GET", f"{_ONE}/queue", queue, Who.MEMBER, _READ),
    Route("POST", f"{_POST}/approve", approve, Who.MEMBER, _WRITE),
    Route("POST", f"{_POST}/remove", remove, Who.MEMBER, _WRITE),
    Route("POST", f"{_POST}/lock", _locking(is_locked=True), Who.MEMBER, _WRITE),
    Route("POST", f"{_POST}/unlock", _locking(is_locked=False), Who.MEMBER, _WRITE),
]
