"""What admins say to everybody, and what members report to them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from fedi.models.base import FALSE, ZERO, metadata, moment

rules = Table(
    "rules",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", SmallInteger, nullable=False, server_default=ZERO),
    Column("text", Text, nullable=False),
    Column("hint", Text, nullable=False, server_default=""),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("content", Text, nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    Column("all_day", Boolean, nullable=False, server_default=FALSE),
    moment("published_at", required=True),
    moment("updated_at", required=True),
)
announcement_reads = Table(
    "announcement_reads",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column(
        "announcement_id",
        BigInteger,
        ForeignKey("announcements.id", ondelete="CASCADE"),
        nullable=False,
    ),
    PrimaryKeyConstraint("account_id", "announcement_id"),
    Index("ix_announcement_reads_announcement_id", "announcement_id"),
)
announcement_reactions = Table(
    "announcement_reactions",
    metadata,
    Column(
        "announcement_id",
        BigInteger,
        ForeignKey("announcements.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    moment("created_at", required=True),
    PrimaryKeyConstraint("announcement_id", "name", "account_id"),
    Index("ix_announcement_reactions_account_id", "account_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("target_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("status_ids", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    Column("rule_ids", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    # spam, legal, violation or other
    Column("category", Text, nullable=False, server_default="other"),
    Column("comment", Text, nullable=False, server_default=""),
    Column("forwarded", Boolean, nullable=False, server_default=FALSE),
    # The Flag by which another server sent it.
    Column("uri", Text),
    moment("created_at", required=True),
    moment("resolved_at"),
)
Index("ix_reports_account_id", reports.c.account_id)
Index("ix_reports_target_id", reports.c.target_id)
Index("uq_reports_uri", reports.c.uri, unique=True, postgresql_where=reports.c.uri.is_not(None))
