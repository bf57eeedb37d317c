"""apps: media, polls, quotes, lists, filters, tags, search, and what members arrange."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("all_day", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_table(
        "cached_files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cached_files")),
    )
    op.create_index("ix_cached_files_seen_at", "cached_files", ["seen_at"], unique=False)
    op.create_table(
        "custom_emojis",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shortcode", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("static_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), server_default="image/png", nullable=False),
        sa.Column(
            "visible_in_picker", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_emojis")),
        sa.UniqueConstraint("shortcode", name=op.f("uq_custom_emojis_shortcode")),
    )
    op.create_table(
        "list_entries",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "status_id", name=op.f("pk_list_entries")),
    )
    op.create_table(
        "preview_cards",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("type", sa.Text(), server_default="link", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("author_url", sa.Text(), server_default="", nullable=False),
        sa.Column("author_account_id", sa.BigInteger(), nullable=True),
        sa.Column("provider_name", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_url", sa.Text(), server_default="", nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("width", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("height", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("image_description", sa.Text(), server_default="", nullable=False),
        sa.Column("embed_url", sa.Text(), server_default="", nullable=False),
        sa.Column("blurhash", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_cards")),
        sa.UniqueConstraint("url", name=op.f("uq_preview_cards_url")),
    )
    op.create_table(
        "rules",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
    )
    op.create_index(
        "ix_tags_prefix",
        "tags",
        ["name"],
        unique=False,
        postgresql_ops={"name": "text_pattern_ops"},
    )
    op.create_table(
        "account_domain_blocks",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_domain_blocks_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_domain_blocks")),
        sa.UniqueConstraint(
            "account_id", "domain", name=op.f("uq_account_domain_blocks_account_id_domain")
        ),
    )
    op.create_table(
        "account_notes",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_notes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_account_notes_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "target_id", name=op.f("pk_account_notes")),
    )
    op.create_index("ix_account_notes_target_id", "account_notes", ["target_id"], unique=False)
    op.create_table(
        "announcement_reactions",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_announcement_reactions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_reactions_announcement_id_announcements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "announcement_id", "name", "account_id", name=op.f("pk_announcement_reactions")
        ),
    )
    op.create_index(
        "ix_announcement_reactions_account_id",
        "announcement_reactions",
        ["account_id"],
        unique=False,
    )
    op.create_table(
        "announcement_reads",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_announcement_reads_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_reads_announcement_id_announcements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "announcement_id", name=op.f("pk_announcement_reads")
        ),
    )
    op.create_index(
        "ix_announcement_reads_announcement_id",
        "announcement_reads",
        ["announcement_id"],
        unique=False,
    )
    op.create_table(
        "conversation_mutes",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_conversation_mutes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "conversation_id", name=op.f("pk_conversation_mutes")
        ),
    )
    op.create_index(
        "ix_conversation_mutes_conversation_id",
        "conversation_mutes",
        ["conversation_id"],
        unique=False,
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("last_status_id", sa.BigInteger(), nullable=False),
        sa.Column("unread", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_conversations_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "account_id",
            "conversation_id",
            name=op.f("uq_conversations_account_id_conversation_id"),
        ),
    )
    op.create_index(
        "ix_conversations_account_id_last_status_id",
        "conversations",
        ["account_id", "last_status_id"],
        unique=False,
    )
    op.create_index(
        "ix_conversations_conversation_id", "conversations", ["conversation_id"], unique=False
    )
    op.create_table(
        "dismissed_suggestions",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_dismissed_suggestions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_dismissed_suggestions_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "target_id", name=op.f("pk_dismissed_suggestions")),
    )
    op.create_index(
        "ix_dismissed_suggestions_target_id", "dismissed_suggestions", ["target_id"], unique=False
    )
    op.create_table(
        "endorsements",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_endorsements_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_endorsements_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsements")),
        sa.UniqueConstraint(
            "account_id", "target_id", name=op.f("uq_endorsements_account_id_target_id")
        ),
    )
    op.create_index("ix_endorsements_target_id", "endorsements", ["target_id"], unique=False)
    op.create_table(
        "featured_tags",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_featured_tags_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_featured_tags")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_featured_tags_account_id_name")),
    )
    op.create_table(
        "filters",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contexts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("action", sa.Text(), server_default="warn", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_filters_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filters")),
    )
    op.create_index("ix_filters_account_id", "filters", ["account_id"], unique=False)
    op.create_table(
        "lists",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("replies_policy", sa.Text(), server_default="list", nullable=False),
        sa.Column("exclusive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_lists_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
    )
    op.create_index("ix_lists_account_id", "lists", ["account_id"], unique=False)
    op.create_table(
        "notification_permissions",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("from_account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_permissions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_permissions_from_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "from_account_id", name=op.f("pk_notification_permissions")
        ),
    )
    op.create_index(
        "ix_notification_permissions_from_account_id",
        "notification_permissions",
        ["from_account_id"],
        unique=False,
    )
    op.create_table(
        "notification_policies",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "for_not_following", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "for_not_followers", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "for_new_accounts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "for_private_mentions", sa.SmallInteger(), server_default=sa.text("1"), nullable=False
        ),
        sa.Column(
            "for_limited_accounts", sa.SmallInteger(), server_default=sa.text("1"), nullable=False
        ),
        sa.Column("for_bots", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_policies_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notification_policies")),
    )
    op.create_table(
        "notification_requests",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("from_account_id", sa.BigInteger(), nullable=False),
        sa.Column("last_status_id", sa.BigInteger(), nullable=True),
        sa.Column("notifications_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_requests_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_requests_from_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_requests")),
        sa.UniqueConstraint(
            "account_id",
            "from_account_id",
            name=op.f("uq_notification_requests_account_id_from_account_id"),
        ),
    )
    op.create_index(
        "ix_notification_requests_from_account_id",
        "notification_requests",
        ["from_account_id"],
        unique=False,
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status_ids",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "rule_ids",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), server_default="other", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("forwarded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_reports_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_reports_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_account_id", "reports", ["account_id"], unique=False)
    op.create_index("ix_reports_target_id", "reports", ["target_id"], unique=False)
    op.create_table(
        "scheduled_statuses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "scheduled_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_scheduled_statuses_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_statuses")),
    )
    op.create_index(
        "ix_scheduled_statuses_account_id_id",
        "scheduled_statuses",
        ["account_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_scheduled_statuses_scheduled_at", "scheduled_statuses", ["scheduled_at"], unique=False
    )
    op.create_table(
        "tag_follows",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_tag_follows_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_follows")),
        sa.UniqueConstraint("name", "account_id", name=op.f("uq_tag_follows_name_account_id")),
    )
    op.create_index(
        "ix_tag_follows_account_id_id", "tag_follows", ["account_id", "id"], unique=False
    )
    op.create_table(
        "filter_keywords",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filter_id", sa.BigInteger(), nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("whole_word", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"],
            ["filters.id"],
            name=op.f("fk_filter_keywords_filter_id_filters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_keywords")),
    )
    op.create_index("ix_filter_keywords_filter_id", "filter_keywords", ["filter_id"], unique=False)
    op.create_table(
        "filter_statuses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filter_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"],
            ["filters.id"],
            name=op.f("fk_filter_statuses_filter_id_filters"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_filter_statuses_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_statuses")),
        sa.UniqueConstraint(
            "filter_id", "status_id", name=op.f("uq_filter_statuses_filter_id_status_id")
        ),
    )
    op.create_index("ix_filter_statuses_status_id", "filter_statuses", ["status_id"], unique=False)
    op.create_table(
        "list_members",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_list_members_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["lists.id"],
            name=op.f("fk_list_members_list_id_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_members")),
        sa.UniqueConstraint(
            "list_id", "account_id", name=op.f("uq_list_members_list_id_account_id")
        ),
    )
    op.create_index(
        "ix_list_members_account_id", "list_members", ["account_id", "list_id"], unique=False
    )
    op.create_table(
        "media_attachments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=True),
        sa.Column("scheduled_status_id", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("preview_key", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("blurhash", sa.Text(), nullable=True),
        sa.Column(
            "meta",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_media_attachments_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_media_attachments_status_id_statuses"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_attachments")),
    )
    op.create_index(
        "ix_media_attachments_account_id", "media_attachments", ["account_id"], unique=False
    )
    op.create_index(
        "ix_media_attachments_scheduled_status_id",
        "media_attachments",
        ["scheduled_status_id"],
        unique=False,
        postgresql_where=sa.text("scheduled_status_id IS NOT NULL"),
    )
    op.create_index(
        "ix_media_attachments_status_id",
        "media_attachments",
        ["status_id"],
        unique=False,
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )
    op.create_index(
        "ix_media_attachments_unattached",
        "media_attachments",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status_id IS NULL AND scheduled_status_id IS NULL"),
    )
    op.create_table(
        "polls",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tallies", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("votes_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("voters_count", sa.Integer(), nullable=True),
        sa.Column("multiple", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hide_totals", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_polls_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_polls_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        sa.UniqueConstraint("status_id", name=op.f("uq_polls_status_id")),
    )
    op.create_index(
        "ix_polls_open",
        "polls",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL AND expires_at IS NOT NULL"),
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("quoted_status_id", sa.BigInteger(), nullable=True),
        sa.Column("quoted_account_id", sa.BigInteger(), nullable=True),
        sa.Column("quoted_uri", sa.Text(), nullable=True),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("approval_uri", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_quotes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["quoted_status_id"],
            ["statuses.id"],
            name=op.f("fk_quotes_quoted_status_id_statuses"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_quotes_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("status_id", name=op.f("uq_quotes_status_id")),
    )
    op.create_index(
        "ix_quotes_quoted_status_id",
        "quotes",
        ["quoted_status_id", "id"],
        unique=False,
        postgresql_where=sa.text("quoted_status_id IS NOT NULL"),
    )
    op.create_index(
        "ix_quotes_quoted_uri",
        "quotes",
        ["quoted_uri"],
        unique=False,
        postgresql_where=sa.text("quoted_status_id IS NULL AND quoted_uri IS NOT NULL"),
    )
    op.create_table(
        "status_pins",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_status_pins_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_pins_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_pins")),
        sa.UniqueConstraint(
            "account_id", "status_id", name=op.f("uq_status_pins_account_id_status_id")
        ),
    )
    op.create_index("ix_status_pins_status_id", "status_pins", ["status_id"], unique=False)
    op.create_table(
        "status_search",
        sa.Column("status_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_search_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_status_search")),
    )
    op.create_index(
        "ix_status_search_words", "status_search", ["words"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "status_tags",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_tags_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("name", "status_id", name=op.f("pk_status_tags")),
    )
    op.create_index(
        "ix_status_tags_account_id",
        "status_tags",
        ["account_id", "name", "status_id"],
        unique=False,
    )
    op.create_index("ix_status_tags_status_id", "status_tags", ["status_id"], unique=False)
    op.create_table(
        "poll_votes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("poll_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
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
            name=op.f("fk_poll_votes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["polls.id"], name=op.f("fk_poll_votes_poll_id_polls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_votes")),
        sa.UniqueConstraint(
            "poll_id", "account_id", "choice", name=op.f("uq_poll_votes_poll_id_account_id_choice")
        ),
    )
    op.create_index("ix_poll_votes_account_id", "poll_votes", ["account_id"], unique=False)
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("standard", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "alerts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("policy", sa.Text(), server_default="all", nullable=False),
        sa.Column("sealed_token", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_push_subscriptions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["access_tokens.id"],
            name=op.f("fk_push_subscriptions_token_id_access_tokens"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("token_id", name=op.f("uq_push_subscriptions_token_id")),
    )
    op.create_index(
        "ix_push_subscriptions_account_id", "push_subscriptions", ["account_id"], unique=False
    )
    op.add_column("accounts", sa.Column("avatar_key", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("header_key", sa.Text(), nullable=True))
    op.add_column(
        "accounts", sa.Column("avatar_description", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "accounts", sa.Column("header_description", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "accounts",
        sa.Column(
            "hide_collections", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column(
        "accounts",
        sa.Column("show_media", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column(
        "accounts",
        sa.Column(
            "show_media_replies", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
    )
    op.add_column(
        "accounts",
        sa.Column("show_featured", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column(
        "accounts",
        sa.Column(
            "attribution_domains",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_accounts_discoverable",
        "accounts",
        ["id"],
        unique=False,
        postgresql_where=sa.text("discoverable"),
    )
    op.create_index(
        "ix_accounts_local_prefix",
        "accounts",
        [sa.literal_column("lower(username)").label("name")],
        unique=False,
        postgresql_ops={"name": "text_pattern_ops"},
        postgresql_where=sa.text("domain IS NULL"),
    )
    op.create_index(
        "ix_accounts_names",
        "accounts",
        [
            sa.literal_column(
                "to_tsvector('simple'::regconfig, regexp_replace(regexp_replace("
                "lower(normalize(display_name, NFKD)), '[\\u0300-\\u036f]', '', 'g'),"
                " '[\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e]+', ' ', 'g'))"
            )
        ],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_accounts_prefix",
        "accounts",
        [sa.literal_column("lower(username)").label("name")],
        unique=False,
        postgresql_ops={"name": "text_pattern_ops"},
    )
    op.add_column("notifications", sa.Column("group_key", sa.Text(), nullable=True))
    op.add_column(
        "notifications",
        sa.Column("filtered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("notifications", sa.Column("subject_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "notifications",
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.drop_index(
        op.f("uq_notifications_fact"),
        table_name="notifications",
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_notifications_fact",
        "notifications",
        ["account_id", "type", "from_account_id", "status_id", "subject_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_notifications_group",
        "notifications",
        ["account_id", "group_key", "id"],
        unique=False,
        postgresql_where=sa.text("hidden_at IS NULL AND group_key IS NOT NULL"),
    )
    op.add_column(
        "status_edits",
        sa.Column("poll_options", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "status_stats",
        sa.Column("quotes_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "statuses",
        sa.Column("local_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("statuses", sa.Column("conversation_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "statuses",
        sa.Column("content_type", sa.Text(), server_default="text/plain", nullable=False),
    )
    op.add_column("statuses", sa.Column("poll_id", sa.BigInteger(), nullable=True))
    op.add_column("statuses", sa.Column("quote_id", sa.BigInteger(), nullable=True))
    op.add_column("statuses", sa.Column("card_id", sa.BigInteger(), nullable=True))
    op.add_column("statuses", sa.Column("quote_policy", sa.SmallInteger(), nullable=True))
    op.add_column("statuses", sa.Column("quote_manual", sa.SmallInteger(), nullable=True))
    op.create_index(
        "ix_statuses_card_id",
        "statuses",
        ["card_id", "id"],
        unique=False,
        postgresql_where=sa.text("card_id IS NOT NULL"),
    )
    op.create_index(
        "ix_statuses_conversation_id",
        "statuses",
        ["conversation_id"],
        unique=False,
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "ix_statuses_public_local",
        "statuses",
        ["id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0 AND reblog_of_id IS NULL AND local"),
    )
    op.add_column("users", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.add_column("users", sa.Column("confirmation_hash", sa.LargeBinary(), nullable=True))
    # ### end Alembic commands ###
    op.execute(
        "WITH RECURSIVE thread(id, root) AS ("
        "  SELECT s.id, s.id FROM statuses s"
        "  WHERE s.reblog_of_id IS NULL AND s.in_reply_to_id IS NULL"
        "  UNION ALL SELECT s.id, t.root FROM thread t"
        "  JOIN statuses s ON s.in_reply_to_id = t.id AND s.reblog_of_id IS NULL)"
        " UPDATE statuses s SET conversation_id = t.root FROM thread t WHERE s.id = t.id"
    )
    op.execute(
        "INSERT INTO status_tags (name, status_id, account_id)"
        " SELECT DISTINCT t.name, s.id, s.account_id FROM statuses s"
        " CROSS JOIN LATERAL jsonb_array_elements_text(s.tags) AS t(name)"
        " WHERE s.visibility = 0 AND s.reblog_of_id IS NULL AND s.tags <> '[]'::jsonb"
    )
    op.execute(
        "INSERT INTO tags (id, name) SELECT"
        " (extract(epoch FROM clock_timestamp()) * 1000)::bigint << 16"
        "   | (nextval('id_seq') & 65535), t.name"
        " FROM (SELECT DISTINCT name FROM status_tags) t"
    )
    op.execute(
        "INSERT INTO chores (kind, key) SELECT 'index_account', a.id::text FROM accounts a"
        " WHERE a.id > 0 AND a.deleted_at IS NULL AND (a.domain IS NULL OR a.indexable)"
    )


def downgrade() -> None:
    op.drop_column("users", "confirmation_hash")
    op.drop_column("users", "reason")
    op.drop_index(
        "ix_statuses_public_local",
        table_name="statuses",
        postgresql_where=sa.text("visibility = 0 AND reblog_of_id IS NULL AND local"),
    )
    op.drop_index(
        "ix_statuses_conversation_id",
        table_name="statuses",
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_statuses_card_id",
        table_name="statuses",
        postgresql_where=sa.text("card_id IS NOT NULL"),
    )
    op.drop_column("statuses", "quote_manual")
    op.drop_column("statuses", "quote_policy")
    op.drop_column("statuses", "card_id")
    op.drop_column("statuses", "quote_id")
    op.drop_column("statuses", "poll_id")
    op.drop_column("statuses", "content_type")
    op.drop_column("statuses", "conversation_id")
    op.drop_column("statuses", "local_only")
    op.drop_column("status_stats", "quotes_count")
    op.drop_column("status_edits", "poll_options")
    op.drop_index(
        "ix_notifications_group",
        table_name="notifications",
        postgresql_where=sa.text("hidden_at IS NULL AND group_key IS NOT NULL"),
    )
    op.drop_index(
        "uq_notifications_fact", table_name="notifications", postgresql_nulls_not_distinct=True
    )
    op.create_index(
        op.f("uq_notifications_fact"),
        "notifications",
        ["account_id", "type", "from_account_id", "status_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.drop_column("notifications", "details")
    op.drop_column("notifications", "subject_id")
    op.drop_column("notifications", "filtered")
    op.drop_column("notifications", "group_key")
    op.drop_index(
        "ix_accounts_prefix", table_name="accounts", postgresql_ops={"name": "text_pattern_ops"}
    )
    op.drop_index("ix_accounts_names", table_name="accounts", postgresql_using="gin")
    op.drop_index(
        "ix_accounts_local_prefix",
        table_name="accounts",
        postgresql_ops={"name": "text_pattern_ops"},
        postgresql_where=sa.text("domain IS NULL"),
    )
    op.drop_index(
        "ix_accounts_discoverable", table_name="accounts", postgresql_where=sa.text("discoverable")
    )
    op.drop_column("accounts", "attribution_domains")
    op.drop_column("accounts", "show_featured")
    op.drop_column("accounts", "show_media_replies")
    op.drop_column("accounts", "show_media")
    op.drop_column("accounts", "hide_collections")
    op.drop_column("accounts", "header_description")
    op.drop_column("accounts", "avatar_description")
    op.drop_column("accounts", "header_key")
    op.drop_column("accounts", "avatar_key")
    op.drop_index("ix_push_subscriptions_account_id", table_name="push_subscriptions")
    op.drop_table("push_subscriptions")
    op.drop_index("ix_poll_votes_account_id", table_name="poll_votes")
    op.drop_table("poll_votes")
    op.drop_index("ix_status_tags_status_id", table_name="status_tags")
    op.drop_index("ix_status_tags_account_id", table_name="status_tags")
    op.drop_table("status_tags")
    op.drop_index("ix_status_search_words", table_name="status_search", postgresql_using="gin")
    op.drop_table("status_search")
    op.drop_index("ix_status_pins_status_id", table_name="status_pins")
    op.drop_table("status_pins")
    op.drop_index(
        "ix_quotes_quoted_uri",
        table_name="quotes",
        postgresql_where=sa.text("quoted_status_id IS NULL AND quoted_uri IS NOT NULL"),
    )
    op.drop_index(
        "ix_quotes_quoted_status_id",
        table_name="quotes",
        postgresql_where=sa.text("quoted_status_id IS NOT NULL"),
    )
    op.drop_table("quotes")
    op.drop_index(
        "ix_polls_open",
        table_name="polls",
        postgresql_where=sa.text("closed_at IS NULL AND expires_at IS NOT NULL"),
    )
    op.drop_table("polls")
    op.drop_index(
        "ix_media_attachments_unattached",
        table_name="media_attachments",
        postgresql_where=sa.text("status_id IS NULL AND scheduled_status_id IS NULL"),
    )
    op.drop_index(
        "ix_media_attachments_status_id",
        table_name="media_attachments",
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_media_attachments_scheduled_status_id",
        table_name="media_attachments",
        postgresql_where=sa.text("scheduled_status_id IS NOT NULL"),
    )
    op.drop_index("ix_media_attachments_account_id", table_name="media_attachments")
    op.drop_table("media_attachments")
    op.drop_index("ix_list_members_account_id", table_name="list_members")
    op.drop_table("list_members")
    op.drop_index("ix_filter_statuses_status_id", table_name="filter_statuses")
    op.drop_table("filter_statuses")
    op.drop_index("ix_filter_keywords_filter_id", table_name="filter_keywords")
    op.drop_table("filter_keywords")
    op.drop_index("ix_tag_follows_account_id_id", table_name="tag_follows")
    op.drop_table("tag_follows")
    op.drop_index("ix_scheduled_statuses_scheduled_at", table_name="scheduled_statuses")
    op.drop_index("ix_scheduled_statuses_account_id_id", table_name="scheduled_statuses")
    op.drop_table("scheduled_statuses")
    op.drop_index("ix_reports_target_id", table_name="reports")
    op.drop_index("ix_reports_account_id", table_name="reports")
    op.drop_table("reports")
    op.drop_index("ix_notification_requests_from_account_id", table_name="notification_requests")
    op.drop_table("notification_requests")
    op.drop_table("notification_policies")
    op.drop_index(
        "ix_notification_permissions_from_account_id", table_name="notification_permissions"
    )
    op.drop_table("notification_permissions")
    op.drop_index("ix_lists_account_id", table_name="lists")
    op.drop_table("lists")
    op.drop_index("ix_filters_account_id", table_name="filters")
    op.drop_table("filters")
    op.drop_table("featured_tags")
    op.drop_index("ix_endorsements_target_id", table_name="endorsements")
    op.drop_table("endorsements")
    op.drop_index("ix_dismissed_suggestions_target_id", table_name="dismissed_suggestions")
    op.drop_table("dismissed_suggestions")
    op.drop_index("ix_conversations_conversation_id", table_name="conversations")
    op.drop_index("ix_conversations_account_id_last_status_id", table_name="conversations")
    op.drop_table("conversations")
    op.drop_index("ix_conversation_mutes_conversation_id", table_name="conversation_mutes")
    op.drop_table("conversation_mutes")
    op.drop_index("ix_announcement_reads_announcement_id", table_name="announcement_reads")
    op.drop_table("announcement_reads")
    op.drop_index("ix_announcement_reactions_account_id", table_name="announcement_reactions")
    op.drop_table("announcement_reactions")
    op.drop_index("ix_account_notes_target_id", table_name="account_notes")
    op.drop_table("account_notes")
    op.drop_table("account_domain_blocks")
    op.drop_index("ix_tags_prefix", table_name="tags", postgresql_ops={"name": "text_pattern_ops"})
    op.drop_table("tags")
    op.drop_table("rules")
    op.drop_table("preview_cards")
    op.drop_table("list_entries")
    op.drop_table("custom_emojis")
    op.drop_index("ix_cached_files_seen_at", table_name="cached_files")
    op.drop_table("cached_files")
    op.drop_table("announcements")
    # ### end Alembic commands ###
