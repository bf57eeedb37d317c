"""Other servers: what we decided about them, and what we know of their health."""

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, SmallInteger, Table, Text

from fedi.models.base import ZERO, metadata, moment

domain_blocks = Table(
    "domain_blocks",
    metadata,
    Column("domain", Text, primary_key=True),
    # "suspend": nothing is exchanged. "silence": out of public timelines.
    Column("severity", Text, nullable=False, server_default="suspend"),
    Column("comment", Text, nullable=False, server_default=""),
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
    # Which signature dialect goes first ("cavage" or "rfc9421"), and how often in a row the
    # second knock was the one that was let in.
    Column("dialect", Text, nullable=False, server_default="cavage"),
    Column("second_knocks", SmallInteger, nullable=False, server_default=ZERO),
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
