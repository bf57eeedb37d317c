"""Reading accounts and what belongs to them."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.accounts.queries import (
    find_by_handles,
    find_by_ids,
    find_by_uris,
    get_by_id,
)
from fedi.core.accounts.types import Account
from fedi.core.auth.users import is_waiting
from fedi.core.domains.policy import normalise
from fedi.core.relationships import queries as relations
from fedi.core.statuses.lists import StatusFilters, account_statuses
from fedi.core.threads.profiles import ask_for_profiles, is_look_due
from fedi.entities.accounts import build_account, build_accounts
from fedi.entities.relationships import build_relationships
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit

Listing = Callable[[ReadUnit, int, Page, int | None], Awaitable[list[tuple[int, int]]]]

MOST_IDS = 40


async def get_shown(read: ReadUnit, account_id: int) -> Account:
    """An account that may be shown; one under suspension is shown as a stub.

    Raises:
        NotFound: there is none, it is deleted, or its owner was not let in yet.
    """
    account = await get_by_id(read, account_id)
    await _check_shown(read, account)
    return account


async def _check_shown(read: ReadUnit, account: Account) -> None:
    # Who has posted was let in: only the others are asked after.
    may_wait = account.is_local and not account.statuses_count
    if account.deleted_at is not None or (may_wait and await is_waiting(read, account.id)):
        raise NotFound


async def show(call: Call) -> Response:
    """One account."""
    return await answer_account(call, await get_shown(call.read(), call.id()))


async def answer_account(call: Call, account: Account) -> Response:
    """One account, with the one that it moved to if we know that one."""
    built = build_account(account, call.links)
    if account.moved_to_uri and not account.is_gone:
        found = await find_by_uris(call.read(), [account.moved_to_uri])
        target = found.get(account.moved_to_uri)
        # Anybody can say that they are somebody else now; the other must say so, too.
        is_same = target is not None and account.uri in target.also_known_as
        if target is not None and is_same and not target.is_gone and target.id != account.id:
            built["moved"] = build_account(target, call.links)
    return answer(built)


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
    if account is None or account.id < 0:
        raise NotFound
    await _check_shown(call.read(), account)
    await look_at(call, account.id)
    return await answer_account(call, account)


_LOOK_SECONDS = 600.0


async def look_at(call: Call, account_id: int) -> None:
    """A member looks at somebody: who lives elsewhere is read there, at most once a day.

    Whether that is due is asked once in a while, not for each of many pages.
    """
    if call.viewer_id is None or not call.services.looks.is_news(account_id, _LOOK_SECONDS):
        return
    if await is_look_due(call.read(), account_id):
        async with call.runtime.unit() as unit:
            await ask_for_profiles(unit, [account_id])


def parse_handle(text: str, local_domain: str) -> tuple[str, str | None]:
    """Name and domain of a handle; our own domain is None."""
    name, _, domain = text.strip().lstrip("@").partition("@")
    host = normalise(domain) if domain else ""
    if domain and not host:
        return "", None
    return name, None if host in {"", normalise(local_domain)} else host


async def relationships(call: Call) -> Response:
    """How the member stands to others, in the order asked."""
    ids = parse_ids(call.params.texts("id"), 200)
    found = await relations.relationships(call.read(), call.member_id, ids)
    return answer(build_relationships(found.values()))


async def statuses(call: Call) -> Response:
    """The posts of an account."""
    params, page, read = call.params, call.page(), call.read()
    account_id = call.id()
    filters = StatusFilters(
        exclude_replies=bool(params.flag("exclude_replies")),
        exclude_reblogs=bool(params.flag("exclude_reblogs")),
        only_media=bool(params.flag("only_media")),
        tagged=params.text("tagged"),
        pinned=bool(params.flag("pinned")),
    )
    await look_at(call, account_id)
    heads = await account_statuses(read, call.viewer_id, account_id, page, filters)
    if not heads:
        # Whoever has posts to show is there; for the others it is asked.
        await get_shown(read, account_id)
    return await call.statuses(heads, page)


async def followers(call: Call) -> Response:
    """Who follows an account."""
    return await _people(call, relations.list_followers)


async def following(call: Call) -> Response:
    """Whom an account follows."""
    return await _people(call, relations.list_following)


async def _people(call: Call, listing: Listing) -> Response:
    page, read = call.page(40), call.read()
    account = await get_shown(read, call.id())
    is_own = account.id == call.viewer_id
    if account.is_gone or (account.hide_collections and not is_own):
        return answer([])
    entries = await listing(read, account.id, page, call.viewer_id)
    return await call.accounts(entries, page)


async def endorsements(call: Call) -> Response:
    """Whom an account recommends."""
    page, read = call.page(40), call.read()
    account = await get_shown(read, call.id())
    if account.is_gone:
        return answer([])
    return await call.accounts(await relations.list_endorsed(read, account.id, page), page)


async def own_endorsements(call: Call) -> Response:
    """Whom the member recommends."""
    page = call.page(40)
    return await call.accounts(
        await relations.list_endorsed(call.read(), call.member_id, page), page
    )


_READ = ("read:accounts",)
_ONE = "/api/v1/accounts/{id}"

ROUTES = [
    Route("GET", "/api/v1/accounts", index, Who.ANYONE, _READ),
    Route("GET", "/api/v1/accounts/lookup", lookup, Who.ANYONE, _READ),
    Route("GET", "/api/v1/accounts/relationships", relationships, Who.MEMBER, ("read:follows",)),
    Route("GET", _ONE, show, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/statuses", statuses, Who.ANYONE, ("read:statuses",)),
    Route("GET", f"{_ONE}/followers", followers, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/following", following, Who.ANYONE, _READ),
    Route("GET", f"{_ONE}/endorsements", endorsements, Who.ANYONE, _READ),
    Route("GET", "/api/v1/endorsements", own_endorsements, Who.MEMBER, _READ),
]
