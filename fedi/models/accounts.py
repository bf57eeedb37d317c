"""People: accounts (local and remote actors), keys, counters, and the users behind local ones."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from fedi.models.base import FALSE, ZERO, metadata, moment

accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("username", Text, nullable=False),
    # None for local accounts; the domain of the handle for remote ones (punycode, lower case).
    Column("domain", Text),
    # A remote handle counts only once its own domain has confirmed it; until then it is
    # shown as name@host-of-id and does not take the unique place of the handle.
    Column("handle_verified", Boolean, nullable=False, server_default=text("true")),
    Column("uri", Text, nullable=False, unique=True),
    Column("url", Text),
    Column("actor_type", Text, nullable=False, server_default="Person"),
    Column("display_name", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    # What a local person typed; the cleaned HTML stands in `note`.
    Column("note_source", Text, nullable=False, server_default=""),
    Column("fields", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("emojis", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("avatar_url", Text),
    Column("header_url", Text),
    # Names in the store, for local accounts.
    Column("avatar_key", Text),
    Column("header_key", Text),
    Column("avatar_description", Text, nullable=False, server_default=""),
    Column("header_description", Text, nullable=False, server_default=""),
    Column("locked", Boolean, nullable=False, server_default=FALSE),
    Column("bot", Boolean, nullable=False, server_default=FALSE),
    Column("discoverable", Boolean, nullable=False, server_default=FALSE),
    Column("indexable", Boolean, nullable=False, server_default=FALSE),
    # Whether followers and followed are kept private, and which parts of the profile are shown.
    Column("hide_collections", Boolean, nullable=False, server_default=FALSE),
    Column("show_media", Boolean, nullable=False, server_default=text("true")),
    Column("show_media_replies", Boolean, nullable=False, server_default=text("true")),
    Column("show_featured", Boolean, nullable=False, server_default=text("true")),
    # Sites that may name the account as an author in link previews.
    Column("attribution_domains", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("memorial", Boolean, nullable=False, server_default=FALSE),
    Column("also_known_as", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("moved_to_uri", Text),
    Column("inbox_url", Text, nullable=False, server_default=""),
    Column("shared_inbox_url", Text),
    Column("outbox_url", Text),
    Column("followers_url", Text),
    Column("following_url", Text),
    Column("featured_url", Text),
    Column("featured_tags_url", Text),
    # Of a group: where its moderators are listed, and whether only they may post.
    Column("moderators_url", Text),
    Column("posting_restricted", Boolean, nullable=False, server_default=FALSE),
    # Whether pages for people without an account leave the posts out: those to everybody, and
    # those to everybody but timelines.
    Column("hides_public", Boolean, nullable=False, server_default=FALSE),
    Column("hides_unlisted", Boolean, nullable=False, server_default=FALSE),
    # What the rule for its domain says of its files and posts: see core/domains/service.py.
    Column("media_rejected", Boolean, nullable=False, server_default=FALSE),
    Column("forced_sensitive", Boolean, nullable=False, server_default=FALSE),
    # Bumped with every visible change, so that cached renderings know when they are old.
    Column("revision", Integer, nullable=False, server_default=ZERO),
    moment("created_at", required=True),
    # When a remote actor document was last read from its origin.
    moment("fetched_at"),
    # When its newest posts and its pins were last read, and the links of its profile checked.
    moment("outbox_read_at"),
    moment("featured_read_at"),
    moment("links_checked_at"),
    moment("moved_at"),
    moment("suspended_at"),
    moment("silenced_at"),
    # Set when the account is gone for good; the row stays as a tombstone that answers 410.
    moment("deleted_at"),
)
Index(
    "uq_accounts_handle",
    func.lower(accounts.c.username),
    func.coalesce(accounts.c.domain, ""),
    unique=True,
    postgresql_where=text("handle_verified"),
)
# People by the beginning of their name: see core/search/accounts.py.
Index(
    "ix_accounts_prefix",
    func.lower(accounts.c.username).label("name"),
    postgresql_ops={"name": "text_pattern_ops"},
)
Index(
    "ix_accounts_local_prefix",
    func.lower(accounts.c.username).label("name"),
    postgresql_ops={"name": "text_pattern_ops"},
    # The name, too: by the domain alone it would serve every statement about "members", and on a
    # young server Postgres takes walking through all members for cheaper than looking one up.
    postgresql_where=text("domain IS NULL AND lower(username) IS NOT NULL"),
)
# Without accents, and with a space for each sign: what is left are the words of a name.
_FOLDED = func.regexp_replace(
    func.lower(func.normalize(accounts.c.display_name, text("NFKD"))),
    text(r"'[\u0300-\u036f]'"),
    text("''"),
    text("'g'"),
)
_NAME_WORDS = func.regexp_replace(
    _FOLDED,
    text(r"'[\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e]+'"),
    text("' '"),
    text("'g'"),
)
Index(
    "ix_accounts_names",
    func.to_tsvector(text("'simple'::regconfig"), _NAME_WORDS),
    postgresql_using="gin",
)
Index("ix_accounts_domain", accounts.c.domain, postgresql_where=accounts.c.domain.is_not(None))
# The directory goes through those who want to be found, and there may be few of them.
Index("ix_accounts_discoverable", accounts.c.id, postgresql_where=text("discoverable"))

account_stats = Table(
    "account_stats",
    metadata,
    Column(
        "account_id",
        BigInteger,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("statuses_count", Integer, nullable=False, server_default=ZERO),
    Column("followers_count", Integer, nullable=False, server_default=ZERO),
    Column("following_count", Integer, nullable=False, server_default=ZERO),
    # What the origin of a remote account says of itself.
    Column("origin_statuses_count", Integer),
    Column("origin_followers_count", Integer),
    Column("origin_following_count", Integer),
    moment("last_status_at"),
)

account_keys = Table(
    "account_keys",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("key_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # "rsa" or "ed25519"
    # RSA: SubjectPublicKeyInfo in PEM. Ed25519: the multibase form.
    Column("public_key", Text, nullable=False),
    # Encrypted with the instance secret; None for remote accounts.
    Column("private_key", LargeBinary),
    moment("created_at", required=True),
    # Of keys that take over from others: when they do, and when the others go.
    moment("signs_from"),
    moment("drops_at"),
    Index("ix_account_keys_account_id", "account_id"),
)

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "account_id",
        BigInteger,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False, server_default="member"),
    Column("locale", Text, nullable=False, server_default="en"),
    # Posting defaults and the like: {"privacy": "public", "sensitive": false, "language": null}.
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    # What they said when they asked to join.
    Column("reason", Text, nullable=False, server_default=""),
    # Of the link that confirms the address.
    Column("confirmation_hash", LargeBinary),
    moment("created_at", required=True),
    moment("confirmed_at"),
    moment("approved_at"),
    moment("disabled_at"),
    moment("last_sign_in_at"),
)
Index("uq_users_email", func.lower(users.c.email), unique=True)
