"""plans: the members' names are an index for names, and for nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAME, TABLE = "ix_accounts_local_prefix", "accounts"
INTERIM = f"{NAME}_new"


def upgrade() -> None:
    _replace("domain IS NULL AND lower(username) IS NOT NULL")


def downgrade() -> None:
    _replace("domain IS NULL")


def _replace(condition: str) -> None:
    """Build the new one beside the old one, which is gone only when there is another.

    In a transaction of its own: to drop an index locks the table for readers as well, and to build
    one reads all accounts. A build that was not renamed is left over from a broken off migration.
    """
    with op.get_context().autocommit_block():
        op.drop_index(INTERIM, table_name=TABLE, if_exists=True)
        op.create_index(
            INTERIM,
            TABLE,
            [sa.text("lower(username) text_pattern_ops")],
            postgresql_where=sa.text(condition),
        )
    op.drop_index(NAME, table_name=TABLE)
    op.execute(f"ALTER INDEX {INTERIM} RENAME TO {NAME}")
