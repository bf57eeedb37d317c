"""Other servers: what we decided about them, and what we know of their health."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from fedi.models.base import FALSE, ZERO, metadata, moment

domain_blocks = Table(
    "domain_blocks",
    metadata,
    Column("domain", Text, primary_key=True),
    # "suspend": nothing is exchanged. "silence": out of public timelines.
    # "noop": only what the switches below say.
    Column("severity", Text, nullable=False, server_default="suspend"),
    # For admins, and for everybody.
    Column("comment", Text, nullable=False, server_default=""),
    Column("public_comment", Text, nullable=False, server_default=""),
    # Rules that were there before rules had ids are numbered by the database.
    Column("id", BigInteger, Identity(), nullable=False),
    Column("reject_media", Boolean, nullable=False, server_default=FALSE),
    Column("reject_reports", Boolean, nullable=False, server_default=FALSE),
    Column("force_sensitive", Boolean, nullable=False, server_default=FALSE),
    # Whether its name is shown with stars where the list is public.
    Column("obfuscate", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
    UniqueConstraint("id"),
)
# The only servers to talk to, when the server keeps to a list.
domain_allows = Table(
    "domain_allows",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("comment", Text, nullable=False, server_default=""),
    Column("id", BigInteger, nullable=False),
    moment("created_at", required=True),
    UniqueConstraint("id"),
)

# Servers that pass on the public posts of many others.
relays = Table(
    "relays",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # "mastodon": followed by its inbox; "litepub": followed as an actor.
    Column("style", Text, nullable=False),
    Column("inbox_url", Text, nullable=False, unique=True),
    Column("actor_uri", Text),
    Column("follow_uri", Text, nullable=False),
    # 0 asked, 1 accepted, 2 rejected
    Column("state", SmallInteger, nullable=False, server_default=ZERO),
    # Only posts with one of these hashtags are taken; none: all are.
    Column("tags", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # Whether our own public posts go there.
    Column("sends", Boolean, nullable=False, server_default=text("true")),
    moment("created_at", required=True),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    # Failures in a row within the breaker's window, and when the first of them was.
    Column("failures", Integer, nullable=False, server_default=ZERO),
    moment("failing_since"),
    # While this lies ahead, the breaker is open: nothing is claimed for this host.
    moment("held_until"),
    moment("last_success_at"),
    moment("last_failure_at"),
    moment("last_inbound_at"),
    Column("last_error", Text),
    # Which way of signing goes first ("cavage", "rfc9421", or "ed25519": the same with the other
    # kind of key), and how often in a row a later knock was the one that was let in.
    Column("dialect", Text, nullable=False, server_default="cavage"),
    Column("second_knocks", SmallInteger, nullable=False, server_default=ZERO),
    # Whether it has said that it understands RFC 9421, and that with Ed25519 keys.
    Column("advertises_rfc9421", Boolean, nullable=False, server_default=FALSE),
    Column("advertises_ed25519", Boolean, nullable=False, server_default=FALSE),
    # Whether signed fetches cover the query.
    Column("signs_query", Boolean, nullable=False, server_default=text("true")),
    moment("created_at", required=True),
)

# How many actors of a registrable domain we have met within the hour (state growth from
# invented hosts is bounded), and other windows counted in the database.
counters = Table(
    "counters",
    metadata,
    Column("key", Text, nullable=False),
    moment("window_start", required=True),
    Column("count", BigInteger, nullable=False, server_default=ZERO),
    PrimaryKeyConstraint("key", "window_start"),
)
