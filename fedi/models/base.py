"""What all tables share: one metadata, constraint names, the columns of a durable queue."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
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


def account_column(name: str = "account_id") -> Column[object]:
    """Whose it is; what hangs on an account goes with it."""
    return Column(name, BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False)


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

    A queue whose lanes are claimed one row at a time also finds ready rows by lane; its ended rows
    are found by something else.

    Each condition names the column of its index: only a statement that compares this very column
    can use it. Otherwise all of them would do for "state = 0 and ...", and what Postgres plans
    while a queue is still empty, when every index costs the same, might walk a whole other one.
    """

    def index(name: str, condition: str, *columns: str) -> None:
        where = text(condition)
        Index(
            f"ix_{table.name}_{name}", *(table.c[each] for each in columns), postgresql_where=where
        )

    index("ready", "state = 0 AND host IS NOT NULL", "host", "id")
    index("parked", "state = 1 AND due_at IS NOT NULL", "due_at")
    index("hold", "state = 1 AND hold IS NOT NULL", "hold", "id")
    index("leased", "state = 0 AND leased_until IS NOT NULL", "leased_until")
    if one_by_one:
        index("lane", "state = 0 AND lane IS NOT NULL", "lane", "id")
    else:
        index("ended", "state > 1", "ended_at")
