"""Search, also for what is not here yet."""

import asyncio
import re

import orjson
from starlette.responses import Response

from fedi.api.deps import NO_TOKEN, Call, Route, Who, answer, raw_json
from fedi.core import search as core_search
from fedi.core.accounts.queries import find_by_ids
from fedi.core.search import Found
from fedi.entities.accounts import build_accounts
from fedi.entities.statuses import join
from fedi.entities.tags import build_tag
from fedi.kit.errors import Malformed, NotFound, Unauthorized
from fedi.kit.paging import parse_limit
from fedi.kit.text_compose import hashtag_key

_SECONDS = 10
_DEEPEST = 10_000
_KINDS = frozenset({"accounts", "statuses", "hashtags"})


async def search(call: Call) -> Response:
    """Accounts, posts and tags; with `resolve`, also one that another server has."""
    params = call.params
    text = (params.text("q") or "").strip()
    if not text:
        raise Malformed("q is missing")
    offset = params.number("offset") or 0
    resolve = bool(params.flag("resolve"))
    if offset < 0 or (params.text("limit") or "").strip().startswith("-"):
        raise Malformed("limit and offset must not be negative")
    if (resolve or offset) and call.viewer_id is None:
        raise Unauthorized(NO_TOKEN)
    kind = params.text("type")
    if kind and kind not in _KINDS:
        return raw_json(_EMPTY)
    limit = parse_limit(params.text("limit"), 20, 40)
    if offset > _DEEPEST:
        return raw_json(_EMPTY)
    try:
        async with asyncio.timeout(_SECONDS):
            found = await core_search.search(
                call.services.people,
                call.viewer_id,
                text,
                kind=kind or None,
                resolve=resolve,
                following=bool(params.flag("following")),
                limit=limit,
                offset=offset if kind else 0,
            )
    except TimeoutError:
        # Whoever was asked is too slow; the search goes on without an answer from there.
        return raw_json(_EMPTY)
    return await _show(call, found)


async def _show(call: Call, found: Found) -> Response:
    read = call.read()
    statuses = await call.services.statuses.build(read, call.viewer_id, found.heads)
    accounts = await find_by_ids(read, found.account_ids)
    shown = [accounts[i] for i in found.account_ids if i in accounts]
    return raw_json(
        b'{"accounts":%b,"statuses":%b,"hashtags":%b,"collections":[]}'
        % (
            orjson.dumps(build_accounts(shown, call.links)),
            join(statuses),
            orjson.dumps([build_tag(call.origin, name) for name in found.tags]),
        )
    )


async def show_tag(call: Call) -> Response:
    """A hashtag, whether or not anybody has used it."""
    name = hashtag_key(call.path["name"])
    if not _TAG.fullmatch(name):
        raise NotFound
    return answer(build_tag(call.origin, name))


_TAG = re.compile(r"\w{1,100}")
_EMPTY = b'{"accounts":[],"statuses":[],"hashtags":[],"collections":[]}'

ROUTES = [
    Route("GET", "/api/v2/search", search, Who.ANYONE, ("read:search",)),
    Route("GET", "/api/v1/tags/{name}", show_tag, Who.ANYONE, ("read:follows",)),
]
