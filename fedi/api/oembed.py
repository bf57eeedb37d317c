"""A public post as other sites embed it."""

from typing import Any

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.statuses import queries
from fedi.core.statuses.heads import get_visible
from fedi.core.statuses.policy import UNLISTED
from fedi.core.statuses.types import Body
from fedi.kit.errors import Malformed, NotFound
from fedi.kit.text import clean_html, escape

_WIDTH = 400
_WIDEST = 2000
_DAY = 86_400


async def show(call: Call) -> Response:
    """A post of a member that is for everybody, as a quotation with its address."""
    params = call.params
    url = params.text("url")
    if not url:
        raise Malformed("url is missing")
    if (params.text("format") or "json").lower() != "json":
        raise NotFound("Only JSON is served")
    read = call.read()
    stored = await queries.find_by_url(read, url)
    if stored is None or stored.visibility > UNLISTED or stored.reblog_of_id is not None:
        raise NotFound
    head = await get_visible(read, None, stored.id)
    body = (await queries.bodies(read, [head.id])).get(head.id)
    if body is None:
        raise NotFound
    width = params.number("maxwidth")
    wide = _WIDTH if width is None or not 0 < width <= _WIDEST else width
    return answer(_build(call, body, wide))


def _build(call: Call, body: Body, width: int) -> dict[str, Any]:
    settings, account = call.settings, body.account
    name = account.display_name or account.username
    author_url = account.url or account.uri
    address = escape(body.url or body.uri)
    said = f"<p>{escape(body.spoiler_text)}</p>" if body.spoiler_text else clean_html(body.content)
    # No frame and no script: whoever embeds it shows words and a link.
    quotation = (
        f'<blockquote cite="{address}">{said}<p><a href="{address}">{escape(name)}'
        f" (@{escape(account.username)}@{escape(settings.local_domain)})</a></p></blockquote>"
    )
    return {
        "type": "rich",
        "version": "1.0",
        "title": f"New status by {name}",
        "author_name": name,
        "author_url": author_url,
        "provider_name": settings.local_domain,
        "provider_url": f"{settings.origin}/",
        "cache_age": _DAY,
        "html": quotation,
        "width": width,
        "height": None,
    }


ROUTES = [Route("GET", "/api/oembed", show, Who.OPEN)]
