"""What authentication gives to the rest of the house."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fedi.core.auth.scopes import allows
from fedi.kit.errors import Malformed, Unauthorized


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a member through an app, or (without account) an app by itself."""

    # None, both, for a token of the app itself.
    account_id: int | None
    user_id: int | None
    token_id: int
    application_id: int
    scopes: frozenset[str]
    role: str = ""
    username: str = ""
    locale: str = "en"
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    # Why this member may do nothing just now (403), in the words for apps; empty if they may.
    problem: str = ""

    def has_scope(self, *names: str) -> bool:
        """Whether any of these scopes is granted, by itself or through a wider one."""
        return any(allows(self.scopes, name) for name in names)


@dataclass(frozen=True, slots=True)
class App:
    """A registered client."""

    id: int
    client_id: str
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: str
    created_at: datetime
    secret_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewApp:
    """An app just registered; its secret is told this once."""

    id: int
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just issued; it is told this once."""

    id: int
    token: str = field(repr=False)
    scopes: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SessionUser:
    """Who is signed in to the pages."""

    user_id: int
    account_id: int
    username: str
    role: str
    locale: str
    # As `Viewer.problem`.
    problem: str = ""


class OAuthError(Malformed):
    """A request that OAuth refuses with 400 and a `code` such as `invalid_scope`."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


class InvalidClient(Unauthorized):
    """The app is unknown or its secret is wrong; apps look for exactly this code."""

    code = "invalid_client"

    def __init__(self) -> None:
        super().__init__(
            "Client authentication failed due to unknown client, no client authentication"
            " included, or unsupported authentication method."
        )
