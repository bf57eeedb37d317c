"""People whom one may want to know: the directory, suggestions, familiar followers."""

from starlette.responses import Response

from fedi.api.accounts import parse_ids
from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.core.accounts import directory as core
from fedi.core.accounts.directory import Suggestion
from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.types import Account
from fedi.entities.accounts import build_account, build_accounts
from fedi.kit.errors import Malformed
from fedi.kit.paging import parse_limit

_MOST_IDS = 40
# What older apps call the sources.
_OLD_SOURCES = {"featured": "staff", "friends_of_friends": "past_interactions"}


async def directory(call: Call) -> Response:
    """People who want to be found."""
    params = call.params
    offset = params.number("offset") or 0
    if offset < 0 or (params.text("limit") or "").strip().startswith("-"):
        raise Malformed("limit and offset must not be negative")
    ids = await core.list_directory(
        call.runtime,
        call.viewer_id,
        order="new" if params.text("order") == "new" else "active",
        local=bool(params.flag("local")),
        offset=min(offset, core.DEEPEST),
        limit=parse_limit(params.text("limit"), 40, 80),
    )
    return answer(build_accounts(await _load(call, ids), call.links))


async def _load(call: Call, ids: list[int]) -> list[Account]:
    found = await find_by_ids(call.read(), ids)
    return [found[i] for i in ids if i in found]


async def _suggest(call: Call) -> list[Suggestion]:
    return await core.list_suggestions(
        call.read(),
        call.member_id,
        call.settings.instance.suggested_accounts,
        call.settings.local_domain,
        parse_limit(call.params.text("limit"), 40, 80),
    )


async def suggestions(call: Call) -> Response:
    """Whom the member may want to follow, and why."""
    chosen = await _suggest(call)
    found = await find_by_ids(call.read(), [item.account_id for item in chosen])
    return answer(
        [
            {
                "source": _OLD_SOURCES[item.source],
                "sources": [item.source],
                "account": build_account(found[item.account_id], call.links),
            }
            for item in chosen
            if item.account_id in found
        ]
    )


async def suggestions_v1(call: Call) -> Response:
    """Whom the member may want to follow."""
    ids = [item.account_id for item in await _suggest(call)]
    return answer(build_accounts(await _load(call, ids), call.links))


async def dismiss_suggestion(call: Call) -> Response:
    """Do not put somebody forward again."""
    target_id = call.id()
    async with call.runtime.unit() as unit:
        await core.dismiss_suggestion(unit, call.member_id, target_id)
    return empty()


async def familiar_followers(call: Call) -> Response:
    """Who of those whom the member follows also follows others."""
    ids = parse_ids(call.params.texts("id"), _MOST_IDS)
    read = call.read()
    familiar = await core.find_familiar(read, call.member_id, ids)
    known = await find_by_ids(read, [i for found in familiar.values() for i in found])
    return answer(
        [
            {
                "id": str(account_id),
                "accounts": build_accounts([known[i] for i in found if i in known], call.links),
            }
            for account_id, found in familiar.items()
        ]
    )


_READ = ("read:accounts",)

ROUTES = [
    Route("GET", "/api/v1/directory", directory, Who.ANYONE, _READ),
    Route("GET", "/api/v1/suggestions", suggestions_v1, Who.MEMBER, _READ),
    Route("GET", "/api/v2/suggestions", suggestions, Who.MEMBER, _READ),
    Route(
        "DELETE",
        "/api/v1/suggestions/{id}",
        dismiss_suggestion,
        Who.MEMBER,
        ("write:accounts",),
    ),
    Route(
        "GET",
        "/api/v1/accounts/familiar_followers",
        familiar_followers,
        Who.MEMBER,
        ("read:follows",),
    ),
]
