"""Apps: registered by anybody, told apart by their secret, bound to their redirect addresses."""

import hmac
import re
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

import asyncpg

from fedi.core.auth import scopes as scope_names
from fedi.core.auth.standing import hash_token
from fedi.core.auth.types import App, InvalidClient, NewApp, OAuthError
from fedi.kit.errors import Invalid
from fedi.kit.unit import ReadUnit, Unit

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CLI_CLIENT_ID = "fedi-command-line"

MAX_NAME = 60
MAX_URL = 2000
MAX_REDIRECTS = 100
_COLUMNS = "id, client_id, name, website, redirect_uris, scopes, created_at, secret_hash"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_FORBIDDEN_SCHEMES = frozenset({"javascript", "data", "vbscript", "blob", "file", "about"})
# A URI has nothing but ASCII in it, and only that can stand in a `Location` header.
_CONTROL = re.compile(r"[^\x21-\x7e]|\\")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?([/?].*)?")


async def register_app(
    unit: Unit,
    name: str,
    redirect_uris: Sequence[str],
    scopes: str | None = None,
    website: str | None = None,
) -> NewApp:
    """Register an app.

    Raises:
        Invalid: a part of it cannot be taken.
    """
    names = scope_names.parse(scopes) or [scope_names.DEFAULT]
    if scope_names.unknown(names):
        raise Invalid("Validation failed: Scopes doesn't match configured on the server.")
    uris = check_redirect_uris(redirect_uris)
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        problem = (
            "can't be blank" if not name else f"is too long (maximum is {MAX_NAME} characters)"
        )
        raise Invalid(f"Validation failed: Application name {problem}", field="client_name")
    if website and (len(website) > MAX_URL or urlsplit_scheme(website) not in {"http", "https"}):
        raise Invalid("Validation failed: Website must be a valid URL", field="website")
    app_id, secret = await unit.new_id(), secrets.token_urlsafe(32)
    new = NewApp(
        app_id, secrets.token_urlsafe(32), secret, name, website or None, uris, " ".join(names)
    )
    await _insert(unit, new)
    return new


async def _insert(unit: Unit, new: NewApp) -> None:
    await unit.execute(
        "INSERT INTO applications (id, client_id, secret_hash, name, website, redirect_uris,"
        " scopes) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (client_id) DO NOTHING",
        new.id,
        new.client_id,
        hash_token(new.client_secret),
        new.name,
        new.website,
        new.redirect_uris,
        new.scopes,
    )


def check_redirect_uris(redirect_uris: Sequence[str]) -> list[str]:
    """The addresses as they are stored, exactly as given.

    Raises:
        Invalid: one of them could never be redirected to safely, or there is none.
    """
    uris = list(dict.fromkeys(part for uri in redirect_uris for part in uri.split()))
    if not uris or len(uris) > MAX_REDIRECTS:
        raise Invalid("Validation failed: Redirect URI can't be blank", field="redirect_uris")
    for uri in uris:
        if uri != OUT_OF_BAND and not _is_safe(uri):
            raise Invalid("Validation failed: Redirect URI must be a valid URI.")
    return uris


def _is_safe(uri: str) -> bool:
    """Absolute, without a fragment, and not of a scheme that runs code."""
    scheme = urlsplit_scheme(uri)
    if len(uri) > MAX_URL or scheme is None or _CONTROL.search(uri) or "#" in uri:
        return False
    if scheme in {"http", "https"}:
        parts = uri.partition("://")[2]
        authority = re.split(r"[/?]", parts, maxsplit=1)[0]
        return bool(authority) and "@" not in authority and "*" not in authority
    return scheme not in _FORBIDDEN_SCHEMES


def urlsplit_scheme(uri: str) -> str | None:
    """The scheme of an absolute URI in lower case."""
    try:
        urlsplit(uri)
    except ValueError:
        return None
    scheme, found, rest = uri.partition(":")
    return scheme.lower() if found and rest and _SCHEME.fullmatch(scheme) else None


def may_redirect(app: App, uri: str) -> bool:
    """Whether codes may be sent to this address: exactly as registered.

    Only the port of a loopback address may differ, since native apps take the one that is free.
    """
    if uri in app.redirect_uris:
        return True
    found = _LOOPBACK.fullmatch(uri)
    if found is None or _CONTROL.search(uri) or "#" in uri:
        return False
    for known in app.redirect_uris:
        registered = _LOOPBACK.fullmatch(known)
        if registered is not None and registered.groups() == found.groups():
            return True
    return False


def check_scopes(app: App, wanted: str | None) -> str:
    """The scopes that an app asks for, or its default.

    Raises:
        OAuthError: `invalid_scope`: unknown ones, or more than it registered for.
    """
    names = scope_names.parse(wanted) or [scope_names.DEFAULT]
    granted = scope_names.parse(app.scopes)
    if scope_names.unknown(names) or not scope_names.is_subset(names, granted):
        raise OAuthError("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return " ".join(names)


async def find_app(read: ReadUnit, client_id: str) -> App | None:
    """A registered app."""
    row = await read.row(f"SELECT {_COLUMNS} FROM applications WHERE client_id = $1", client_id)
    return _build_app(row) if row is not None else None


async def find_app_by_id(read: ReadUnit, app_id: int) -> App | None:
    """A registered app, by the id that tokens and posts carry."""
    row = await read.row(f"SELECT {_COLUMNS} FROM applications WHERE id = $1", app_id)
    return _build_app(row) if row is not None else None


async def get_client(read: ReadUnit, client_id: str, client_secret: str) -> App:
    """The app that proves to be itself.

    Raises:
        InvalidClient: it is unknown, or the secret is wrong.
    """
    app = await find_app(read, client_id) if client_id else None
    stored = app.secret_hash if app else hash_token("nobody")
    if not hmac.compare_digest(stored, hash_token(client_secret)) or app is None:
        raise InvalidClient
    return app


async def ensure_cli_app(unit: Unit) -> App:
    """The app that tokens made on the command line belong to. Nobody knows its secret."""
    app = await find_app(unit, CLI_CLIENT_ID)
    if app is None:
        every = "read write follow push profile admin:read admin:write"
        new = NewApp(
            await unit.new_id(),
            CLI_CLIENT_ID,
            secrets.token_urlsafe(32),
            "fedi command line",
            None,
            [OUT_OF_BAND],
            every,
        )
        await _insert(unit, new)
        app = await find_app(unit, CLI_CLIENT_ID)
    if app is None:
        raise InvalidClient
    return app


def _build_app(row: asyncpg.Record) -> App:
    return App(*row)
