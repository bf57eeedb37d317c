"""What is switched off: the empty form of each feature that apps ask for all the same.

An app shows an error for a 404; for an empty list it shows nothing.
"""

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, answer
from fedi.kit.errors import Forbidden, Invalid, NotFound


async def nothing(_call: Call) -> Response:
    """An empty list."""
    return answer([])


async def no_object(_call: Call) -> Response:
    """An empty object."""
    return answer({})


async def absent(_call: Call) -> Response:
    """There is none."""
    raise NotFound


async def no_collections(_call: Call) -> Response:
    """Nobody has collections of accounts here."""
    return answer({"collections": []})


async def no_annual_reports(_call: Call) -> Response:
    """Nobody has a report of a year."""
    return answer({"annual_reports": [], "accounts": [], "statuses": []})


async def no_annual_report(_call: Call) -> Response:
    """There will be no report of this year either."""
    return answer({"state": "ineligible"})


async def not_allowed(_call: Call) -> Response:
    """Nobody's role permits it, as the role says: its limit is zero."""
    raise Forbidden("This action is not allowed")


def refuse(text: str) -> Handler:
    """A handler that says in words what cannot be done here yet."""

    async def handle(_call: Call) -> Response:
        raise Invalid(text)

    return handle


_LISTS = (("/api/v1/accounts/{id}/identity_proofs", "read:accounts"),)
_OPEN_LISTS = (
    "/api/v1/trends",
    "/api/v1/trends/links",
    "/api/v1/trends/statuses",
    "/api/v1/trends/tags",
)


def _collections(version: str) -> list[Route]:
    """Collections of accounts, in the final version and in its draft."""
    base, read, write = f"/api/{version}", ("read:collections",), ("write:collections",)
    every = f"{base}/collections"
    one, item = f"{every}/{{id}}", f"{every}/{{collection_id}}/items/{{id}}"
    owned = f"{base}/accounts/{{id}}"
    return [
        Route("GET", f"{owned}/collections", no_collections, Who.ANYONE, read),
        Route("GET", f"{owned}/in_collections", no_collections, Who.MEMBER, read),
        Route("POST", every, not_allowed, Who.MEMBER, write),
        Route("GET", one, absent, Who.ANYONE, read),
        Route("PATCH", one, absent, Who.MEMBER, write),
        Route("DELETE", one, absent, Who.MEMBER, write),
        Route("POST", f"{every}/{{collection_id}}/items", absent, Who.MEMBER, write),
        Route("DELETE", item, absent, Who.MEMBER, write),
        Route("POST", f"{item}/revoke", absent, Who.MEMBER, write),
    ]


_YEARS = "/api/v1/annual_reports"
_READ, _WRITE = ("read:accounts",), ("write:accounts",)

ROUTES = [
    *_collections("v1"),
    *_collections("v1_alpha"),
    Route("GET", _YEARS, no_annual_reports, Who.MEMBER, _READ),
    Route("GET", f"{_YEARS}/{{year}}", absent, Who.MEMBER, _READ),
    Route("GET", f"{_YEARS}/{{year}}/state", no_annual_report, Who.MEMBER, _READ),
    Route("POST", f"{_YEARS}/{{year}}/generate", absent, Who.MEMBER, _WRITE),
    Route("POST", f"{_YEARS}/{{year}}/read", absent, Who.MEMBER, _WRITE),
    Route("GET", "/api/v1/donation_campaigns", no_object, Who.MEMBER, _READ),
    Route("POST", "/api/v1/accounts/{id}/email_subscriptions", absent, Who.OPEN),
    *(Route("GET", path, nothing, Who.MEMBER, (scope,)) for path, scope in _LISTS),
    *(Route("GET", path, nothing, Who.OPEN) for path in _OPEN_LISTS),
    Route("GET", "/api/v1/instance/translation_languages", no_object, Who.OPEN),
]
