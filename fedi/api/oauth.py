"""The endpoints of OAuth that machines call; the pages for people stand in the web door."""

import base64
import binascii
from urllib.parse import unquote_plus

from starlette.responses import Response

from fedi.api.deps import NO_TOKEN, Call, Handler, Route, Who, answer, empty
from fedi.api.errors import oauth_error
from fedi.core.auth import introspection
from fedi.core.auth import scopes as scope_names
from fedi.core.auth.apps import check_scopes, get_client
from fedi.core.auth.codes import redeem_code
from fedi.core.auth.tokens import client_token, invalid_grant, revoke_token
from fedi.core.auth.types import App, InvalidClient, NewToken, OAuthError
from fedi.entities.accounts import build_profile
from fedi.entities.applications import (
    build_introspection,
    build_metadata,
    build_token,
    build_token_info,
)
from fedi.kit.errors import FediError, Unauthorized
from fedi.kit.scrub import scrub_text


def _machine(handler: Handler) -> Handler:
    """The handler, with its errors in the words of OAuth, and never kept by a cache."""

    async def handle(call: Call) -> Response:
        try:
            response = await handler(call)
        except FediError as problem:
            return oauth_error(problem)
        response.headers["cache-control"] = "no-store"
        response.headers["pragma"] = "no-cache"
        return response

    return handle


def read_client(call: Call) -> tuple[str, str]:
    """Id and secret of the app that calls: in the Basic header, or in the body."""
    kind, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise InvalidClient from problem
        return scrub_text(unquote_plus(name)), scrub_text(unquote_plus(secret))
    params = call.params
    return params.text("client_id") or "", params.text("client_secret") or ""


async def token(call: Call) -> Response:
    """Exchange a code for a token, or give an app a token of its own."""
    params = call.params
    grant = params.text("grant_type")
    if not grant:
        raise OAuthError("invalid_request", "Missing required parameter: grant_type.")
    if grant not in {"authorization_code", "client_credentials"}:
        raise OAuthError(
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )
    client_id, secret = read_client(call)
    app = await get_client(call.read(), client_id, secret)
    if grant == "client_credentials":
        scopes = check_scopes(app, params.text("scope"))
        async with call.runtime.unit() as unit:
            issued = await client_token(unit, app, scopes)
        return answer(build_token(issued))
    return answer(build_token(await _redeem(call, app)))


async def _redeem(call: Call, app: App) -> NewToken:
    params = call.params
    code, redirect_uri = params.text("code"), params.text("redirect_uri")
    if not code or not redirect_uri:
        missing = "redirect_uri" if code else "code"
        raise OAuthError("invalid_request", f"Missing required parameter: {missing}.")
    async with call.runtime.unit() as unit:
        issued = await redeem_code(unit, app, code, redirect_uri, params.text("code_verifier"))
    if issued is None:
        # After the commit: a code that came twice has taken its token with it.
        raise invalid_grant()
    return issued


async def revoke(call: Call) -> Response:
    """End a token; one that is unknown is as good as ended."""
    client_id, secret = read_client(call)
    app = await get_client(call.read(), client_id, secret)
    async with call.runtime.unit() as unit:
        await revoke_token(unit, app, call.params.text("token") or "")
    return empty()


async def introspect(call: Call) -> Response:
    """What a token of the calling app is; of others it learns nothing."""
    client_id, secret = read_client(call)
    app = await get_client(call.read(), client_id, secret)
    facts = await introspection.introspect(call.read(), app, call.params.text("token") or "")
    return answer(build_introspection(facts))


async def token_info(call: Call) -> Response:
    """What the token is that this request carries."""
    viewer = call.viewer
    facts = await introspection.describe_token(call.read(), viewer.token_id) if viewer else None
    if facts is None:
        raise Unauthorized(NO_TOKEN)
    return answer(build_token_info(facts))


async def userinfo(call: Call) -> Response:
    """Who the member is, in the words of OpenID."""
    account = await call.account(call.read())
    profile = build_profile(account, call.links)
    return answer(
        {
            "iss": f"{call.origin}/",
            "sub": account.uri,
            "name": account.display_name or account.username,
            "preferred_username": account.username,
            "profile": profile["url"],
            "picture": profile["avatar"],
        }
    )


async def metadata(call: Call) -> Response:
    """What clients may expect of our OAuth."""
    return answer(build_metadata(call.origin, sorted(scope_names.ALL)))


METADATA_PATH = "/.well-known/oauth-authorization-server"

ROUTES = [
    Route("POST", "/oauth/token", _machine(token), Who.OPEN),
    Route("POST", "/oauth/revoke", _machine(revoke), Who.OPEN),
    Route("POST", "/oauth/introspect", _machine(introspect), Who.OPEN),
    Route("GET", "/oauth/token/info", token_info, Who.APP),
    Route("GET", "/oauth/userinfo", userinfo, Who.MEMBER, ("profile",)),
    Route("POST", "/oauth/userinfo", userinfo, Who.MEMBER, ("profile",)),
    Route("GET", METADATA_PATH, metadata, Who.OPEN),
]
