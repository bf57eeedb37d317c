"""plans: the members' names are an index for names, and for nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAME, TABLE = "ix_accounts_local_prefix", "accounts"


def upgrade() -> None:
    _replace("domain IS NULL AND lower(username) IS NOT NULL")


def downgrade() -> None:
    _replace("domain IS NULL")


def _replace(condition: str) -> None:
    op.drop_index(NAME, table_name=TABLE)
    op.create_index(
        NAME,
        TABLE,
        [sa.text("lower(username) text_pattern_ops")],
        postgresql_where=sa.text(condition),
    )
