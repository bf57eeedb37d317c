"""What a member was told: one by one, in groups, and what is held back."""

from collections.abc import Awaitable, Callable, Sequence

import orjson
from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty, raw_json
from fedi.core.notifications import policy as policies
from fedi.core.notifications import queries, requests, service
from fedi.core.notifications.markers import find_last_read
from fedi.core.notifications.types import GROUPED, Notification, Wishes
from fedi.entities.notifications import build_policy, build_policy_v1
from fedi.kit.errors import Malformed, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.paging import parse_limit
from fedi.kit.unit import ReadUnit, Unit

# Names in one list, and ids in one request.
_MOST = 200
_EXPANSIONS = ("full", "partial_avatars")


def _wishes(call: Call) -> Wishes:
    params = call.params
    sender = params.text("account_id")
    return Wishes(
        types=tuple(params.texts("types")[:_MOST]),
        exclude_types=tuple(params.texts("exclude_types")[:_MOST]),
        from_account_id=(parse_id(sender) or -1) if sender else None,
        include_filtered=params.flag("include_filtered") or False,
    )


def _supported(call: Call) -> Sequence[str] | None:
    """The kinds that the app says it knows; None if it says nothing."""
    return call.params.texts("supported_types") or None


def _grouped(call: Call) -> list[str]:
    """The kinds that the app wants in groups, of those that can be."""
    if "grouped_types" not in call.params:
        return list(GROUPED)
    return [kind for kind in GROUPED if kind in call.params.texts("grouped_types")]


async def index(call: Call) -> Response:
    """A page of what the member was told."""
    page, read = call.page(40), call.read()
    items = await queries.list_notifications(read, call.member_id, page, _wishes(call))
    built = await _build(call, read, items)
    headers = call.page_links([item.id for item in items], page)
    return raw_json(orjson.dumps(built), headers=headers)


async def _build(
    call: Call, read: ReadUnit, items: Sequence[Notification]
) -> list[dict[str, object]]:
    builder = call.services.notifications
    return await builder.build(read, call.member_id, items, _supported(call))


async def show(call: Call) -> Response:
    """One notification."""
    read = call.read()
    item = await queries.get_notification(read, call.member_id, call.id())
    built = await _build(call, read, [item])
    if not built:
        raise NotFound
    return answer(built[0])


async def clear(call: Call) -> Response:
    """Put all of them away."""
    async with call.runtime.unit() as unit:
        await service.clear(unit, call.member_id)
    return empty()


async def dismiss(call: Call) -> Response:
    """Put one of them away."""
    notification_id = call.id()
    async with call.runtime.unit() as unit:
        await service.dismiss(unit, call.member_id, notification_id)
    return empty()


async def dismiss_many(call: Call) -> Response:
    """Put several of them away."""
    ids = _ids(call, "ids")
    async with call.runtime.unit() as unit:
        await service.dismiss_many(unit, call.member_id, ids)
    return empty()


def _ids(call: Call, name: str) -> list[int]:
    found = (parse_id(text) for text in call.params.texts(name)[:_MOST])
    return [number for number in found if number is not None]


async def unread_count(call: Call) -> Response:
    """How many came after the one that was read last."""
    read = call.read()
    most = parse_limit(call.params.text("limit"), 100, 1000)
    last = await find_last_read(read, call.member_id)
    count = await queries.count_unread(read, call.member_id, last, most, _wishes(call))
    return answer({"count": count})


async def index_groups(call: Call) -> Response:
    """A page of what the member was told, in groups."""
    expand = call.params.text("expand_accounts") or "full"
    if expand not in _EXPANSIONS:
        raise Malformed(f"Invalid value for 'expand_accounts': '{expand[:50]}'")
    page, read = call.page(40), call.read()
    groups = await queries.list_groups(read, call.member_id, page, _wishes(call), _grouped(call))
    built = await call.services.notifications.build_groups(
        read, call.member_id, groups, _supported(call), is_partial=expand != "full"
    )
    headers: dict[str, str] = {}
    if groups:
        lowest = min(group.page_min_id for group in groups)
        has_next = page.is_upward or len(groups) >= page.limit
        highest = max(group.page_max_id for group in groups)
        headers = call.link(highest, lowest if has_next else None)
    return raw_json(orjson.dumps(built), headers=headers)


async def show_group(call: Call) -> Response:
    """One group."""
    read = call.read()
    group = await queries.get_group(read, call.member_id, call.path["group_key"])
    built = await call.services.notifications.build_groups(
        read, call.member_id, [group], _supported(call)
    )
    return answer(built)


async def group_accounts(call: Call) -> Response:
    """A page of whom a group is from."""
    page = call.page(40)
    entries = await queries.list_group_accounts(
        call.read(), call.member_id, call.path["group_key"], page
    )
    return await call.accounts(entries, page)


async def dismiss_group(call: Call) -> Response:
    """Put a group away."""
    key = call.path["group_key"]
    single = queries.single_id(key)
    async with call.runtime.unit() as unit:
        if single is None:
            await service.dismiss_group(unit, call.member_id, key)
        else:
            await service.dismiss_many(unit, call.member_id, [single])
    return empty()


async def unread_count_groups(call: Call) -> Response:
    """How many groups have something that came after what was read last."""
    read = call.read()
    most = parse_limit(call.params.text("limit"), 100, 1000)
    last = await find_last_read(read, call.member_id)
    count = await queries.count_groups_unread(
        read, call.member_id, last, most, _wishes(call), _grouped(call)
    )
    return answer({"count": count})


async def show_policy(call: Call) -> Response:
    """Whose notifications the member wants."""
    return answer(build_policy(await policies.get_policy(call.read(), call.member_id)))


async def show_policy_v1(call: Call) -> Response:
    """The same for older apps."""
    return answer(build_policy_v1(await policies.get_policy(call.read(), call.member_id)))


async def set_policy(call: Call) -> Response:
    """Say whose notifications are wanted."""
    texts = {name: call.params.text(name) for name in policies.FIELDS}
    changes = {n: policies.read_verdict(n, text) for n, text in texts.items() if text is not None}
    async with call.runtime.unit() as unit:
        await policies.set_policy(unit, call.member_id, changes)
    return await show_policy(call)


async def set_policy_v1(call: Call) -> Response:
    """The same from older apps, who say yes and no."""
    names = {name: name.replace("for_", "filter_") for name in policies.FIELDS}
    flags = {name: call.params.flag(old) for name, old in names.items()}
    changes = {name: int(flag) for name, flag in flags.items() if flag is not None}
    async with call.runtime.unit() as unit:
        await policies.set_policy(unit, call.member_id, changes)
    return await show_policy_v1(call)


async def index_requests(call: Call) -> Response:
    """A page of the senders who are held back."""
    page, read = call.page(40), call.read()
    found = await requests.list_requests(read, call.member_id, page)
    built = await call.services.notifications.build_requests(read, call.member_id, found)
    headers = call.page_links([request.id for request in found], page)
    return raw_json(orjson.dumps(built), headers=headers)


async def show_request(call: Call) -> Response:
    """One of them."""
    read = call.read()
    found = await requests.get_request(read, call.member_id, call.id())
    built = await call.services.notifications.build_requests(read, call.member_id, [found])
    return answer(built[0])


Deed = Callable[[Unit, int, Sequence[int]], Awaitable[int]]


def _one(deed: Deed) -> Callable[[Call], Awaitable[Response]]:
    async def handle(call: Call) -> Response:
        request_id = call.id()
        async with call.runtime.unit() as unit:
            if not await deed(unit, call.member_id, [request_id]):
                raise NotFound
        return empty()

    return handle


def _many(deed: Deed) -> Callable[[Call], Awaitable[Response]]:
    async def handle(call: Call) -> Response:
        ids = _ids(call, "id")
        async with call.runtime.unit() as unit:
            await deed(unit, call.member_id, ids)
        return empty()

    return handle


async def merged(_call: Call) -> Response:
    """Whether what was let through is in the list: it is, as soon as a request is accepted."""
    return answer({"merged": True})


_READ, _WRITE = ("read:notifications",), ("write:notifications",)
_V1, _V2 = "/api/v1/notifications", "/api/v2/notifications"
_REQUESTS = f"{_V1}/requests"
_GROUP = f"{_V2}/{{group_key}}"

ROUTES = [
    Route("GET", _V1, index, Who.MEMBER, _READ),
    Route("POST", f"{_V1}/clear", clear, Who.MEMBER, _WRITE),
    Route("DELETE", f"{_V1}/destroy_multiple", dismiss_many, Who.MEMBER, _WRITE),
    Route("GET", f"{_V1}/unread_count", unread_count, Who.MEMBER, _READ),
    Route("GET", f"{_V1}/policy", show_policy_v1, Who.MEMBER, _READ),
    Route("PATCH", f"{_V1}/policy", set_policy_v1, Who.MEMBER, _WRITE),
    Route("GET", _REQUESTS, index_requests, Who.MEMBER, _READ),
    Route("POST", f"{_REQUESTS}/accept", _many(requests.accept), Who.MEMBER, _WRITE),
    Route("POST", f"{_REQUESTS}/dismiss", _many(requests.dismiss), Who.MEMBER, _WRITE),
    Route("GET", f"{_REQUESTS}/merged", merged, Who.MEMBER, _READ),
    Route("GET", f"{_REQUESTS}/{{id}}", show_request, Who.MEMBER, _READ),
    Route("POST", f"{_REQUESTS}/{{id}}/accept", _one(requests.accept), Who.MEMBER, _WRITE),
    Route("POST", f"{_REQUESTS}/{{id}}/dismiss", _one(requests.dismiss), Who.MEMBER, _WRITE),
    Route("GET", f"{_V1}/{{id}}", show, Who.MEMBER, _READ),
    Route("POST", f"{_V1}/{{id}}/dismiss", dismiss, Who.MEMBER, _WRITE),
    Route("DELETE", f"{_V1}/{{id}}", dismiss, Who.MEMBER, _WRITE),
    Route("GET", _V2, index_groups, Who.MEMBER, _READ),
    Route("POST", f"{_V2}/clear", clear, Who.MEMBER, _WRITE),
    Route("GET", f"{_V2}/unread_count", unread_count_groups, Who.MEMBER, _READ),
    Route("GET", f"{_V2}/policy", show_policy, Who.MEMBER, _READ),
    Route("PATCH", f"{_V2}/policy", set_policy, Who.MEMBER, _WRITE),
    Route("GET", _GROUP, show_group, Who.MEMBER, _READ),
    Route("GET", f"{_GROUP}/accounts", group_accounts, Who.MEMBER, _READ),
    Route("POST", f"{_GROUP}/dismiss", dismiss_group, Who.MEMBER, _WRITE),
]
