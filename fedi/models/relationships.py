"""Who follows, blocks and mutes whom."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from fedi.models.base import FALSE, metadata, moment


def _pair() -> list[Column[object]]:
    return [
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column(
            "account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        Column(
            "target_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        moment("created_at", required=True),
    ]


follows = Table(
    "follows",
    metadata,
    *_pair(),
    # A request that waits for the target is a follow that is not accepted yet.
    Column("accepted", Boolean, nullable=False, server_default=FALSE),
    # Whether the follower is one of ours: fan-out reads only these.
    Column("local", Boolean, nullable=False),
    Column("uri", Text),
    Column("show_reblogs", Boolean, nullable=False, server_default=text("true")),
    Column("notify", Boolean, nullable=False, server_default=FALSE),
    Column("languages", ARRAY(Text)),
    UniqueConstraint("account_id", "target_id"),
)
Index(
    "ix_follows_local_followers",
    follows.c.target_id,
    follows.c.account_id,
    postgresql_where=text("local AND accepted"),
)
Index("ix_follows_target_id", follows.c.target_id, follows.c.id)
Index("ix_follows_account_id_id", follows.c.account_id, follows.c.id)
Index("ix_follows_uri", follows.c.uri, postgresql_where=follows.c.uri.is_not(None))

blocks = Table(
    "blocks", metadata, *_pair(), Column("uri", Text), UniqueConstraint("account_id", "target_id")
)
Index("ix_blocks_target_id", blocks.c.target_id, blocks.c.account_id)
Index("ix_blocks_uri", blocks.c.uri, postgresql_where=blocks.c.uri.is_not(None))

mutes = Table(
    "mutes",
    metadata,
    *_pair(),
    Column("hide_notifications", Boolean, nullable=False, server_default=text("true")),
    moment("expires_at"),
    UniqueConstraint("account_id", "target_id"),
)
Index("ix_mutes_target_id", mutes.c.target_id)
