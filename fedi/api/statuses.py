"""Posts: reading one, writing, editing, taking back."""

from dataclasses import replace

import orjson
from starlette.responses import Response

from fedi.api.accounts import parse_ids
from fedi.api.async_refreshes import build_knowledge, refreshed
from fedi.api.composing import read_changes, read_moment, read_new, read_policy
from fedi.api.deps import Call, Route, Who, answer, raw_json
from fedi.api.profile import read_settings
from fedi.core.accounts.queries import find_by_ids, get_by_id
from fedi.core.consent import stamps
from fedi.core.statuses import compose, queries, quoting, scheduled
from fedi.core.statuses.types import Head, NewStatus
from fedi.core.statuses.wording import UnexpectedMentions
from fedi.entities.accounts import build_account
from fedi.entities.bodies import build_history, build_source
from fedi.entities.cards import build_card
from fedi.entities.scheduled import build_scheduled
from fedi.entities.statuses import join
from fedi.kit import faults
from fedi.kit.errors import Invalid, NotFound

MOST_IDS = 20
_LONGEST_KEY = 255


async def answer_status(call: Call, status_id: int) -> Response:
    """One post, as the caller sees it now."""
    return await _answer_head(
        call, await queries.get_visible(call.read(), call.viewer_id, status_id)
    )


async def _answer_head(call: Call, head: Head) -> Response:
    built = await call.services.statuses.build_one(call.read(), call.viewer_id, head)
    if built is None:
        raise NotFound
    return raw_json(built)


async def show(call: Call) -> Response:
    """One post. What it quotes may have been withdrawn elsewhere, so that is looked at at times."""
    head = await queries.get_visible(call.read(), call.viewer_id, call.id())
    if head.quote_id is not None and await stamps.is_stale(call.read(), head.quote_id):
        async with call.runtime.unit() as unit:
            await stamps.look_again(unit, head.quote_id)
    return await _answer_head(call, head)


async def index(call: Call) -> Response:
    """Several posts by id; those that the caller may not see are left out."""
    ids = parse_ids(call.params.texts("id"), MOST_IDS)
    read = call.read()
    heads = await queries.heads(read, call.viewer_id, ids)
    return raw_json(join(await call.services.statuses.build(read, call.viewer_id, heads)))


async def context(call: Call) -> Response:
    """What a post answers, and what answers it."""
    read = call.read()
    above, below = await queries.context(read, call.viewer_id, call.id())
    views = [(call.viewer_id, head) for head in (*above, *below)]
    built = await call.services.statuses.build_views(read, views)
    ancestors = join([status for status in built[: len(above)] if status])
    descendants = join([status for status in built[len(above) :] if status])
    known, headers = await refreshed(call, call.id())
    return raw_json(
        b'{"ancestors":%b,"descendants":%b,"fedi":%b}'
        % (ancestors, descendants, orjson.dumps(build_knowledge(known))),
        headers=headers,
    )


async def create(call: Call) -> Response:
    """Write a post, or leave it for later."""
    params, member = call.params, call.member
    # Who has just made their posts private by default must not find the next one public.
    settings = member.settings if params.text("visibility") else await read_settings(call)
    new = read_new(params, member, settings)
    if new.in_reply_to_id is not None and not params.text("visibility"):
        new = await _keep_among(call, new, new.in_reply_to_id)
    moment = read_moment(params)
    key = call.request.headers.get("idempotency-key", "").strip()
    if len(key) > _LONGEST_KEY:
        raise Invalid("Idempotency-Key is too long")
    idempotency = (key, params.digest()) if key else None
    author = await call.account(call.read())
    if moment is not None:
        async with call.runtime.unit() as unit:
            made_id = await scheduled.schedule(
                unit, call.settings, author, new, moment, idempotency=idempotency
            )
        return await answer_made(call, made_id)
    prepared = await compose.prepare(call.services.people, author, new.text)
    faults.point("O1")
    try:
        async with call.runtime.unit() as unit:
            made_id = await compose.create(
                unit, call.settings, author, new, prepared, idempotency=idempotency
            )
            faults.point("O2")
    except UnexpectedMentions as problem:
        return await _answer_unexpected(call, problem)
    faults.point("O3")
    if params.text("scheduled_at"):
        # Its moment may have come between two requests with one key.
        return await answer_made(call, made_id)
    return await answer_status(call, made_id)


async def _keep_among(call: Call, new: NewStatus, parent_id: int) -> NewStatus:
    """An answer of which the app does not say who may read it: no more than what it answers."""
    parent = (await queries.bodies(call.read(), [parent_id])).get(parent_id)
    if parent is None:
        return new
    return replace(new, visibility=max(new.visibility, parent.visibility))


async def answer_made(call: Call, made_id: int) -> Response:
    """A scheduled post, or what has become of it meanwhile."""
    if not await scheduled.is_scheduled(call.read(), call.member_id, made_id):
        return await answer_status(call, made_id)
    found = await scheduled.get_scheduled(call.read(), call.member_id, made_id)
    return answer(build_scheduled(found, call.links))


async def _answer_unexpected(call: Call, problem: UnexpectedMentions) -> Response:
    accounts = await find_by_ids(call.read(), problem.account_ids)
    built = [build_account(account, call.links) for account in accounts.values()]
    return answer({"error": problem.public, "unexpected_accounts": built}, problem.status)


async def edit(call: Call) -> Response:
    """Change a post; words that are not sent stay."""
    params, status_id = call.params, call.id()
    read = call.read()
    before = await queries.source(read, call.member_id, status_id)
    body = (await queries.bodies(read, [status_id])).get(status_id)
    if body is None:
        raise NotFound
    changes = read_changes(params, before, body)
    prepared = await compose.prepare(call.services.people, body.account, changes.text)
    async with call.runtime.unit() as unit:
        await compose.edit(unit, call.settings, body.account, status_id, changes, prepared)
    return await answer_status(call, status_id)


async def delete(call: Call) -> Response:
    """Take a post back; the answer holds what is needed to write it anew."""
    status_id = call.id()
    keep_files = not call.params.flag("delete_media")
    async with call.runtime.unit() as unit:
        deleted = await compose.delete(unit, call.member_id, status_id, keep_files=keep_files)
    return raw_json(call.services.statuses.build_deleted(call.member_id, deleted))


async def set_policy(call: Call) -> Response:
    """Say who may quote a post from now on."""
    policy = read_policy(call.params)
    if policy is None:
        raise Invalid("Validation failed: Quote approval policy can't be blank")
    status_id = call.id()
    async with call.runtime.unit() as unit:
        await quoting.set_policy(unit, call.member_id, status_id, policy)
    return await answer_status(call, status_id)


async def quotes(call: Call) -> Response:
    """The posts that quote a post."""
    page = call.page()
    heads, cursors = await quoting.list_quotes(call.read(), call.viewer_id, call.id(), page)
    return await call.statuses(heads, page, cursors=cursors)


async def revoke_quote(call: Call) -> Response:
    """Take one's post out of a post that quotes it; shows the latter."""
    status_id, quoting_id = call.id(), call.id("quoting_status_id")
    async with call.runtime.unit() as unit:
        await quoting.revoke_quote(unit, call.member_id, status_id, quoting_id)
    return await answer_status(call, quoting_id)


async def card(call: Call) -> Response:
    """What the link in a post leads to, for old apps."""
    read, status_id = call.read(), call.id()
    head = await queries.get_visible(read, call.viewer_id, status_id)
    body = (await queries.bodies(read, [head.original_id])).get(head.original_id)
    return answer(build_card(body.card, call.links) if body and body.card else {})


async def source(call: Call) -> Response:
    """What the author typed."""
    return answer(build_source(await queries.source(call.read(), call.member_id, call.id())))


async def history(call: Call) -> Response:
    """The versions of a post."""
    read, status_id = call.read(), call.id()
    head = await queries.get_visible(read, call.viewer_id, status_id)
    edits = await queries.history(read, call.viewer_id, status_id)
    account = await get_by_id(read, head.account_id)
    return answer(build_history(edits, status_id, account, call.links))


async def favourited_by(call: Call) -> Response:
    """Who likes a post."""
    page = call.page(40)
    rows = await queries.favourited_by(call.read(), call.viewer_id, call.id(), page)
    return await call.accounts(rows, page)


async def reblogged_by(call: Call) -> Response:
    """Who boosted a post."""
    page = call.page(40)
    rows = await queries.reblogged_by(call.read(), call.viewer_id, call.id(), page)
    return await call.accounts(rows, page)


_READ, _WRITE = ("read:statuses",), ("write:statuses",)
_ALL, _ONE = "/api/v1/statuses", "/api/v1/statuses/{id}"

ROUTES = [
    Route("GET", _ALL, index, Who.ANYONE, _READ),
    Route("POST", _ALL, create, Who.MEMBER, _WRITE, "statuses"),
    Route("GET", _ONE, show, Who.ANYONE, _READ),
    Route("PUT", _ONE, edit, Who.MEMBER, _WRITE),
    Route("DELETE", _ONE, delete, Who.MEMBER, _WRITE, "deletes"),
    Route("GET", f"{_ONE}/context", context, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/source", source, Who.MEMBER, _READ),
    Route("GET", f"{_ONE}/history", history, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/favourited_by", favourited_by, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/reblogged_by", reblogged_by, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/quotes", quotes, Who.ANYONE, _READ),
    Route("POST", f"{_ONE}/quotes/{{quoting_status_id}}/revoke", revoke_quote, Who.MEMBER, _WRITE),
    Route("PUT", f"{_ONE}/interaction_policy", set_policy, Who.MEMBER, _WRITE),
    Route("GET", f"{_ONE}/card", card, Who.ANYONE, _READ),
]
