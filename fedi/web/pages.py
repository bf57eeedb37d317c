"""How every page is made: templates, headers, and errors in words for people."""

from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from fedi import __version__
from fedi.config import Settings
from fedi.kit.errors import FediError, Unavailable

# Nothing is loaded from elsewhere and no script runs, whatever a post may contain. Files may lie
# in a public bucket, to which our own addresses then redirect: the one place that is added.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:{bucket}; media-src 'self'{bucket};"
    " base-uri 'none'; frame-ancestors 'none'"
)
FORMS_HERE = "; form-action 'self'"
_TITLES = {
    400: "That cannot be read",
    401: "Please sign in",
    403: "This is not for you",
    404: "Nothing is here",
    410: "This is gone",
    422: "That is not acceptable",
    429: "Too many requests",
    503: "Back in a moment",
}


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
    environment.filters["number"] = _number
    return environment


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def page(
    template: str,
    values: dict[str, Any],
    *,
    status: int = 200,
    policy: str = FORMS_HERE,
    bucket: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    """A page from a template.

    The consent page passes an empty `policy`: browsers hold `form-action` against redirects
    too, and there the answer goes to the app. `bucket` is `file_source(settings)` where files
    are shown.
    """
    # Style sheets are kept for a day; those of a new release have a new address.
    html = _environment().get_template(template).render({"release": __version__, **values})
    return Response(
        html,
        status,
        {
            "content-security-policy": _POLICY.format(bucket=bucket) + policy,
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "vary": "Accept",
            **(headers or {}),
        },
        "text/html; charset=utf-8",
    )


@cache
def _post_macro() -> Any:
    return _environment().get_template("parts.html").make_module().__dict__["post"]


def render_post(post: Any) -> Markup:
    """A post as HTML, for use in a page."""
    return _post_macro()(post)


def file_source(settings: Settings) -> str:
    """Where files are read from besides here, as the policy names it; with a space before it."""
    parts = urlsplit(settings.media.s3_public_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return f" {parts.scheme}://{parts.hostname}{port}"


def private(response: Response) -> Response:
    """Mark a page as being for this person only."""
    response.headers["cache-control"] = "private, no-store"
    return response


def error_page(title: str, error: Exception, *, sign_in_to: str = "") -> Response:
    """An error in words for people; anything unexpected goes on to the last net.

    `sign_in_to` is a path of ours that opens to those who sign in.
    """
    if not isinstance(error, FediError) or error.status == 500:
        raise error
    headers: dict[str, str] = {}
    if error.retry_after is not None or isinstance(error, Unavailable):
        headers["retry-after"] = str(error.retry_after or 5)
    values = {
        "title": title,
        "status": error.status,
        "heading": _TITLES.get(error.status) or HTTPStatus(error.status).phrase,
        "message": error.public,
        "sign_in_to": sign_in_to,
    }
    return page("error.html", values, status=error.status, headers=headers)


def wants_html(request: Request) -> bool:
    """Whether a browser asks."""
    return "text/html" in request.headers.get("accept", "")
