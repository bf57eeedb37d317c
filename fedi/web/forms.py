"""Cookies and forms: who is signed in, and whether a form was really ours.

A form carries a keyed hash of a random cookie that was set with it (a "double submit" that another
site cannot imitate, since it can neither read nor set the cookie), and the browser's own word on
where the request came from is heeded.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from fedi.config import Settings
from fedi.kit.errors import Forbidden, Malformed
from fedi.kit.scrub import scrub

_FIELDS = 64
_LONGEST = 8192
SESSION_SECONDS = 30 * 86_400


class Forms:
    """The forms of one instance."""

    def __init__(self, settings: Settings) -> None:
        self._origin = settings.origin
        self._secure = settings.origin.startswith("https://")
        prefix = "__Host-" if self._secure else ""
        self.session_cookie = f"{prefix}fedi_session"
        self._form_cookie = f"{prefix}fedi_form"
        self._key = hashlib.sha256(b"forms\0" + settings.secret.encode()).digest()

    def issue(self, request: Request) -> tuple[str, str]:
        """The cookie's value (kept if there is one) and the token that a form carries."""
        value = request.cookies.get(self._form_cookie, "")
        if len(value) != 43:
            value = secrets.token_urlsafe(32)
        return value, self._token(value)

    def give(self, response: Response, value: str) -> Response:
        """Set the cookie that belongs to the form of this page."""
        self._set(response, self._form_cookie, value, None)
        response.headers["cache-control"] = "private, no-store"
        return response

    def sign_in(self, response: Response, session: str) -> Response:
        """Hand the session over; forms get a new cookie, too."""
        self._set(response, self.session_cookie, session, SESSION_SECONDS)
        self._set(response, self._form_cookie, secrets.token_urlsafe(32), None)
        return response

    def sign_out(self, response: Response) -> Response:
        """Forget the session in the browser."""
        response.delete_cookie(
            self.session_cookie, path="/", secure=self._secure, httponly=True, samesite="lax"
        )
        return response

    async def read(self, request: Request) -> dict[str, str]:
        """The fields of a form that was ours.

        Raises:
            Forbidden: the form was not one of ours, or its cookie is gone.
            Malformed: it cannot be read.
        """
        origin = request.headers.get("origin")
        if origin is not None and origin not in {self._origin, "null"}:
            raise Forbidden("This form was sent from another site")
        if request.headers.get("sec-fetch-site", "same-origin") == "cross-site":
            raise Forbidden("This form was sent from another site")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Malformed("A plain form is expected")
        form = await request.form(max_fields=_FIELDS)
        fields = {
            key: str(scrub(value))[:_LONGEST]
            for key, value in form.items()
            if isinstance(value, str)
        }
        value = request.cookies.get(self._form_cookie, "")
        if not value or not hmac.compare_digest(
            fields.get("csrf", "").encode(), self._token(value).encode()
        ):
            raise Forbidden("This form is too old. Please go back, reload the page and try again.")
        return fields

    def _token(self, value: str) -> str:
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()

    def _set(self, response: Response, name: str, value: str, age: int | None) -> None:
        response.set_cookie(
            name,
            value,
            max_age=age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def local_path(target: str) -> str:
    """A path of ours to go on to, or the front page: never an address elsewhere."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    strange = any(ord(c) < 33 or c == "\\" for c in target)
    if parts.scheme or parts.netloc or strange or not target.startswith("/"):
        return "/"
    return "/" if target.startswith("//") else target
