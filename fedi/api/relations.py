"""Follows, blocks, mutes: what a member does to another account, and the lists of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import orjson
from starlette.responses import Response

from fedi.api.accounts import get_shown
from fedi.api.deps import Call, Handler, Route, Who, answer, empty, raw_json
from fedi.core.accounts.types import Account
from fedi.core.relationships import domains, personal, queries, service
from fedi.core.relationships.service import FollowOptions
from fedi.core.relationships.types import Relationship
from fedi.entities.accounts import moment_or_none
from fedi.entities.relationships import build_relationship
from fedi.kit.errors import Invalid
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

_LONGEST_MUTE = 10 * 365 * 86_400

Deed = Callable[[Unit, Account, Account], Awaitable[Relationship]]
Listing = Callable[[ReadUnit, int, Page], Awaitable[list[tuple[int, int]]]]


def _deed(deed: Deed) -> Handler:
    """A handler that does one thing to the account in the path, and tells how it stands now."""

    async def handle(call: Call) -> Response:
        target_id = call.id()
        async with call.runtime.unit() as unit:
            me, target = await call.account(unit), await get_shown(unit, target_id)
            relationship = await deed(unit, me, target)
        return answer(build_relationship(relationship))

    return handle


async def follow(call: Call) -> Response:
    """Follow, or change how."""
    params, target_id = call.params, call.id()
    options = FollowOptions(
        show_reblogs=params.flag("reblogs"),
        notify=params.flag("notify"),
        languages=params.texts("languages") if "languages" in params else None,
    )
    async with call.runtime.unit() as unit:
        me, target = await call.account(unit), await get_shown(unit, target_id)
        relationship = await service.follow(unit, me, target, options)
    return answer(build_relationship(relationship))


async def mute(call: Call) -> Response:
    """Mute, for good or for a while."""
    params, target_id = call.params, call.id()
    notifications = params.flag("notifications")
    seconds = params.number("duration") or 0
    if not 0 <= seconds <= _LONGEST_MUTE:
        raise Invalid("Validation failed: Duration is out of range", field="duration")
    async with call.runtime.unit() as unit:
        me, target = await call.account(unit), await get_shown(unit, target_id)
        relationship = await service.mute(
            unit,
            me,
            target,
            notifications=notifications is not False,
            duration=timedelta(seconds=seconds) if seconds else None,
        )
    return answer(build_relationship(relationship))


async def remove_from_followers(call: Call) -> Response:
    """Make somebody not follow any more."""
    follower_id = call.id()
    async with call.runtime.unit() as unit:
        await get_shown(unit, follower_id)
        relationship = await service.remove_follower(unit, call.member_id, follower_id)
    return answer(build_relationship(relationship))


async def authorize(call: Call) -> Response:
    """Let somebody follow who asked."""
    follower_id = call.id()
    async with call.runtime.unit() as unit:
        relationship = await service.accept_follow(unit, call.member_id, follower_id)
    return answer(build_relationship(relationship))


async def reject(call: Call) -> Response:
    """Do not let somebody follow who asked."""
    follower_id = call.id()
    async with call.runtime.unit() as unit:
        relationship = await service.reject_follow(unit, call.member_id, follower_id)
    return answer(build_relationship(relationship))


async def set_note(call: Call) -> Response:
    """Write something down about somebody."""
    target_id, comment = call.id(), call.params.text("comment") or ""
    async with call.runtime.unit() as unit:
        await get_shown(unit, target_id)
        relationship = await personal.set_note(unit, call.member_id, target_id, comment)
    return answer(build_relationship(relationship))


async def domain_blocks(call: Call) -> Response:
    """The domains that the member shuts out."""
    page = call.page(100, 200)
    found = await domains.list_blocked_domains(call.read(), call.member_id, page)
    names = orjson.dumps([domain for _, domain in found])
    return raw_json(names, headers=call.page_links([row_id for row_id, _ in found], page))


async def block_domain(call: Call) -> Response:
    """Shut a domain out."""
    await domains.block_domain(call.runtime, call.member_id, _domain(call))
    return empty()


async def unblock_domain(call: Call) -> Response:
    """Let a domain in again."""
    domain = _domain(call)
    async with call.runtime.unit() as unit:
        await domains.unblock_domain(unit, call.member_id, domain)
    return empty()


async def preview_domain_block(call: Call) -> Response:
    """What shutting a domain out would cost."""
    found = await domains.preview(call.read(), call.member_id, _domain(call))
    return answer({"followers_count": found.followers, "following_count": found.following})


def _domain(call: Call) -> str:
    return domains.check_domain(call.params.text("domain") or "", call.settings.local_domain)


def _listing(listing: Listing) -> Handler:
    """A handler for a list of accounts that belongs to the member."""

    async def handle(call: Call) -> Response:
        page = call.page(40)
        return await call.accounts(await listing(call.read(), call.member_id, page), page)

    return handle


async def mutes(call: Call) -> Response:
    """Whom the member mutes, and until when."""
    page, read = call.page(40), call.read()
    entries = await queries.list_mutes(read, call.member_id, page)
    ids = [account_id for _, account_id in entries]
    found = await queries.relationships(read, call.member_id, ids)
    ends = {i: {"mute_expires_at": moment_or_none(r.muting_expires_at)} for i, r in found.items()}
    return await call.accounts(entries, page, more=ends)


_ONE = "/api/v1/accounts/{id}"
_FOLLOWS, _BLOCKS, _MUTES = ("write:follows",), ("write:blocks",), ("write:mutes",)
_READ, _ACCOUNTS = ("read:follows",), ("write:accounts",)
_DOMAINS = "/api/v1/domain_blocks"

ROUTES = [
    Route("POST", f"{_ONE}/follow", follow, Who.MEMBER, _FOLLOWS, "follows"),
    Route("POST", f"{_ONE}/unfollow", _deed(service.unfollow), Who.MEMBER, _FOLLOWS),
    Route("POST", f"{_ONE}/remove_from_followers", remove_from_followers, Who.MEMBER, _FOLLOWS),
    Route("POST", f"{_ONE}/block", _deed(service.block), Who.MEMBER, _BLOCKS),
    Route("POST", f"{_ONE}/unblock", _deed(service.unblock), Who.MEMBER, _BLOCKS),
    Route("POST", f"{_ONE}/mute", mute, Who.MEMBER, _MUTES),
    Route("POST", f"{_ONE}/unmute", _deed(service.unmute), Who.MEMBER, _MUTES),
    Route("POST", f"{_ONE}/note", set_note, Who.MEMBER, _ACCOUNTS),
    *(
        Route("POST", f"{_ONE}/{name}", _deed(deed), Who.MEMBER, _ACCOUNTS)
        for names, deed in (
            (("endorse", "pin"), personal.endorse),
            (("unendorse", "unpin"), personal.unendorse),
        )
        for name in names
    ),
    Route("GET", _DOMAINS, domain_blocks, Who.MEMBER, ("read:blocks",)),
    Route("POST", _DOMAINS, block_domain, Who.MEMBER, _BLOCKS),
    Route("DELETE", _DOMAINS, unblock_domain, Who.MEMBER, _BLOCKS),
    Route("GET", f"{_DOMAINS}/preview", preview_domain_block, Who.MEMBER, _BLOCKS),
    Route("GET", "/api/v1/blocks", _listing(queries.list_blocks), Who.MEMBER, ("read:blocks",)),
    Route("GET", "/api/v1/mutes", mutes, Who.MEMBER, ("read:mutes",)),
    Route(
        "GET", "/api/v1/follow_requests", _listing(queries.list_follow_requests), Who.MEMBER, _READ
    ),
    Route("POST", "/api/v1/follow_requests/{id}/authorize", authorize, Who.MEMBER, _FOLLOWS),
    Route("POST", "/api/v1/follow_requests/{id}/reject", reject, Who.MEMBER, _FOLLOWS),
]
