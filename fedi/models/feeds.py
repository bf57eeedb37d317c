"""Home timelines and notifications, as rows."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fedi.models.base import FALSE, metadata, moment

# No foreign keys: fan-out writes many rows at once, and readers join the statuses anyway.
home_entries = Table(
    "home_entries",
    metadata,
    Column("account_id", BigInteger, nullable=False),
    Column("status_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "status_id"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # Who is told.
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("type", Text, nullable=False),
    Column(
        "from_account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE")),
    # What apps show as one; None: by itself.
    Column("group_key", Text),
    # Held back by the member's policy, behind a request.
    Column("filtered", Boolean, nullable=False, server_default=FALSE),
    # For kinds that are about neither account nor post alone: which report, which severed follows,
    # which warning; and what there is to say of it.
    Column("subject_id", BigInteger),
    Column("details", JSONB),
    moment("created_at", required=True),
    # Dismissed by its owner, or its cause was undone. The row stays: it is the memory that
    # keeps a like that flips on and off from telling anybody twice.
    moment("hidden_at"),
)
Index(
    "uq_notifications_fact",
    notifications.c.account_id,
    notifications.c.type,
    notifications.c.from_account_id,
    notifications.c.status_id,
    notifications.c.subject_id,
    unique=True,
    postgresql_nulls_not_distinct=True,
)
Index(
    "ix_notifications_account_id_id",
    notifications.c.account_id,
    notifications.c.id,
    postgresql_where=text("hidden_at IS NULL"),
)
Index(
    "ix_notifications_group",
    notifications.c.account_id,
    notifications.c.group_key,
    notifications.c.id,
    postgresql_where=text("hidden_at IS NULL AND group_key IS NOT NULL"),
)
Index(
    "ix_notifications_status_id",
    notifications.c.status_id,
    postgresql_where=notifications.c.status_id.is_not(None),
)
Index("ix_notifications_from_account_id", notifications.c.from_account_id)
