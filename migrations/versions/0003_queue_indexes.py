"""queue indexes: each partial index serves only the statements that ask for its own column."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

QUEUES = ("inbound", "events", "deliveries", "chores")
# Index, its columns, its condition from now on and until now.
INDEXES = (
    ("ready", ["host", "id"], "state = 0 AND host IS NOT NULL", "state = 0"),
    ("parked", ["due_at"], "state = 1 AND due_at IS NOT NULL", "state = 1"),
    ("hold", ["hold", "id"], "state = 1 AND hold IS NOT NULL", "state = 1"),
    (
        "leased",
        ["leased_until"],
        "state = 0 AND leased_until IS NOT NULL",
        "state = 0 AND lease IS NOT NULL",
    ),
)
LANE = ("lane", ["lane", "id"], "state = 0 AND lane IS NOT NULL", "state = 0")


# Not built concurrently: that waits for every transaction, those included that wait for us. What
# these indexes hold are a queue's open rows, of which there are few.
def upgrade() -> None:
    for table in QUEUES:
        for name, columns, condition, _ in INDEXES:
            _replace(table, name, columns, condition)
    name, columns, condition, _ = LANE
    _replace("deliveries", name, columns, condition)
    # The end of a delivery is looked up by its activity.
    op.drop_index("ix_deliveries_ended", table_name="deliveries")


def downgrade() -> None:
    op.create_index(
        "ix_deliveries_ended", "deliveries", ["ended_at"], postgresql_where=sa.text("state > 1")
    )
    name, columns, _, condition = LANE
    _replace("deliveries", name, columns, condition)
    for table in QUEUES:
        for name, columns, _, condition in INDEXES:
            _replace(table, name, columns, condition)


def _replace(table: str, name: str, columns: list[str], condition: str) -> None:
    op.drop_index(f"ix_{table}_{name}", table_name=table)
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text(condition))
