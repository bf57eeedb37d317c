"""who verifies Ed25519, and which of our posts are articles."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Both with a fixed default: no row is written anew, however many there are.
COLUMNS = (("hosts", "advertises_ed25519"), ("statuses", "is_article"))


def upgrade() -> None:
    for table, name in COLUMNS:
        default = sa.text("false")
        op.add_column(table, sa.Column(name, sa.Boolean(), server_default=default, nullable=False))


def downgrade() -> None:
    op.execute("UPDATE hosts SET dialect = 'rfc9421' WHERE dialect = 'ed25519'")
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
