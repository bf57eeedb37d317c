"""Which page stands at which path."""

from starlette.routing import Route

from fedi.kit.runtime import Runtime
from fedi.web.password import PasswordPage
from fedi.web.public import PublicPages
from fedi.web.sign_in import SignInPages
from fedi.web.tags import build_tag_page


def build_routes(runtime: Runtime) -> tuple[list[Route], PublicPages]:
    """Routes of the pages; `app` routes those that share a path with a document (`/@name`)."""
    public, inside = PublicPages(runtime), SignInPages(runtime)
    routes = [
        Route("/", public.front),
        Route("/static/{file}", public.static),
        Route("/tags/{name}", build_tag_page(runtime)),
        Route("/auth/sign_in", inside.show_sign_in),
        Route("/auth/sign_in", inside.do_sign_in, methods=["POST"]),
        Route("/auth/sign_out", inside.do_sign_out, methods=["POST"]),
        Route("/oauth/authorize", inside.show_consent),
        # A DELETE is the same form, sent to say no.
        Route("/oauth/authorize", inside.do_consent, methods=["POST", "DELETE"]),
        Route("/oauth/authorize/native", inside.show_code),
        Route("/setup/{token}", inside.show_setup),
        Route("/setup/{token}", inside.do_setup, methods=["POST"]),
        Route("/authorize_interaction", public.interact),
        *PasswordPage(runtime).routes(),
    ]
    return routes, public
