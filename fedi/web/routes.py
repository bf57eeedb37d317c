"""Which page stands at which path."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi.core.accounts.people import People
from fedi.web.about import AboutPages
from fedi.web.docs import DocsPages
from fedi.web.interact import InteractPages
from fedi.web.password import PasswordPage
from fedi.web.public import PublicPages
from fedi.web.remote import RemotePage
from fedi.web.sign_in import SignInPages
from fedi.web.tags import build_tag_page


class Pages(NamedTuple):
    """Routes, and the pages that share their path with a document."""

    routes: list[Route]
    public: PublicPages
    tag: Callable[[Request], Awaitable[Response]]


def build_routes(people: People, describe_api: Callable[[], dict[str, Any]]) -> Pages:
    """Routes of the pages; `app` routes those that share a path with a document (`/@name`).

    `describe_api` makes the OpenAPI document, of which only `app` knows.
    """
    runtime = people.runtime
    public, inside = PublicPages(runtime), SignInPages(runtime)
    routes = [
        *AboutPages(runtime).routes(),
        Route("/static/{file}", public.static),
        Route("/auth/sign_in", inside.show_sign_in),
        Route("/auth/sign_in", inside.do_sign_in, methods=["POST"]),
        Route("/auth/sign_out", inside.do_sign_out, methods=["POST"]),
        Route("/oauth/authorize", inside.show_consent),
        # A DELETE is the same form, sent to say no.
        Route("/oauth/authorize", inside.do_consent, methods=["POST", "DELETE"]),
        Route("/oauth/authorize/native", inside.show_code),
        Route("/setup/{token}", inside.show_setup),
        Route("/setup/{token}", inside.do_setup, methods=["POST"]),
        *InteractPages(people, public.articles).routes(),
        *RemotePage(people).routes(),
        *DocsPages(runtime, describe_api).routes(),
        *PasswordPage(runtime).routes(),
    ]
    return Pages(routes, public, build_tag_page(runtime, public.articles))
