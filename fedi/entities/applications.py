"""Applications and tokens."""

from typing import Any

from fedi.core.auth.introspection import TokenFacts
from fedi.core.auth.types import App, NewApp, NewToken
from fedi.kit.text import safe_url

Entity = dict[str, Any]


def build_application(app: App | NewApp, vapid: str = "") -> Entity:
    """An app, without what proves that it is itself; `vapid` signs push messages."""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": safe_url(app.website),
        "scopes": app.scopes.split(),
        "redirect_uris": app.redirect_uris,
        "redirect_uri": "\n".join(app.redirect_uris),
        "vapid_key": vapid,
    }


def build_new_application(app: NewApp, vapid: str = "") -> Entity:
    """An app just registered, with its secret."""
    return {
        **build_application(app, vapid),
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "client_secret_expires_at": 0,
    }


def build_token(token: NewToken) -> Entity:
    """A token just issued."""
    return {
        "access_token": token.token,
        "token_type": "Bearer",
        "scope": token.scopes,
        "created_at": int(token.created_at.timestamp()),
    }


def build_introspection(facts: TokenFacts | None) -> Entity:
    """A token as its app sees it; of one that is not good, only that."""
    if facts is None:
        return {"active": False}
    return {
        "active": True,
        "scope": facts.scopes,
        "client_id": facts.client_id,
        "token_type": "Bearer",
        "exp": None,
        "iat": int(facts.created_at.timestamp()),
    }


def build_token_info(facts: TokenFacts) -> Entity:
    """A token as its holder sees it."""
    return {
        "resource_owner_id": None if facts.account_id is None else str(facts.account_id),
        "scope": facts.scopes.split(),
        "expires_in": None,
        "application": {"uid": facts.client_id},
        "created_at": int(facts.created_at.timestamp()),
    }


def build_metadata(origin: str, scopes: list[str]) -> Entity:
    """What the server says of itself to OAuth clients."""
    return {
        "issuer": f"{origin}/",
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "userinfo_endpoint": f"{origin}/oauth/userinfo",
        "app_registration_endpoint": f"{origin}/api/v1/apps",
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
