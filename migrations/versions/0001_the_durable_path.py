"""the durable path."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


# Rows of the queues live for seconds: vacuum looks at them often and in small steps.
QUEUES = ("inbound", "events", "deliveries", "chores")


def upgrade() -> None:
    for name in ("id_seq", "lease_seq"):
        op.execute(f"CREATE SEQUENCE {name}")
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("handle_verified", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("actor_type", sa.Text(), server_default="Person", nullable=False),
        sa.Column("display_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("note_source", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "emojis",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("header_url", sa.Text(), nullable=True),
        sa.Column("locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("discoverable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("indexable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("memorial", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "also_known_as",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("moved_to_uri", sa.Text(), nullable=True),
        sa.Column("inbox_url", sa.Text(), server_default="", nullable=False),
        sa.Column("shared_inbox_url", sa.Text(), nullable=True),
        sa.Column("outbox_url", sa.Text(), nullable=True),
        sa.Column("followers_url", sa.Text(), nullable=True),
        sa.Column("following_url", sa.Text(), nullable=True),
        sa.Column("featured_url", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silenced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("uri", name=op.f("uq_accounts_uri")),
    )
    op.create_index(
        "ix_accounts_domain",
        "accounts",
        ["domain"],
        unique=False,
        postgresql_where=sa.text("domain IS NOT NULL"),
    )
    op.create_index(
        "uq_accounts_handle",
        "accounts",
        [sa.literal_column("lower(username)"), sa.literal_column("coalesce(domain, '')")],
        unique=True,
        postgresql_where=sa.text("handle_verified"),
    )
    op.create_table(
        "activities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("object_uri", sa.Text(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("receipt", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("uri", name=op.f("uq_activities_uri")),
    )
    op.create_index("ix_activities_created_at", "activities", ["created_at"], unique=False)
    op.create_index(
        "ix_activities_status_id",
        "activities",
        ["status_id"],
        unique=False,
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )
    op.create_table(
        "applications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("redirect_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("client_id", name=op.f("uq_applications_client_id")),
    )
    op.create_table(
        "chores",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("hold", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.BigInteger(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chores")),
    )
    op.create_index(
        "ix_chores_ended",
        "chores",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("state > 1"),
    )
    op.create_index(
        "ix_chores_hold",
        "chores",
        ["hold", "id"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_chores_leased",
        "chores",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.create_index(
        "ix_chores_parked",
        "chores",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_chores_ready",
        "chores",
        ["host", "id"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "uq_chores_open",
        "chores",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("state < 2"),
    )
    op.create_table(
        "counters",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "window_start",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_start", name=op.f("pk_counters")),
    )
    op.create_table(
        "domain_blocks",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), server_default="suspend", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_blocks")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("hold", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.BigInteger(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_ended",
        "events",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("state > 1"),
    )
    op.create_index(
        "ix_events_hold",
        "events",
        ["hold", "id"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_events_leased",
        "events",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.create_index(
        "ix_events_parked",
        "events",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_events_ready",
        "events",
        ["host", "id"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "home_entries",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "status_id", name=op.f("pk_home_entries")),
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dialect", sa.Text(), server_default="cavage", nullable=False),
        sa.Column("second_knocks", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "inbound",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("signer_uri", sa.Text(), nullable=False),
        sa.Column("authentic", sa.Boolean(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("activity_uri", sa.Text(), nullable=True),
        sa.Column("object_uri", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("hold", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.BigInteger(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_inbound_fingerprint")),
    )
    op.create_index(
        "ix_inbound_ended",
        "inbound",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("state > 1"),
    )
    op.create_index(
        "ix_inbound_hold",
        "inbound",
        ["hold", "id"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_inbound_leased",
        "inbound",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.create_index(
        "ix_inbound_parked",
        "inbound",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_inbound_ready",
        "inbound",
        ["host", "id"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "instance_settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance_settings")),
    )
    op.create_table(
        "tombstones",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=False),
        sa.Column(
            "deleted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("uri", "actor_uri", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "undone",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("uri", "actor_uri", name=op.f("pk_undone")),
    )
    op.create_table(
        "account_keys",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_keys_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_keys")),
        sa.UniqueConstraint("key_id", name=op.f("uq_account_keys_key_id")),
    )
    op.create_index("ix_account_keys_account_id", "account_keys", ["account_id"], unique=False)
    op.create_table(
        "account_stats",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statuses_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("followers_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("following_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_status_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_stats_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_stats")),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_blocks_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_blocks_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("account_id", "target_id", name=op.f("uq_blocks_account_id_target_id")),
    )
    op.create_index("ix_blocks_target_id", "blocks", ["target_id", "account_id"], unique=False)
    op.create_index(
        "ix_blocks_uri",
        "blocks",
        ["uri"],
        unique=False,
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("inbox_url", sa.Text(), nullable=False),
        sa.Column("status_code", sa.SmallInteger(), nullable=True),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("hold", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.BigInteger(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities.id"],
            name=op.f("fk_deliveries_activity_id_activities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "activity_id", "inbox_url", name=op.f("uq_deliveries_activity_id_inbox_url")
        ),
    )
    op.create_index(
        "ix_deliveries_ended",
        "deliveries",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("state > 1"),
    )
    op.create_index(
        "ix_deliveries_hold",
        "deliveries",
        ["hold", "id"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_deliveries_lane",
        "deliveries",
        ["lane", "id"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "ix_deliveries_leased",
        "deliveries",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_parked",
        "deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index(
        "ix_deliveries_ready",
        "deliveries",
        ["host", "id"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("show_reblogs", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("notify", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_follows_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_follows_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint(
            "account_id", "target_id", name=op.f("uq_follows_account_id_target_id")
        ),
    )
    op.create_index("ix_follows_account_id_id", "follows", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_follows_local_followers",
        "follows",
        ["target_id", "account_id"],
        unique=False,
        postgresql_where=sa.text("local AND accepted"),
    )
    op.create_index("ix_follows_target_id", "follows", ["target_id", "id"], unique=False)
    op.create_index(
        "ix_follows_uri",
        "follows",
        ["uri"],
        unique=False,
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "mutes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "hide_notifications", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_mutes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["accounts.id"],
            name=op.f("fk_mutes_target_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.UniqueConstraint("account_id", "target_id", name=op.f("uq_mutes_account_id_target_id")),
    )
    op.create_index("ix_mutes_target_id", "mutes", ["target_id"], unique=False)
    op.create_table(
        "statuses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("reblog_of_id", sa.BigInteger(), nullable=True),
        sa.Column("in_reply_to_id", sa.BigInteger(), nullable=True),
        sa.Column("in_reply_to_account_id", sa.BigInteger(), nullable=True),
        sa.Column("in_reply_to_uri", sa.Text(), nullable=True),
        sa.Column("context_uri", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("spoiler_text", sa.Text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column(
            "attachments",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "emojis",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "tags",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("application_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_statuses_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["in_reply_to_id"],
            ["statuses.id"],
            name=op.f("fk_statuses_in_reply_to_id_statuses"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reblog_of_id"],
            ["statuses.id"],
            name=op.f("fk_statuses_reblog_of_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statuses")),
        sa.UniqueConstraint("uri", name=op.f("uq_statuses_uri")),
    )
    op.create_index("ix_statuses_account_id_id", "statuses", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_statuses_in_reply_to_id",
        "statuses",
        ["in_reply_to_id"],
        unique=False,
        postgresql_where=sa.text("in_reply_to_id IS NOT NULL"),
    )
    op.create_index(
        "ix_statuses_orphans",
        "statuses",
        ["in_reply_to_uri"],
        unique=False,
        postgresql_where=sa.text("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
    )
    op.create_index(
        "ix_statuses_public",
        "statuses",
        ["id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0 AND reblog_of_id IS NULL"),
    )
    op.create_index(
        "uq_statuses_boost",
        "statuses",
        ["reblog_of_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("reblog_of_id IS NOT NULL"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="member", nullable=False),
        sa.Column("locale", sa.Text(), server_default="en", nullable=False),
        sa.Column(
            "settings",
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
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_users_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("account_id", name=op.f("uq_users_account_id")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_access_tokens_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_access_tokens_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
    )
    op.create_index(
        "ix_access_tokens_application_id", "access_tokens", ["application_id"], unique=False
    )
    op.create_index("ix_access_tokens_user_id", "access_tokens", ["user_id"], unique=False)
    op.create_table(
        "authorization_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_authorization_codes_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_authorization_codes_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_authorization_codes")),
    )
    op.create_table(
        "bookmarks",
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
            name=op.f("fk_bookmarks_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_bookmarks_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmarks")),
        sa.UniqueConstraint(
            "status_id", "account_id", name=op.f("uq_bookmarks_status_id_account_id")
        ),
    )
    op.create_index("ix_bookmarks_account_id_id", "bookmarks", ["account_id", "id"], unique=False)
    op.create_table(
        "favourites",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
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
            name=op.f("fk_favourites_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_favourites_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourites")),
        sa.UniqueConstraint(
            "status_id", "account_id", name=op.f("uq_favourites_status_id_account_id")
        ),
    )
    op.create_index("ix_favourites_account_id_id", "favourites", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_favourites_uri",
        "favourites",
        ["uri"],
        unique=False,
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("from_account_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notifications_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"],
            ["accounts.id"],
            name=op.f("fk_notifications_from_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_notifications_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_account_id_id",
        "notifications",
        ["account_id", "id"],
        unique=False,
        postgresql_where=sa.text("hidden_at IS NULL"),
    )
    op.create_index(
        "ix_notifications_from_account_id", "notifications", ["from_account_id"], unique=False
    )
    op.create_index(
        "ix_notifications_status_id",
        "notifications",
        ["status_id"],
        unique=False,
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )
    op.create_index(
        "uq_notifications_fact",
        "notifications",
        ["account_id", "type", "from_account_id", "status_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "status_edits",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("spoiler_text", sa.Text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "attachments",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "emojis",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_edits_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_edits")),
    )
    op.create_index("ix_status_edits_status_id", "status_edits", ["status_id", "id"], unique=False)
    op.create_table(
        "status_mentions",
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("silent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_status_mentions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_mentions_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("status_id", "account_id", name=op.f("pk_status_mentions")),
    )
    op.create_index(
        "ix_status_mentions_account_id",
        "status_mentions",
        ["account_id", "status_id"],
        unique=False,
    )
    op.create_table(
        "status_stats",
        sa.Column("status_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replies_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reblogs_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("favourites_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"],
            ["statuses.id"],
            name=op.f("fk_status_stats_status_id_statuses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_status_stats")),
    )
    for table in QUEUES:
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.2,"
            " autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1)"
        )


def downgrade() -> None:
    op.drop_table("status_stats")
    op.drop_index("ix_status_mentions_account_id", table_name="status_mentions")
    op.drop_table("status_mentions")
    op.drop_index("ix_status_edits_status_id", table_name="status_edits")
    op.drop_table("status_edits")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(
        "uq_notifications_fact", table_name="notifications", postgresql_nulls_not_distinct=True
    )
    op.drop_index(
        "ix_notifications_status_id",
        table_name="notifications",
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )
    op.drop_index("ix_notifications_from_account_id", table_name="notifications")
    op.drop_index(
        "ix_notifications_account_id_id",
        table_name="notifications",
        postgresql_where=sa.text("hidden_at IS NULL"),
    )
    op.drop_table("notifications")
    op.drop_index(
        "ix_favourites_uri", table_name="favourites", postgresql_where=sa.text("uri IS NOT NULL")
    )
    op.drop_index("ix_favourites_account_id_id", table_name="favourites")
    op.drop_table("favourites")
    op.drop_index("ix_bookmarks_account_id_id", table_name="bookmarks")
    op.drop_table("bookmarks")
    op.drop_table("authorization_codes")
    op.drop_index("ix_access_tokens_user_id", table_name="access_tokens")
    op.drop_index("ix_access_tokens_application_id", table_name="access_tokens")
    op.drop_table("access_tokens")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_table("users")
    op.drop_index(
        "uq_statuses_boost",
        table_name="statuses",
        postgresql_where=sa.text("reblog_of_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_statuses_public",
        table_name="statuses",
        postgresql_where=sa.text("visibility = 0 AND reblog_of_id IS NULL"),
    )
    op.drop_index(
        "ix_statuses_orphans",
        table_name="statuses",
        postgresql_where=sa.text("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
    )
    op.drop_index(
        "ix_statuses_in_reply_to_id",
        table_name="statuses",
        postgresql_where=sa.text("in_reply_to_id IS NOT NULL"),
    )
    op.drop_index("ix_statuses_account_id_id", table_name="statuses")
    op.drop_table("statuses")
    op.drop_index("ix_mutes_target_id", table_name="mutes")
    op.drop_table("mutes")
    op.drop_index(
        "ix_follows_uri", table_name="follows", postgresql_where=sa.text("uri IS NOT NULL")
    )
    op.drop_index("ix_follows_target_id", table_name="follows")
    op.drop_index(
        "ix_follows_local_followers",
        table_name="follows",
        postgresql_where=sa.text("local AND accepted"),
    )
    op.drop_index("ix_follows_account_id_id", table_name="follows")
    op.drop_table("follows")
    op.drop_index(
        "ix_deliveries_ready", table_name="deliveries", postgresql_where=sa.text("state = 0")
    )
    op.drop_index(
        "ix_deliveries_parked", table_name="deliveries", postgresql_where=sa.text("state = 1")
    )
    op.drop_index(
        "ix_deliveries_leased",
        table_name="deliveries",
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.drop_index(
        "ix_deliveries_lane", table_name="deliveries", postgresql_where=sa.text("state = 0")
    )
    op.drop_index(
        "ix_deliveries_hold", table_name="deliveries", postgresql_where=sa.text("state = 1")
    )
    op.drop_index(
        "ix_deliveries_ended", table_name="deliveries", postgresql_where=sa.text("state > 1")
    )
    op.drop_table("deliveries")
    op.drop_index("ix_blocks_uri", table_name="blocks", postgresql_where=sa.text("uri IS NOT NULL"))
    op.drop_index("ix_blocks_target_id", table_name="blocks")
    op.drop_table("blocks")
    op.drop_table("account_stats")
    op.drop_index("ix_account_keys_account_id", table_name="account_keys")
    op.drop_table("account_keys")
    op.drop_table("undone")
    op.drop_table("tombstones")
    op.drop_table("instance_settings")
    op.drop_index("ix_inbound_ready", table_name="inbound", postgresql_where=sa.text("state = 0"))
    op.drop_index("ix_inbound_parked", table_name="inbound", postgresql_where=sa.text("state = 1"))
    op.drop_index(
        "ix_inbound_leased",
        table_name="inbound",
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.drop_index("ix_inbound_hold", table_name="inbound", postgresql_where=sa.text("state = 1"))
    op.drop_index("ix_inbound_ended", table_name="inbound", postgresql_where=sa.text("state > 1"))
    op.drop_table("inbound")
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("hosts")
    op.drop_table("home_entries")
    op.drop_index("ix_events_ready", table_name="events", postgresql_where=sa.text("state = 0"))
    op.drop_index("ix_events_parked", table_name="events", postgresql_where=sa.text("state = 1"))
    op.drop_index(
        "ix_events_leased",
        table_name="events",
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.drop_index("ix_events_hold", table_name="events", postgresql_where=sa.text("state = 1"))
    op.drop_index("ix_events_ended", table_name="events", postgresql_where=sa.text("state > 1"))
    op.drop_table("events")
    op.drop_table("domain_blocks")
    op.drop_table("counters")
    op.drop_index("uq_chores_open", table_name="chores", postgresql_where=sa.text("state < 2"))
    op.drop_index("ix_chores_ready", table_name="chores", postgresql_where=sa.text("state = 0"))
    op.drop_index("ix_chores_parked", table_name="chores", postgresql_where=sa.text("state = 1"))
    op.drop_index(
        "ix_chores_leased",
        table_name="chores",
        postgresql_where=sa.text("state = 0 AND lease IS NOT NULL"),
    )
    op.drop_index("ix_chores_hold", table_name="chores", postgresql_where=sa.text("state = 1"))
    op.drop_index("ix_chores_ended", table_name="chores", postgresql_where=sa.text("state > 1"))
    op.drop_table("chores")
    op.drop_table("applications")
    op.drop_index(
        "ix_activities_status_id",
        table_name="activities",
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )
    op.drop_index("ix_activities_created_at", table_name="activities")
    op.drop_table("activities")
    op.drop_index(
        "uq_accounts_handle", table_name="accounts", postgresql_where=sa.text("handle_verified")
    )
    op.drop_index(
        "ix_accounts_domain", table_name="accounts", postgresql_where=sa.text("domain IS NOT NULL")
    )
    op.drop_table("accounts")
    for name in ("id_seq", "lease_seq"):
        op.execute(f"DROP SEQUENCE {name}")
