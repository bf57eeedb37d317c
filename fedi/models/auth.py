"""OAuth applications, codes and tokens, browser sessions, and instance-wide settings."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from fedi.models.base import metadata, moment

applications = Table(
    "applications",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("client_id", Text, nullable=False, unique=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("website", Text),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("scopes", Text, nullable=False),
    moment("created_at", required=True),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column(
        "application_id",
        BigInteger,
        ForeignKey("applications.id", ondelete="CASCADE"),
        nullable=False,
    ),
    # None for a token of the application itself.
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE")),
    Column("scopes", Text, nullable=False),
    moment("created_at", required=True),
    moment("revoked_at"),
    Index("ix_access_tokens_user_id", "user_id"),
    Index("ix_access_tokens_application_id", "application_id"),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column(
        "application_id",
        BigInteger,
        ForeignKey("applications.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("code_challenge", Text),
    moment("created_at", required=True),
    moment("used_at"),
    # The token it became: a second use of the code revokes it.
    Column("token_id", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    moment("created_at", required=True),
    moment("expires_at", required=True),
    Index("ix_sessions_user_id", "user_id"),
)

instance_settings = Table(
    "instance_settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    moment("updated_at", required=True),
)
