"""federation: reactions, consent, groups, relays, conversations, and rules for other servers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "crawls",
        sa.Column("conversation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("running", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("found", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("unreachable", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_crawls")),
    )
    op.create_index("ix_crawls_finished_at", "crawls", ["finished_at"], unique=False)
    op.create_table(
        "domain_allows",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_allows")),
        sa.UniqueConstraint("id", name=op.f("uq_domain_allows_id")),
    )
    op.create_table(
        "missing_posts",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "tried_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_missing_posts")),
    )
    op.create_index(
        "ix_missing_posts_conversation_id", "missing_posts", ["conversation_id"], unique=False
    )
    op.create_index("ix_missing_posts_tried_at", "missing_posts", ["tried_at"], unique=False)
    op.create_table(
        "relays",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("inbox_url", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=True),
        sa.Column("follow_uri", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("sends", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relays")),
        sa.UniqueConstraint("inbox_url", name=op.f("uq_relays_inbox_url")),
    )
    op.create_table(
        "group_bans",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_group_bans_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["accounts.id"],
            name=op.f("fk_group_bans_group_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "account_id", name=op.f("pk_group_bans")),
    )
    op.create_index("ix_group_bans_account_id", "group_bans", ["account_id"], unique=False)
    op.create_table(
        "group_moderators",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="moderator", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_group_moderators_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["accounts.id"],
            name=op.f("fk_group_moderators_group_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "account_id", name=op.f("pk_group_moderators")),
    )
    op.create_index(
        "ix_group_moderators_account_id", "group_moderators", ["account_id"], unique=False
    )
    op.create_table(
        "groups",
        sa.Column("group_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("posting", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("approval", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["accounts.id"],
            name=op.f("fk_groups_group_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_groups")),
    )
    op.create_table(
        "dislikes",
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_dislikes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_dislikes_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("status_id", "account_id", name=op.f("pk_dislikes")),
    )
    op.create_index("ix_dislikes_account_id", "dislikes", ["account_id"], unique=False)
    op.create_table(
        "group_posts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("announce_uri", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["accounts.id"],
            name=op.f("fk_group_posts_group_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_group_posts_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_posts")),
        sa.UniqueConstraint(
            "group_id", "status_id", name=op.f("uq_group_posts_group_id_status_id")
        ),
    )
    op.create_index("ix_group_posts_group_id_id", "group_posts", ["group_id", "id"], unique=False)
    op.create_index("ix_group_posts_status_id", "group_posts", ["status_id"], unique=False)
    op.create_table(
        "interaction_requests",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("object_uri", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_interaction_requests_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["accounts.id"],
            name=op.f("fk_interaction_requests_actor_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_interaction_requests_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_requests")),
        sa.UniqueConstraint(
            "object_uri", "kind", name=op.f("uq_interaction_requests_object_uri_kind")
        ),
    )
    op.create_index(
        "ix_interaction_requests_account_id_id",
        "interaction_requests",
        ["account_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_interaction_requests_actor_id", "interaction_requests", ["actor_id"], unique=False
    )
    op.create_index(
        "ix_interaction_requests_status_id", "interaction_requests", ["status_id"], unique=False
    )
    op.create_table(
        "status_fetches",
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("inbox_url", sa.Text(), nullable=False),
        sa.Column(
            "fetched_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_fetches_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("status_id", "host", name=op.f("pk_status_fetches")),
    )
    op.create_table(
        "status_reactions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_status_reactions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_reactions_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_reactions")),
        sa.UniqueConstraint(
            "status_id",
            "account_id",
            "name",
            name=op.f("uq_status_reactions_status_id_account_id_name"),
        ),
    )
    op.create_index(
        "ix_status_reactions_account_id", "status_reactions", ["account_id"], unique=False
    )
    op.create_index(
        "ix_status_reactions_uri",
        "status_reactions",
        ["uri"],
        unique=False,
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.add_column(
        "account_keys", sa.Column("signs_from", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("account_keys", sa.Column("drops_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account_stats", sa.Column("origin_statuses_count", sa.Integer(), nullable=True))
    op.add_column("account_stats", sa.Column("origin_followers_count", sa.Integer(), nullable=True))
    op.add_column("account_stats", sa.Column("origin_following_count", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("featured_tags_url", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("moderators_url", sa.Text(), nullable=True))
    op.add_column(
        "accounts",
        sa.Column(
            "posting_restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "accounts",
        sa.Column("hides_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "accounts",
        sa.Column("hides_unlisted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "accounts",
        sa.Column("media_rejected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "accounts",
        sa.Column(
            "forced_sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "accounts", sa.Column("outbox_read_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "accounts", sa.Column("featured_read_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "accounts", sa.Column("links_checked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("accounts", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "domain_blocks", sa.Column("public_comment", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "domain_blocks", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)
    )
    op.add_column(
        "domain_blocks",
        sa.Column("reject_media", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "domain_blocks",
        sa.Column("reject_reports", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "domain_blocks",
        sa.Column("force_sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "domain_blocks",
        sa.Column("obfuscate", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_unique_constraint(op.f("uq_domain_blocks_id"), "domain_blocks", ["id"])
    op.add_column(
        "favourites",
        sa.Column("by_reaction", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "hosts",
        sa.Column(
            "advertises_rfc9421", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "hosts",
        sa.Column("signs_query", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column("quotes", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_quotes_approval_uri",
        "quotes",
        ["approval_uri"],
        unique=False,
        postgresql_where=sa.text("approval_uri IS NOT NULL"),
    )
    op.add_column("reports", sa.Column("uri", sa.Text(), nullable=True))
    op.create_index(
        "uq_reports_uri",
        "reports",
        ["uri"],
        unique=True,
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.add_column(
        "status_stats",
        sa.Column("reactions_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("status_stats", sa.Column("origin_replies_count", sa.Integer(), nullable=True))
    op.add_column("status_stats", sa.Column("origin_reblogs_count", sa.Integer(), nullable=True))
    op.add_column("status_stats", sa.Column("origin_favourites_count", sa.Integer(), nullable=True))
    op.add_column("statuses", sa.Column("group_id", sa.BigInteger(), nullable=True))
    op.add_column("statuses", sa.Column("replies_uri", sa.Text(), nullable=True))
    op.add_column(
        "statuses",
        sa.Column("interaction_policy", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column("statuses", sa.Column("approval", sa.SmallInteger(), nullable=True))
    op.add_column("statuses", sa.Column("approval_uri", sa.Text(), nullable=True))
    op.add_column(
        "statuses",
        sa.Column("imported", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_statuses_approval_uri",
        "statuses",
        ["approval_uri"],
        unique=False,
        postgresql_where=sa.text("approval_uri IS NOT NULL"),
    )
    op.create_index(
        "ix_tombstones_actor_uri",
        "tombstones",
        ["actor_uri"],
        unique=False,
        postgresql_using="hash",
    )
    op.create_index(
        "ix_undone_actor_uri", "undone", ["actor_uri"], unique=False, postgresql_using="hash"
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_index("ix_undone_actor_uri", table_name="undone", postgresql_using="hash")
    op.drop_index("ix_tombstones_actor_uri", table_name="tombstones", postgresql_using="hash")
    op.drop_index(
        "ix_statuses_approval_uri",
        table_name="statuses",
        postgresql_where=sa.text("approval_uri IS NOT NULL"),
    )
    op.drop_column("statuses", "imported")
    op.drop_column("statuses", "approval_uri")
    op.drop_column("statuses", "approval")
    op.drop_column("statuses", "interaction_policy")
    op.drop_column("statuses", "replies_uri")
    op.drop_column("statuses", "group_id")
    op.drop_column("status_stats", "origin_favourites_count")
    op.drop_column("status_stats", "origin_reblogs_count")
    op.drop_column("status_stats", "origin_replies_count")
    op.drop_column("status_stats", "reactions_count")
    op.drop_index(
        "uq_reports_uri", table_name="reports", postgresql_where=sa.text("uri IS NOT NULL")
    )
    op.drop_column("reports", "uri")
    op.drop_index(
        "ix_quotes_approval_uri",
        table_name="quotes",
        postgresql_where=sa.text("approval_uri IS NOT NULL"),
    )
    op.drop_column("quotes", "checked_at")
    op.drop_column("hosts", "signs_query")
    op.drop_column("hosts", "advertises_rfc9421")
    op.drop_column("favourites", "by_reaction")
    op.drop_constraint(op.f("uq_domain_blocks_id"), "domain_blocks", type_="unique")
    op.drop_column("domain_blocks", "obfuscate")
    op.drop_column("domain_blocks", "force_sensitive")
    op.drop_column("domain_blocks", "reject_reports")
    op.drop_column("domain_blocks", "reject_media")
    op.drop_column("domain_blocks", "id")
    op.drop_column("domain_blocks", "public_comment")
    op.drop_column("accounts", "moved_at")
    op.drop_column("accounts", "links_checked_at")
    op.drop_column("accounts", "featured_read_at")
    op.drop_column("accounts", "outbox_read_at")
    op.drop_column("accounts", "forced_sensitive")
    op.drop_column("accounts", "media_rejected")
    op.drop_column("accounts", "hides_unlisted")
    op.drop_column("accounts", "hides_public")
    op.drop_column("accounts", "posting_restricted")
    op.drop_column("accounts", "moderators_url")
    op.drop_column("accounts", "featured_tags_url")
    op.drop_column("account_stats", "origin_following_count")
    op.drop_column("account_stats", "origin_followers_count")
    op.drop_column("account_stats", "origin_statuses_count")
    op.drop_column("account_keys", "drops_at")
    op.drop_column("account_keys", "signs_from")
    op.drop_index(
        "ix_status_reactions_uri",
        table_name="status_reactions",
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.drop_index("ix_status_reactions_account_id", table_name="status_reactions")
    op.drop_table("status_reactions")
    op.drop_table("status_fetches")
    op.drop_index("ix_interaction_requests_status_id", table_name="interaction_requests")
    op.drop_index("ix_interaction_requests_actor_id", table_name="interaction_requests")
    op.drop_index("ix_interaction_requests_account_id_id", table_name="interaction_requests")
    op.drop_table("interaction_requests")
    op.drop_index("ix_group_posts_status_id", table_name="group_posts")
    op.drop_index("ix_group_posts_group_id_id", table_name="group_posts")
    op.drop_table("group_posts")
    op.drop_index("ix_dislikes_account_id", table_name="dislikes")
    op.drop_table("dislikes")
    op.drop_table("groups")
    op.drop_index("ix_group_moderators_account_id", table_name="group_moderators")
    op.drop_table("group_moderators")
    op.drop_index("ix_group_bans_account_id", table_name="group_bans")
    op.drop_table("group_bans")
    op.drop_table("relays")
    op.drop_index("ix_missing_posts_tried_at", table_name="missing_posts")
    op.drop_index("ix_missing_posts_conversation_id", table_name="missing_posts")
    op.drop_table("missing_posts")
    op.drop_table("domain_allows")
    op.drop_index("ix_crawls_finished_at", table_name="crawls")
    op.drop_table("crawls")
    # ### end Alembic commands ###
