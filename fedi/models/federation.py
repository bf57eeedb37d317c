"""What only the exchange with other servers needs to remember."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from fedi.models.base import FALSE, ZERO, account_column, metadata, moment


def _status() -> Column[object]:
    return Column(
        "status_id", BigInteger, ForeignKey("statuses.id", ondelete="CASCADE"), nullable=False
    )


# Reactions with an emoji. Plain apps see each person who reacts as one who favourites.
status_reactions = Table(
    "status_reactions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _status(),
    account_column(),
    # The emoji itself, or the shortcode of a custom one with the host that it is from.
    Column("name", Text, nullable=False),
    Column("url", Text),
    Column("uri", Text),
    moment("created_at", required=True),
    UniqueConstraint("status_id", "account_id", "name"),
    Index("ix_status_reactions_account_id", "account_id"),
)
Index(
    "ix_status_reactions_uri",
    status_reactions.c.uri,
    postgresql_where=status_reactions.c.uri.is_not(None),
)

# Votes against a post, which groups and video servers know.
dislikes = Table(
    "dislikes",
    metadata,
    _status(),
    account_column(),
    Column("uri", Text),
    moment("created_at", required=True),
    PrimaryKeyConstraint("status_id", "account_id"),
    Index("ix_dislikes_account_id", "account_id"),
)

# Likes, answers, boosts and quotes of members' posts that wait for a member's word, or had it.
interaction_requests = Table(
    "interaction_requests",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # "like", "reply", "announce" or "quote"
    Column("kind", Text, nullable=False),
    # The member who decides, the post that it is about, and who asks.
    account_column(),
    _status(),
    Column("actor_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    # The Like, answer, Announce or quoting post.
    Column("object_uri", Text, nullable=False),
    # What asked for it: the answer names it, and what was allowed takes effect from it.
    Column("request", JSONB, nullable=False),
    # 0 waiting, 1 allowed, 2 refused or taken back, 3 behind another one that waits
    Column("state", SmallInteger, nullable=False, server_default=ZERO),
    moment("created_at", required=True),
    moment("decided_at"),
    UniqueConstraint("object_uri", "kind"),
    Index("ix_interaction_requests_account_id_id", "account_id", "id"),
    Index("ix_interaction_requests_status_id", "status_id"),
    Index("ix_interaction_requests_actor_id", "actor_id"),
)

# Hosts that fetched a post of ours under a signature: they hear of its edits and of its end.
status_fetches = Table(
    "status_fetches",
    metadata,
    _status(),
    Column("host", Text, nullable=False),
    Column("inbox_url", Text, nullable=False),
    moment("fetched_at", required=True),
    PrimaryKeyConstraint("status_id", "host"),
)

# How far a conversation has been read at its origins.
crawls = Table(
    "crawls",
    metadata,
    Column("conversation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("running", Boolean, nullable=False, server_default=FALSE),
    # Posts that this crawl brought, that the thread is said to have, and that cannot be had.
    Column("found", Integer, nullable=False, server_default=ZERO),
    Column("expected", Integer),
    Column("unreachable", Integer, nullable=False, server_default=ZERO),
    moment("started_at"),
    moment("finished_at"),
    Index("ix_crawls_finished_at", "finished_at"),
)
# Posts of conversations that are named and cannot be had.
missing_posts = Table(
    "missing_posts",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("conversation_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=ZERO),
    moment("tried_at", required=True),
    Index("ix_missing_posts_conversation_id", "conversation_id"),
    Index("ix_missing_posts_tried_at", "tried_at"),
)

# What holds in a group of ours: its account is of the type Group and belongs to no user.
groups = Table(
    "groups",
    metadata,
    Column(
        "group_id",
        BigInteger,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    # Who may post: 0 anybody, 1 members, 2 moderators.
    Column("posting", SmallInteger, nullable=False, server_default=ZERO),
    # Whether posts wait for a moderator.
    Column("approval", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
)

# Who keeps order in a group, ours or another's.
group_moderators = Table(
    "group_moderators",
    metadata,
    Column("group_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    account_column(),
    # "owner" or "moderator"
    Column("role", Text, nullable=False, server_default="moderator"),
    moment("created_at", required=True),
    PrimaryKeyConstraint("group_id", "account_id"),
    Index("ix_group_moderators_account_id", "account_id"),
)
group_bans = Table(
    "group_bans",
    metadata,
    Column("group_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    account_column(),
    Column("reason", Text, nullable=False, server_default=""),
    moment("created_at", required=True),
    moment("expires_at"),
    PrimaryKeyConstraint("group_id", "account_id"),
    Index("ix_group_bans_account_id", "account_id"),
)
# Posts in groups.
group_posts = Table(
    "group_posts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("group_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _status(),
    # 0 waits for a moderator, 1 announced, 2 removed
    Column("state", SmallInteger, nullable=False, server_default=ZERO),
    Column("announce_uri", Text),
    # The Create as it came, for the followers of a group of ours.
    Column("body", LargeBinary),
    # Whether nobody may answer any more.
    Column("locked", Boolean, nullable=False, server_default=FALSE),
    moment("created_at", required=True),
    UniqueConstraint("group_id", "status_id"),
    Index("ix_group_posts_status_id", "status_id"),
    Index("ix_group_posts_group_id_id", "group_id", "id"),
)
