"""What is switched off: the empty form of each feature that apps ask for all the same.

An app shows an error for a 404; for an empty list it shows nothing.
"""

from starlette.responses import Response

from fedi.api.deps import Call, Handler, Route, Who, answer
from fedi.kit.errors import Invalid, NotFound


async def nothing(_call: Call) -> Response:
    """An empty list."""
    return answer([])


async def no_object(_call: Call) -> Response:
    """An empty object."""
    return answer({})


async def absent(_call: Call) -> Response:
    """There is none."""
    raise NotFound


def refuse(text: str) -> Handler:
    """A handler that says in words what cannot be done here yet."""

    async def handle(_call: Call) -> Response:
        raise Invalid(text)

    return handle


_LISTS = (
    ("/api/v1/announcements", "read:statuses"),
    ("/api/v1/conversations", "read:statuses"),
    ("/api/v1/domain_blocks", "read:blocks"),
    ("/api/v1/endorsements", "read:accounts"),
    ("/api/v1/featured_tags", "read:accounts"),
    ("/api/v1/featured_tags/suggestions", "read:accounts"),
    ("/api/v1/filters", "read:filters"),
    ("/api/v2/filters", "read:filters"),
    ("/api/v1/followed_tags", "read:follows"),
    ("/api/v1/lists", "read:lists"),
    ("/api/v1/notifications/requests", "read:notifications"),
    ("/api/v1/scheduled_statuses", "read:statuses"),
    ("/api/v1/suggestions", "read:accounts"),
    ("/api/v2/suggestions", "read:accounts"),
    ("/api/v1/accounts/{id}/lists", "read:lists"),
    ("/api/v1/accounts/{id}/identity_proofs", "read:accounts"),
)
_OPEN_LISTS = (
    "/api/v1/accounts/{id}/endorsements",
    "/api/v1/accounts/{id}/featured_tags",
    "/api/v1/custom_emojis",
    "/api/v1/directory",
    "/api/v1/instance/activity",
    "/api/v1/instance/domain_blocks",
    "/api/v1/instance/rules",
    "/api/v1/trends",
    "/api/v1/trends/links",
    "/api/v1/trends/statuses",
    "/api/v1/trends/tags",
)
_NO_MEDIA = refuse("Media are not supported by this server yet")

ROUTES = [
    *(Route("GET", path, nothing, Who.MEMBER, (scope,)) for path, scope in _LISTS),
    *(Route("GET", path, nothing, Who.OPEN) for path in _OPEN_LISTS),
    Route("GET", "/api/v1/instance/translation_languages", no_object, Who.OPEN),
    Route("GET", "/api/v1/instance/languages", nothing, Who.OPEN),
    Route("GET", "/api/v1/push/subscription", absent, Who.MEMBER, ("push",)),
    Route("DELETE", "/api/v1/push/subscription", no_object, Who.MEMBER, ("push",)),
    Route(
        "POST",
        "/api/v1/push/subscription",
        refuse("Push notifications are not supported by this server yet"),
        Who.MEMBER,
        ("push",),
    ),
    Route("POST", "/api/v1/media", _NO_MEDIA, Who.MEMBER, ("write:media",)),
    Route("POST", "/api/v2/media", _NO_MEDIA, Who.MEMBER, ("write:media",)),
    Route("GET", "/api/v1/media/{id}", absent, Who.MEMBER, ("write:media",)),
    Route("PUT", "/api/v1/media/{id}", absent, Who.MEMBER, ("write:media",)),
]
