"""Errors in the words of OAuth; all others are those of `fedi.kit.web`."""

from starlette.responses import Response

from fedi.core.auth.sign_up import SignUpRefused
from fedi.core.auth.types import InvalidClient, OAuthError
from fedi.kit.errors import FediError, Forbidden
from fedi.kit.web import error_response, json_response


def api_error(error: Exception) -> Response:
    """The answer of the client API."""
    if isinstance(error, OAuthError | InvalidClient):
        return oauth_error(error)
    if isinstance(error, SignUpRefused):
        return json_response({"error": error.public, "details": error.details}, error.status)
    return error_response(error)


def oauth_error(error: FediError) -> Response:
    """The answer of an OAuth endpoint: a code for machines and words for people."""
    if isinstance(error, Forbidden):
        code = "unauthorized_client"
    elif isinstance(error, OAuthError | InvalidClient):
        code = error.code
    else:
        return error_response(error)
    headers = {"cache-control": "no-store"}
    if error.status == 401:
        headers["www-authenticate"] = 'Basic realm="fedi"'
    body = {"error": code, "error_description": error.public}
    return json_response(body, error.status, headers)
