"""What posts can carry besides words, and what members arrange around them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from fedi.models.base import FALSE, ZERO, account_column, metadata, moment


def _status(name: str = "status_id") -> Column[object]:
    return Column(name, BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False)


polls = Table(
    "polls",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _status(),
    account_column(),
    Column("options", ARRAY(Text), nullable=False),
    # Votes for each option, in their order; of remote polls as their origin counts.
    Column("tallies", ARRAY(Integer), nullable=False),
    Column("votes_count", Integer, nullable=False, server_default=ZERO),
    Column("voters_count", Integer),
    Column("multiple", Boolean, nullable=False, server_default=FALSE),
    Column("hide_totals", Boolean, nullable=False, server_default=FALSE),
    moment("expires_at"),
    # When its end was told to those whom it concerns.
    moment("closed_at"),
    moment("fetched_at"),
    moment("created_at", required=True),
    UniqueConstraint("status_id"),
)
Index(
    "ix_polls_open",
    polls.c.expires_at,
    postgresql_where=text("closed_at IS NULL AND expires_at IS NOT NULL"),
)
poll_votes = Table(
    "poll_votes",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("poll_id", BigInteger, ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
    account_column(),
    Column("choice", SmallInteger, nullable=False),
    Column("uri", Text),
    moment("created_at", required=True),
    UniqueConstraint("poll_id", "account_id", "choice"),
    Index("ix_poll_votes_account_id", "account_id"),
)

# A post that shows another one.
quotes = Table(
    "quotes",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _status(),
    account_column(),
    Column("quoted_status_id", BigInteger, ForeignKey("statuses.id", ondelete="SET NULL")),
    Column("quoted_account_id", BigInteger),
    Column("quoted_uri", Text),
    # 0 pending, 1 accepted, 2 rejected, 3 revoked, 4 deleted, 5 unauthorized
    Column("state", SmallInteger, nullable=False, server_default=ZERO),
    Column("approval_uri", Text),
    # When the approval was last looked at.
    moment("checked_at"),
    moment("created_at", required=True),
    UniqueConstraint("status_id"),
)
Index(
    "ix_quotes_quoted_status_id",
    quotes.c.quoted_status_id,
    quotes.c.id,
    postgresql_where=quotes.c.quoted_status_id.is_not(None),
)
Index(
    "ix_quotes_quoted_uri",
    quotes.c.quoted_uri,
    postgresql_where=text("quoted_status_id IS NULL AND quoted_uri IS NOT NULL"),
)
Index(
    "ix_quotes_approval_uri",
    quotes.c.approval_uri,
    postgresql_where=quotes.c.approval_uri.is_not(None),
)

status_pins = Table(
    "status_pins",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    _status(),
    moment("created_at", required=True),
    UniqueConstraint("account_id", "status_id"),
    Index("ix_status_pins_status_id", "status_id"),
)

# Hashtags that anybody here ever used, followed or featured, as they were first written.
tags = Table(
    "tags",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # Folded (see kit/text): what makes two spellings one tag.
    Column("name", Text, nullable=False, unique=True),
    moment("created_at", required=True),
)
Index("ix_tags_prefix", tags.c.name, postgresql_ops={"name": "text_pattern_ops"})
# Public posts by tag; `statuses.tags` is what readers see.
status_tags = Table(
    "status_tags",
    metadata,
    Column("name", Text, nullable=False),
    _status(),
    # The author, so that what one account writes about is counted without its other posts.
    Column("account_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "status_id"),
    Index("ix_status_tags_status_id", "status_id"),
    Index("ix_status_tags_account_id", "account_id", "name", "status_id"),
)
tag_follows = Table(
    "tag_follows",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column("name", Text, nullable=False),
    moment("created_at", required=True),
    UniqueConstraint("name", "account_id"),
    Index("ix_tag_follows_account_id_id", "account_id", "id"),
)
featured_tags = Table(
    "featured_tags",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column("name", Text, nullable=False),
    moment("created_at", required=True),
    UniqueConstraint("account_id", "name"),
)

# The thread, from its oldest post that is known here (`statuses.conversation_id`).
conversation_mutes = Table(
    "conversation_mutes",
    metadata,
    account_column(),
    Column("conversation_id", BigInteger, nullable=False),
    moment("created_at", required=True),
    PrimaryKeyConstraint("account_id", "conversation_id"),
    Index("ix_conversation_mutes_conversation_id", "conversation_id"),
)
# Threads of direct posts as a member sees them.
conversations = Table(
    "conversations",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column("conversation_id", BigInteger, nullable=False),
    # The others in it.
    Column("participant_ids", ARRAY(BigInteger), nullable=False),
    Column("last_status_id", BigInteger, nullable=False),
    Column("unread", Boolean, nullable=False, server_default=FALSE),
    UniqueConstraint("account_id", "conversation_id"),
    Index("ix_conversations_account_id_last_status_id", "account_id", "last_status_id"),
    Index("ix_conversations_conversation_id", "conversation_id"),
)

scheduled_statuses = Table(
    "scheduled_statuses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    moment("scheduled_at", required=True),
    # What was asked for, as apps sent it.
    Column("params", JSONB, nullable=False),
    Column("application_id", BigInteger),
    moment("created_at", required=True),
    Index("ix_scheduled_statuses_account_id_id", "account_id", "id"),
    Index("ix_scheduled_statuses_scheduled_at", "scheduled_at"),
)

# Posts that somebody may find by their words: members' own, those they touched, and public ones
# whose authors allow it.
status_search = Table(
    "status_search",
    metadata,
    Column(
        "status_id",
        BigInteger,
        ForeignKey("statuses.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    # Whether everybody may find it, or only those who wrote or touched it.
    Column("is_public", Boolean, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    Index("ix_status_search_words", "words", postgresql_using="gin"),
)
