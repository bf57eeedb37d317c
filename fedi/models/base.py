"""What all tables share: one metadata, constraint names, the columns of a durable queue."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# The low 16 bits of every id (fedi.kit.ids), and the fencing numbers of leases (fedi.kit.queue).
ID_SEQUENCE = Sequence("id_seq", metadata=metadata)
LEASE_SEQUENCE = Sequence("lease_seq", metadata=metadata)

NOW = text("now()")
FALSE = text("false")
ZERO = text("0")


def moment(name: str, *, required: bool = False) -> Column[object]:
    """A point in time; a required one defaults to the time of the transaction."""
    return Column(
        name,
        DateTime(timezone=True),
        nullable=not required,
        server_default=NOW if required else None,
    )


def queue_columns() -> list[Column[object]]:
    """The part that every durable queue shares; see `fedi.kit.queue` for what they mean."""
    return [
        Column("host", Text, nullable=False, server_default=""),
        Column("lane", Text, nullable=False, server_default=""),
        Column("hold", Text, nullable=False, server_default=""),
        Column("state", SmallInteger, nullable=False, server_default=ZERO),
        Column("attempts", SmallInteger, nullable=False, server_default=ZERO),
        moment("due_at", required=True),
        moment("leased_until"),
        Column("lease", BigInteger),
        Column("leased_by", Text),
        Column("reason", Text),
        moment("created_at", required=True),
        moment("ended_at"),
    ]


def queue_indexes(table: Table, *, one_by_one: bool = False) -> None:
    """Ready rows by host, parked ones by time and hold, leased and ended ones apart.

    A queue whose lanes are claimed one row at a time also finds ready rows by lane.
    """
    name = table.name
    ready, parked = text("state = 0"), text("state = 1")
    Index(f"ix_{name}_ready", table.c.host, table.c.id, postgresql_where=ready)
    if one_by_one:
        Index(f"ix_{name}_lane", table.c.lane, table.c.id, postgresql_where=ready)
    Index(f"ix_{name}_parked", table.c.due_at, postgresql_where=parked)
    Index(f"ix_{name}_hold", table.c.hold, table.c.id, postgresql_where=parked)
    Index(
        f"ix_{name}_leased",
        table.c.leased_until,
        postgresql_where=text("state = 0 AND lease IS NOT NULL"),
    )
    Index(f"ix_{name}_ended", table.c.ended_at, postgresql_where=text("state > 1"))
