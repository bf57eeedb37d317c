"""What a token is: for the app that owns it, and for whoever holds it."""

from dataclasses import dataclass
from datetime import datetime

from fedi.core.auth.standing import hash_token
from fedi.core.auth.types import App
from fedi.kit.unit import ReadUnit

_SELECT = """
SELECT t.scopes, t.created_at, p.client_id, u.account_id FROM access_tokens t
JOIN applications p ON p.id = t.application_id LEFT JOIN users u ON u.id = t.user_id
WHERE t.revoked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What can be said of a token that is good."""

    scopes: str
    created_at: datetime
    client_id: str
    account_id: int | None


async def introspect(read: ReadUnit, app: App, token: str) -> TokenFacts | None:
    """A good token of this app; None for all others: nobody learns anything of those."""
    row = await read.row(
        f"{_SELECT} AND t.token_hash = $1 AND t.application_id = $2", hash_token(token), app.id
    )
    return TokenFacts(*row) if row is not None else None


async def describe_token(read: ReadUnit, token_id: int) -> TokenFacts | None:
    """A good token by its id."""
    row = await read.row(f"{_SELECT} AND t.id = $1", token_id)
    return TokenFacts(*row) if row is not None else None
