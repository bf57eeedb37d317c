"""What members arrange for themselves: lists, filters, notes, and where they are told things."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from fedi.models.base import FALSE, ZERO, account_column, metadata, moment

lists = Table(
    "lists",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column("title", Text, nullable=False),
    # Which replies are shown: "followed", "list" or "none".
    Column("replies_policy", Text, nullable=False, server_default="list"),
    # Whether what is in here is left out of home.
    Column("exclusive", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
    Index("ix_lists_account_id", "account_id"),
)
list_members = Table(
    "list_members",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("list_id", BigInteger, ForeignKey("lists.id", ondelete="CASCADE"), nullable=False),
    account_column(),
    moment("created_at", required=True),
    UniqueConstraint("list_id", "account_id"),
    Index("ix_list_members_account_id", "account_id", "list_id"),
)
# No foreign keys, as with home entries.
list_entries = Table(
    "list_entries",
    metadata,
    Column("list_id", BigInteger, nullable=False),
    Column("status_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("list_id", "status_id"),
)

filters = Table(
    "filters",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column("title", Text, nullable=False),
    Column("contexts", ARRAY(Text), nullable=False),
    # "warn", "hide" or "blur"
    Column("action", Text, nullable=False, server_default="warn"),
    moment("expires_at"),
    moment("created_at", required=True),
    Index("ix_filters_account_id", "account_id"),
)
filter_keywords = Table(
    "filter_keywords",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("filter_id", BigInteger, ForeignKey("filters.id", ondelete="CASCADE"), nullable=False),
    Column("keyword", Text, nullable=False),
    Column("whole_word", Boolean, nullable=False, server_default=FALSE),
    Index("ix_filter_keywords_filter_id", "filter_id"),
)
filter_statuses = Table(
    "filter_statuses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("filter_id", BigInteger, ForeignKey("filters.id", ondelete="CASCADE"), nullable=False),
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False),
    UniqueConstraint("filter_id", "status_id"),
    Index("ix_filter_statuses_status_id", "status_id"),
)

account_notes = Table(
    "account_notes",
    metadata,
    account_column(),
    account_column("target_id"),
    Column("comment", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "target_id"),
    Index("ix_account_notes_target_id", "target_id"),
)
endorsements = Table(
    "endorsements",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    account_column("target_id"),
    moment("created_at", required=True),
    UniqueConstraint("account_id", "target_id"),
    Index("ix_endorsements_target_id", "target_id"),
)
# A member's own blocks of whole domains.
account_domain_blocks = Table(
    "account_domain_blocks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column("domain", Text, nullable=False),
    moment("created_at", required=True),
    UniqueConstraint("account_id", "domain"),
)
dismissed_suggestions = Table(
    "dismissed_suggestions",
    metadata,
    account_column(),
    account_column("target_id"),
    PrimaryKeyConstraint("account_id", "target_id"),
    Index("ix_dismissed_suggestions_target_id", "target_id"),
)

# Who may notify a member: 0 accept, 1 filter, 2 drop.
notification_policies = Table(
    "notification_policies",
    metadata,
    Column(
        "account_id",
        BigInteger,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("for_not_following", SmallInteger, nullable=False, server_default=ZERO),
    Column("for_not_followers", SmallInteger, nullable=False, server_default=ZERO),
    Column("for_new_accounts", SmallInteger, nullable=False, server_default=ZERO),
    Column("for_private_mentions", SmallInteger, nullable=False, server_default=text("1")),
    Column("for_limited_accounts", SmallInteger, nullable=False, server_default=text("1")),
    Column("for_bots", SmallInteger, nullable=False, server_default=ZERO),
)
# Senders whose notifications were filtered, one row each.
notification_requests = Table(
    "notification_requests",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    account_column("from_account_id"),
    Column("last_status_id", BigInteger),
    Column("notifications_count", Integer, nullable=False, server_default=ZERO),
    moment("created_at", required=True),
    moment("updated_at", required=True),
    UniqueConstraint("account_id", "from_account_id"),
    Index("ix_notification_requests_from_account_id", "from_account_id"),
)
# Senders who are let through whatever the policy says.
notification_permissions = Table(
    "notification_permissions",
    metadata,
    account_column(),
    account_column("from_account_id"),
    moment("created_at", required=True),
    PrimaryKeyConstraint("account_id", "from_account_id"),
    Index("ix_notification_permissions_from_account_id", "from_account_id"),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    account_column(),
    Column(
        "token_id",
        BigInteger,
        ForeignKey("access_tokens.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    # Whether the final standard (RFC 8291) is spoken, or its draft.
    Column("standard", Boolean, nullable=False, server_default=FALSE),
    Column("alerts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    # "all", "followed", "follower" or "none"
    Column("policy", Text, nullable=False, server_default="all"),
    # The token itself, sealed with the instance secret: push messages carry it to the app.
    Column("sealed_token", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default=ZERO),
    moment("created_at", required=True),
    moment("updated_at", required=True),
    Index("ix_push_subscriptions_account_id", "account_id"),
)
