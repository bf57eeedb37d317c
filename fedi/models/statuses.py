"""Posts and what hangs on them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fedi.models.base import FALSE, ZERO, metadata, moment

statuses = Table(
    "statuses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("uri", Text, nullable=False, unique=True),
    Column("url", Text),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("local", Boolean, nullable=False),
    # 0 public, 1 unlisted, 2 followers, 3 direct: see core/statuses/policy.py.
    Column("visibility", SmallInteger, nullable=False),
    # Whether it never leaves this server.
    Column("local_only", Boolean, nullable=False, server_default=FALSE),
    # A boost is a status of its own without text.
    Column("reblog_of_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE")),
    Column("in_reply_to_id", BigInteger, ForeignKey("statuses.id", ondelete="SET NULL")),
    Column("in_reply_to_account_id", BigInteger),
    # What the wire said, also when the parent is not here (yet).
    Column("in_reply_to_uri", Text),
    Column("context_uri", Text),
    # The oldest post of the thread that is known here; None for boosts.
    Column("conversation_id", BigInteger),
    Column("content", Text, nullable=False, server_default=""),
    # What a local person typed, for editing and redrafting.
    Column("text", Text, nullable=False, server_default=""),
    # What it was typed in: text/plain or text/markdown.
    Column("content_type", Text, nullable=False, server_default="text/plain"),
    # Whether a post of ours goes out as an Article; decided once, since no reader expects that a
    # post changes its type.
    Column("is_article", Boolean, nullable=False, server_default=FALSE),
    Column("spoiler_text", Text, nullable=False, server_default=""),
    Column("sensitive", Boolean, nullable=False, server_default=FALSE),
    Column("language", Text),
    # Remote attachments as their origin names them: [{type, url, preview_url, description, ...}].
    Column("attachments", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("emojis", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("tags", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # Rows of `polls`, `quotes` and `preview_cards`, so that a page knows whether there are any.
    Column("poll_id", BigInteger),
    Column("quote_id", BigInteger),
    Column("card_id", BigInteger),
    # Who may quote it without and after asking: 0 nobody, 1 followers, 2 everybody; None: unsaid.
    Column("quote_policy", SmallInteger),
    Column("quote_manual", SmallInteger),
    # The group that it was posted to.
    Column("group_id", BigInteger),
    # Where its origin lists the answers.
    Column("replies_uri", Text),
    # Who may like, answer and boost it, where that is not everybody; how it is read stands in
    # `core/statuses/consent/policy.py`.
    Column("interaction_policy", JSONB),
    # Of an answer or boost that somebody has to allow: 0 asked, 1 allowed, 2 refused; None: free.
    Column("approval", SmallInteger),
    Column("approval_uri", Text),
    Column("application_id", BigInteger),
    Column("revision", Integer, nullable=False, server_default=ZERO),
    # Whether it was fetched long after it was new: nobody is ever told of it.
    Column("imported", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
    moment("edited_at"),
)
Index("ix_statuses_account_id_id", statuses.c.account_id, statuses.c.id)
Index(
    "ix_statuses_in_reply_to_id",
    statuses.c.in_reply_to_id,
    postgresql_where=statuses.c.in_reply_to_id.is_not(None),
)
Index(
    "ix_statuses_orphans",
    statuses.c.in_reply_to_uri,
    postgresql_where=text("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
)
Index(
    "ix_statuses_conversation_id",
    statuses.c.conversation_id,
    postgresql_where=statuses.c.conversation_id.is_not(None),
)
Index(
    "ix_statuses_card_id",
    statuses.c.card_id,
    statuses.c.id,
    postgresql_where=statuses.c.card_id.is_not(None),
)
Index(
    "ix_statuses_approval_uri",
    statuses.c.approval_uri,
    postgresql_where=statuses.c.approval_uri.is_not(None),
)
Index(
    "uq_statuses_boost",
    statuses.c.reblog_of_id,
    statuses.c.account_id,
    unique=True,
    postgresql_where=statuses.c.reblog_of_id.is_not(None),
)
Index(
    "ix_statuses_public",
    statuses.c.id,
    postgresql_where=text("visibility = 0 AND reblog_of_id IS NULL"),
)
# The same for posts of members alone, which may be few among very many.
Index(
    "ix_statuses_public_local",
    statuses.c.id,
    postgresql_where=text("visibility = 0 AND reblog_of_id IS NULL AND local"),
)

status_stats = Table(
    "status_stats",
    metadata,
    Column(
        "status_id",
        BigInteger,
        ForeignKey("statuses.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("replies_count", Integer, nullable=False, server_default=ZERO),
    Column("reblogs_count", Integer, nullable=False, server_default=ZERO),
    Column("favourites_count", Integer, nullable=False, server_default=ZERO),
    Column("quotes_count", Integer, nullable=False, server_default=ZERO),
    # Reactions with an emoji; where there are none, nobody asks for them.
    Column("reactions_count", Integer, nullable=False, server_default=ZERO),
    # What the origin of a remote post says of itself; we know only what came here.
    Column("origin_replies_count", Integer),
    Column("origin_reblogs_count", Integer),
    Column("origin_favourites_count", Integer),
)

status_mentions = Table(
    "status_mentions",
    metadata,
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    # Addressed without being named in the text: may see the post, is not shown as mentioned.
    Column("silent", Boolean, nullable=False, server_default=FALSE),
    PrimaryKeyConstraint("status_id", "account_id"),
    Index("ix_status_mentions_account_id", "account_id", "status_id"),
)

status_edits = Table(
    "status_edits",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False),
    Column("content", Text, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("spoiler_text", Text, nullable=False, server_default=""),
    Column("sensitive", Boolean, nullable=False, server_default=FALSE),
    Column("attachments", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("emojis", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # Texts of the options, where it had a poll then.
    Column("poll_options", JSONB),
    moment("created_at", required=True),
    Index("ix_status_edits_status_id", "status_id", "id"),
)

favourites = Table(
    "favourites",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False),
    Column("uri", Text),
    # Whether it is there only because the account reacted with an emoji.
    Column("by_reaction", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
    UniqueConstraint("status_id", "account_id"),
    Index("ix_favourites_account_id_id", "account_id", "id"),
)
Index("ix_favourites_uri", favourites.c.uri, postgresql_where=favourites.c.uri.is_not(None))

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False),
    moment("created_at", required=True),
    UniqueConstraint("status_id", "account_id"),
    Index("ix_bookmarks_account_id_id", "account_id", "id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status_id", BigInteger),
    moment("created_at", required=True),
    PrimaryKeyConstraint("account_id", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

# "The Delete came first", remembered for good. `actor_uri` is who deleted: a tombstone binds
# only what is that actor's, so a stranger cannot forbid a post that is not theirs.
tombstones = Table(
    "tombstones",
    metadata,
    Column("uri", Text, nullable=False),
    Column("actor_uri", Text, nullable=False),
    moment("deleted_at", required=True),
    PrimaryKeyConstraint("uri", "actor_uri"),
    # For actors that begin anew; a stranger can make us look, so it must not be a walk.
    Index("ix_tombstones_actor_uri", "actor_uri", postgresql_using="hash"),
)

# "The Undo came first" and "this was undone": ids of Follow, Like, Announce and Block.
undone = Table(
    "undone",
    metadata,
    Column("uri", Text, nullable=False),
    Column("actor_uri", Text, nullable=False),
    # Whether there was something to undo. A Follow that was in effect may come back under its
    # old id (some servers reuse them) when it was signed after the Undo was.
    Column("applied", Boolean, nullable=False),
    moment("signed_at"),
    moment("created_at", required=True),
    PrimaryKeyConstraint("uri", "actor_uri"),
    Index("ix_undone_actor_uri", "actor_uri", postgresql_using="hash"),
)
