"""The durable queues `events`, `deliveries` and `chores`, and the activities that are delivered."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fedi.models.base import metadata, moment, queue_columns, queue_indexes

events = Table(
    "events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("type", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    *queue_columns(),
)
queue_indexes(events)

# What we sent or will send: one row for each activity, its bytes as they go over the wire.
activities = Table(
    "activities",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    # The event that caused it.
    Column("event_id", BigInteger, nullable=False),
    Column("uri", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    # Whose key signs.
    Column("account_id", BigInteger, nullable=False),
    Column("object_uri", Text, nullable=False),
    # The local post that it is about, for receipts.
    Column("status_id", BigInteger),
    Column("body", LargeBinary),
    moment("created_at", required=True),
    # Once its deliveries have been compacted: how many ended how.
    Column("receipt", JSONB),
    Index("ix_activities_status_id", "status_id", postgresql_where=text("status_id IS NOT NULL")),
    Index("ix_activities_created_at", "created_at"),
)

# The delivery ledger: one row for each (activity, inbox), from pending to its recorded end.
# `host` is the inbox's host (fairness); `lane` and `hold` are object and inbox together: what
# concerns one object reaches one inbox in the order of events.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "activity_id", BigInteger, ForeignKey("activities.id", ondelete="CASCADE"), nullable=False
    ),
    Column("inbox_url", Text, nullable=False),
    Column("status_code", SmallInteger),
    moment("first_tried_at"),
    moment("last_tried_at"),
    *queue_columns(),
    UniqueConstraint("activity_id", "inbox_url"),
)
queue_indexes(deliveries, one_by_one=True)

chores = Table(
    "chores",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    # The same chore is not queued twice while it is open.
    Column("key", Text, nullable=False),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    *queue_columns(),
)
queue_indexes(chores)
Index(
    "uq_chores_open",
    chores.c.kind,
    chores.c.key,
    unique=True,
    postgresql_where=text("state < 2"),
)
