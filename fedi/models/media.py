"""Files: what members upload, what is kept of other servers' media, and link previews."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fedi.models.base import FALSE, ZERO, metadata, moment

_EMPTY = text("'{}'::jsonb")

# What members uploaded. A post keeps a copy of what readers need in `statuses.attachments`.
media_attachments = Table(
    "media_attachments",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    # One of these once it is in use; neither: it goes after a day.
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="SET NULL")),
    Column("scheduled_status_id", BigInteger),
    # image, gifv, video, audio, unknown
    Column("type", Text, nullable=False, server_default="unknown"),
    # 0 in work, 1 ready, 2 failed
    Column("state", SmallInteger, nullable=False, server_default=ZERO),
    Column("error", Text),
    # Names in the store: what was uploaded (until it is processed), the result, its thumbnail.
    Column("source_key", Text),
    Column("file_key", Text),
    Column("preview_key", Text),
    Column("content_type", Text),
    Column("size_bytes", BigInteger, nullable=False, server_default=ZERO),
    Column("description", Text),
    Column("blurhash", Text),
    # As apps read it: original, small, focus, colors, length, ...
    Column("meta", JSONB, nullable=False, server_default=_EMPTY),
    moment("created_at", required=True),
)
Index(
    "ix_media_attachments_status_id",
    media_attachments.c.status_id,
    postgresql_where=media_attachments.c.status_id.is_not(None),
)
Index(
    "ix_media_attachments_unattached",
    media_attachments.c.created_at,
    postgresql_where=text("status_id IS NULL AND scheduled_status_id IS NULL"),
)
Index(
    "ix_media_attachments_scheduled_status_id",
    media_attachments.c.scheduled_status_id,
    postgresql_where=media_attachments.c.scheduled_status_id.is_not(None),
)
Index("ix_media_attachments_account_id", media_attachments.c.account_id)

# Files of other servers (pictures of posts, avatars, headers, emojis, cards) that are kept here
# for a while, under one budget of bytes: what was seen least recently goes first.
cached_files = Table(
    "cached_files",
    metadata,
    # Hash of the address.
    Column("key", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("file_key", Text),
    Column("content_type", Text),
    Column("size_bytes", BigInteger, nullable=False, server_default=ZERO),
    Column("failures", Integer, nullable=False, server_default=ZERO),
    Column("error", Text),
    moment("retry_at"),
    moment("fetched_at"),
    moment("seen_at", required=True),
    Index("ix_cached_files_seen_at", "seen_at"),
)

# What a link leads to: made once for everybody.
preview_cards = Table(
    "preview_cards",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # As it stands in posts.
    Column("url", Text, nullable=False, unique=True),
    # 0 not looked at yet, 1 there is a card, 2 there is none
    Column("state", SmallInteger, nullable=False, server_default=ZERO),
    Column("type", Text, nullable=False, server_default="link"),
    Column("title", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("language", Text),
    Column("author_name", Text, nullable=False, server_default=""),
    Column("author_url", Text, nullable=False, server_default=""),
    Column("author_account_id", BigInteger),
    Column("provider_name", Text, nullable=False, server_default=""),
    Column("provider_url", Text, nullable=False, server_default=""),
    Column("html", Text, nullable=False, server_default=""),
    Column("width", Integer, nullable=False, server_default=ZERO),
    Column("height", Integer, nullable=False, server_default=ZERO),
    Column("image_url", Text),
    Column("image_description", Text, nullable=False, server_default=""),
    Column("embed_url", Text, nullable=False, server_default=""),
    Column("blurhash", Text),
    moment("published_at"),
    moment("fetched_at"),
    moment("created_at", required=True),
)

# The emojis of this server; those of others stand in posts and profiles with their addresses.
custom_emojis = Table(
    "custom_emojis",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("shortcode", Text, nullable=False, unique=True),
    Column("category", Text),
    Column("file_key", Text, nullable=False),
    Column("static_key", Text, nullable=False),
    Column("content_type", Text, nullable=False, server_default="image/png"),
    Column("visible_in_picker", Boolean, nullable=False, server_default=text("true")),
    Column("disabled", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
    moment("updated_at", required=True),
)
