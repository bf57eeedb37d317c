"""How every page is made: templates, headers, and errors in words for people."""

from datetime import datetime
from functools import cache
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import Response

from fedi import __version__
from fedi.kit.errors import FediError, Unavailable

# Nothing is loaded from elsewhere and no script runs, whatever a post may contain.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
    " frame-ancestors 'none'"
)
FORMS_HERE = "; form-action 'self'"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fedi.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["moment"] = _moment
    return environment


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC")


def page(
    template: str,
    values: dict[str, Any],
    *,
    status: int = 200,
    policy: str = FORMS_HERE,
    headers: dict[str, str] | None = None,
) -> Response:
    """A page from a template.

    The consent page passes an empty `policy`: browsers hold `form-action` against redirects
    too, and there the answer goes to the app.
    """
    # Style sheets are kept for a day; those of a new release have a new address.
    html = _environment().get_template(template).render({"release": __version__, **values})
    return Response(
        html,
        status,
        {
            "content-security-policy": _POLICY + policy,
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "vary": "Accept",
            **(headers or {}),
        },
        "text/html; charset=utf-8",
    )


def private(response: Response) -> Response:
    """Mark a page as being for this person only."""
    response.headers["cache-control"] = "private, no-store"
    return response


def error_page(title: str, error: Exception) -> Response:
    """An error in words for people; anything unexpected goes on to the last net."""
    if not isinstance(error, FediError) or error.status == 500:
        raise error
    headers: dict[str, str] = {}
    if error.retry_after is not None or isinstance(error, Unavailable):
        headers["retry-after"] = str(error.retry_after or 5)
    return page(
        "error.html",
        {"title": title, "status": error.status, "message": error.public},
        status=error.status,
        headers=headers,
    )


def wants_html(request: Request) -> bool:
    """Whether a browser asks."""
    return "text/html" in request.headers.get("accept", "")
