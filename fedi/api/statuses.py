"""Posts: reading one, writing, editing, taking back."""

from datetime import datetime, timedelta

from starlette.responses import Response

from fedi.api.accounts import parse_ids
from fedi.api.deps import Call, Route, Who, answer, raw_json
from fedi.api.profile import read_language, read_settings
from fedi.core.accounts.queries import get_by_id
from fedi.core.statuses import compose, queries
from fedi.core.statuses.policy import NUMBERS
from fedi.core.statuses.types import NewStatus, StatusChanges
from fedi.entities.bodies import build_history, build_source
from fedi.entities.statuses import join
from fedi.kit import clock, faults
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.web_params import Parameters

MOST_IDS = 20
_LONGEST_KEY = 255


async def answer_status(call: Call, status_id: int) -> Response:
    """One post, as the caller sees it now."""
    read = call.read()
    head = await queries.get_visible(read, call.viewer_id, status_id)
    built = await call.services.statuses.build_one(read, call.viewer_id, head)
    if built is None:
        raise NotFound
    return raw_json(built)


async def show(call: Call) -> Response:
    """One post."""
    return await answer_status(call, call.id())


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
    build = call.services.statuses.build
    ancestors = join(await build(read, call.viewer_id, above))
    descendants = join(await build(read, call.viewer_id, below))
    return raw_json(b'{"ancestors":%b,"descendants":%b}' % (ancestors, descendants))


async def create(call: Call) -> Response:
    """Write a post."""
    params, member = call.params, call.member
    text = params.text("status") or ""
    _refuse_what_is_not_there(params)
    # Who has just made their posts private by default must not find the next one public.
    settings = member.settings if params.text("visibility") else await read_settings(call)
    new = NewStatus(
        text=text,
        visibility=_visibility(params, settings.get("privacy")),
        spoiler_text=params.text("spoiler_text") or "",
        sensitive=_sensitive(params, default=bool(settings.get("sensitive"))),
        language=read_language(params) or settings.get("language"),
        in_reply_to_id=_parent(params),
        application_id=member.application_id,
    )
    key = call.request.headers.get("idempotency-key", "").strip()
    if len(key) > _LONGEST_KEY:
        raise Invalid("Idempotency-Key is too long")
    author = await call.account(call.read())
    prepared = await compose.prepare(call.services.people, author, text)
    faults.point("O1")
    async with call.runtime.unit() as unit:
        status_id = await compose.create(
            unit,
            call.settings,
            author,
            new,
            prepared,
            idempotency=(key, params.digest()) if key else None,
        )
        faults.point("O2")
    faults.point("O3")
    return await answer_status(call, status_id)


def _refuse_what_is_not_there(params: Parameters) -> None:
    """Say clearly what cannot be posted yet, instead of losing a part of somebody's post."""
    if params.texts("media_ids"):
        raise Invalid("Validation failed: Attachments are not supported by this server yet")
    if params.inner("poll").texts("options"):
        raise Invalid("Validation failed: Polls are not supported by this server yet")
    if params.text("quoted_status_id"):
        raise Invalid("Validation failed: Quotes are not supported by this server yet")
    scheduled = params.text("scheduled_at")
    if scheduled and _moment(scheduled) > clock.now() + timedelta(minutes=5):
        raise Invalid("Validation failed: Scheduling is not supported by this server yet")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=clock.now().tzinfo)
    except ValueError as problem:
        raise Invalid("Validation failed: Scheduled at is not a date") from problem


def _visibility(params: Parameters, default: str | None) -> int:
    name = params.text("visibility") or default or "public"
    if name not in NUMBERS:
        raise Invalid("Validation failed: Visibility is not included in the list")
    return NUMBERS[name]


def _sensitive(params: Parameters, *, default: bool) -> bool:
    given = params.flag("sensitive")
    return default if given is None else given


def _parent(params: Parameters) -> int | None:
    text = params.text("in_reply_to_id")
    if not text:
        return None
    number = parse_id(text)
    if number is None:
        raise NotFound("The post you are trying to reply to does not appear to exist.")
    return number


async def edit(call: Call) -> Response:
    """Change a post; what is not sent stays, attachments aside."""
    params, status_id = call.params, call.id()
    _refuse_what_is_not_there(params)
    read = call.read()
    before = await queries.source(read, call.member_id, status_id)
    body = (await queries.bodies(read, [status_id])).get(status_id)
    if body is None:
        raise NotFound
    text, spoiler = params.text("status"), params.text("spoiler_text")
    changes = StatusChanges(
        text=before.text if text is None else text,
        spoiler_text=before.spoiler_text if spoiler is None else spoiler,
        sensitive=_sensitive(params, default=body.sensitive and bool(before.spoiler_text)),
        language=read_language(params) if "language" in params else body.language,
    )
    prepared = await compose.prepare(call.services.people, body.account, changes.text)
    async with call.runtime.unit() as unit:
        await compose.edit(unit, call.settings, body.account, status_id, changes, prepared)
    return await answer_status(call, status_id)


async def delete(call: Call) -> Response:
    """Take a post back; the answer holds what is needed to write it anew."""
    status_id = call.id()
    async with call.runtime.unit() as unit:
        deleted = await compose.delete(unit, call.member_id, status_id)
    return raw_json(call.services.statuses.build_deleted(call.member_id, deleted))


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


async def quotes(call: Call) -> Response:
    """Who quotes a post: nobody, as long as there are no quotes."""
    await queries.get_visible(call.read(), call.viewer_id, call.id())
    return answer([])


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
]
