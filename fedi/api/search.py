"""Search, also for what is not here yet."""

import asyncio
from dataclasses import replace

import orjson
from starlette.responses import Response

from fedi.api.accounts import look_at
from fedi.api.deps import NO_TOKEN, Call, Route, Who, answer, raw_json
from fedi.core.search.service import Found, Wanted, find_people
from fedi.core.search.service import search as find
from fedi.core.tags.queries import find_tags
from fedi.entities.accounts import build_accounts
from fedi.entities.statuses import join
from fedi.entities.tags import build_tags
from fedi.kit.errors import Malformed, Unauthorized
from fedi.kit.ids import parse_id
from fedi.kit.paging import parse_limit

_SECONDS = 10
# Whoever types does not wait so long for a name.
_TYPING_SECONDS = 5
_DEEPEST = 10_000
_KINDS = frozenset({"accounts", "statuses", "hashtags"})
_EMPTY = b'{"accounts":[],"statuses":[],"hashtags":[],"collections":[]}'


async def search(call: Call) -> Response:
    """Accounts, posts and tags; with `resolve`, also one that another server has."""
    params = call.params
    text = (params.text("q") or "").strip()
    if not text:
        raise Malformed("q is missing")
    offset = _offset(call)
    resolve = bool(params.flag("resolve"))
    if (resolve or offset) and call.viewer_id is None:
        raise Unauthorized(NO_TOKEN)
    kind = params.text("type") or None
    account = params.text("account_id")
    account_id = parse_id(account) if account else None
    if (kind and kind not in _KINDS) or offset > _DEEPEST or (account and account_id is None):
        return raw_json(_EMPTY)
    wanted = Wanted(
        text,
        kind,
        resolve=resolve,
        following=bool(params.flag("following")),
        account_id=account_id,
        limit=parse_limit(params.text("limit"), 20, 40),
        offset=offset if kind else 0,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            found = await find(call.services.people, call.viewer_id, wanted)
    except TimeoutError:
        # Whoever was asked is too slow; the search goes on without an answer from there.
        return raw_json(_EMPTY)
    if resolve and len(found.accounts) == 1:
        # Somebody was looked for by name, and will be looked at.
        await look_at(call, found.accounts[0].id)
    return await _show(call, found)


def _offset(call: Call) -> int:
    offset = call.params.number("offset") or 0
    if offset < 0 or (call.params.text("limit") or "").strip().startswith("-"):
        raise Malformed("limit and offset must not be negative")
    return offset


async def _show(call: Call, found: Found) -> Response:
    read = call.read()
    statuses = await call.services.statuses.build(read, call.viewer_id, found.heads)
    tags = await find_tags(read, call.viewer_id, found.tags)
    return raw_json(
        b'{"accounts":%b,"statuses":%b,"hashtags":%b,"collections":[]}'
        % (
            orjson.dumps(build_accounts(found.accounts, call.links)),
            join(statuses),
            orjson.dumps(build_tags(call.origin, tags)),
        )
    )


async def search_accounts(call: Call) -> Response:
    """Accounts whose name begins so: what an app asks for with every key that is pressed."""
    params = call.params
    text = (params.text("q") or "").strip()
    wanted = Wanted(
        text,
        resolve=bool(params.flag("resolve")),
        following=bool(params.flag("following")),
        limit=parse_limit(params.text("limit"), 40, 80),
        offset=min(_offset(call), _DEEPEST),
    )
    people, read = call.services.people, call.read()
    found = await find_people(people, read, call.viewer_id, replace(wanted, resolve=False))
    if not found and wanted.resolve:
        try:
            async with asyncio.timeout(_TYPING_SECONDS):
                found = await find_people(people, read, call.viewer_id, wanted)
        except TimeoutError:
            found = []
    return answer(build_accounts(found, call.links))


ROUTES = [
    Route("GET", "/api/v2/search", search, Who.ANYONE, ("read:search",)),
    Route("GET", "/api/v1/accounts/search", search_accounts, Who.MEMBER, ("read:accounts",)),
]
