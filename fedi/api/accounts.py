"""Reading accounts and what belongs to them."""

import asyncio

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.accounts.queries import find_by_handles, find_by_ids, get_by_id, search
from fedi.core.accounts.resolve import resolve_handle
from fedi.core.accounts.types import Account
from fedi.core.domains.policy import normalise
from fedi.core.relationships import queries as relations
from fedi.core.statuses.lists import StatusFilters, account_statuses
from fedi.entities.accounts import build_account, build_accounts
from fedi.entities.relationships import build_relationships
from fedi.kit.errors import FediError, Invalid, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.paging import parse_limit
from fedi.kit.unit import ReadUnit

MOST_IDS = 40
_RESOLVE_SECONDS = 5


async def get_shown(read: ReadUnit, account_id: int) -> Account:
    """An account that may be shown; one under suspension is shown as a stub.

    Raises:
        NotFound: there is none, or it is deleted.
    """
    account = await get_by_id(read, account_id)
    if account.deleted_at is not None:
        raise NotFound
    return account


async def show(call: Call) -> Response:
    """One account."""
    account = await get_shown(call.read(), call.id())
    return answer(build_account(account, call.links))


async def index(call: Call) -> Response:
    """Several accounts by id."""
    ids = parse_ids(call.params.texts("id"), MOST_IDS)
    found = await find_by_ids(call.read(), ids)
    shown = [found[i] for i in ids if i in found and found[i].deleted_at is None]
    return answer(build_accounts(shown, call.links))


def parse_ids(texts: list[str], most: int) -> list[int]:
    """The ids in a list parameter, each once; what can be none is left out.

    Raises:
        Invalid: there are too many.
    """
    if len(texts) > most:
        raise Invalid(f"Too many ids: at most {most} at once")
    ids = (parse_id(text) for text in texts)
    return list(dict.fromkeys(number for number in ids if number is not None))


async def lookup(call: Call) -> Response:
    """An account by its handle, without asking other servers."""
    handle = parse_handle(call.params.text("acct") or "", call.settings.local_domain)
    found = await find_by_handles(call.read(), [handle]) if handle[0] else {}
    account = found.get(handle)
    if account is None or account.deleted_at is not None or account.id < 0:
        raise NotFound
    return answer(build_account(account, call.links))


def parse_handle(text: str, local_domain: str) -> tuple[str, str | None]:
    """Name and domain of a handle; our own domain is None."""
    name, _, domain = text.strip().lstrip("@").partition("@")
    host = normalise(domain) if domain else ""
    if domain and not host:
        return "", None
    return name, None if host in {"", normalise(local_domain)} else host


async def search_accounts(call: Call) -> Response:
    """Accounts whose name begins so: what an app asks for with every key that is pressed."""
    params = call.params
    text = params.text("q") or ""
    limit = parse_limit(params.text("limit"), 40, 80)
    offset = max(params.number("offset") or 0, 0)
    follower = call.viewer_id if params.flag("following") else None
    found = await search(
        call.read(), text, limit=limit, offset=min(offset, 10_000), followed_by=follower
    )
    if not found and offset == 0 and params.flag("resolve") and _is_full_handle(text):
        found = await _resolve(call, text)
    return answer(build_accounts(found, call.links))


def _is_full_handle(text: str) -> bool:
    name, _, domain = text.strip().lstrip("@").partition("@")
    return bool(name) and "." in domain


async def _resolve(call: Call, text: str) -> list[Account]:
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            return [await resolve_handle(call.services.people, text.strip().lstrip("@"))]
    except (FediError, TimeoutError):
        return []


async def relationships(call: Call) -> Response:
    """How the member stands to others, in the order asked."""
    ids = parse_ids(call.params.texts("id"), 200)
    found = await relations.relationships(call.read(), call.member_id, ids)
    return answer(build_relationships(found.values()))


async def familiar_followers(call: Call) -> Response:
    """Known followers of others; the feature is off, so nobody has any."""
    ids = parse_ids(call.params.texts("id"), 200)
    return answer([{"id": str(i), "accounts": []} for i in ids])


async def statuses(call: Call) -> Response:
    """The posts of an account."""
    params, page, read = call.params, call.page(), call.read()
    account = await get_shown(read, call.id())
    filters = StatusFilters(
        exclude_replies=bool(params.flag("exclude_replies")),
        exclude_reblogs=bool(params.flag("exclude_reblogs")),
        only_media=bool(params.flag("only_media")),
        tagged=params.text("tagged"),
        pinned=bool(params.flag("pinned")),
    )
    heads = await account_statuses(read, call.viewer_id, account.id, page, filters)
    return await call.statuses(heads, page)


async def followers(call: Call) -> Response:
    """Who follows an account."""
    page, read = call.page(40), call.read()
    account = await get_shown(read, call.id())
    if account.is_gone:
        return answer([])
    return await call.accounts(await relations.list_followers(read, account.id, page), page)


async def following(call: Call) -> Response:
    """Whom an account follows."""
    page, read = call.page(40), call.read()
    account = await get_shown(read, call.id())
    if account.is_gone:
        return answer([])
    return await call.accounts(await relations.list_following(read, account.id, page), page)


_READ = ("read:accounts",)
_ONE = "/api/v1/accounts/{id}"

ROUTES = [
    Route("GET", "/api/v1/accounts", index, Who.ANYONE, _READ),
    Route("GET", "/api/v1/accounts/lookup", lookup, Who.ANYONE, _READ),
    Route("GET", "/api/v1/accounts/search", search_accounts, Who.MEMBER, _READ),
    Route("GET", "/api/v1/accounts/relationships", relationships, Who.MEMBER, ("read:follows",)),
    Route(
        "GET",
        "/api/v1/accounts/familiar_followers",
        familiar_followers,
        Who.MEMBER,
        ("read:follows",),
    ),
    Route("GET", _ONE, show, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/statuses", statuses, Who.ANYONE, ("read:statuses",)),
    Route("GET", f"{_ONE}/followers", followers, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/following", following, Who.ANYONE, _READ),
]
