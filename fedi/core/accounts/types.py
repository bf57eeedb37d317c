"""What an account is to the rest of the house."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """A local member or a remote actor. The order of fields is that of `queries.COLUMNS`."""

    id: int
    username: str
    # None for local accounts.
    domain: str | None
    handle_verified: bool
    uri: str
    url: str | None
    actor_type: str
    display_name: str
    note: str
    note_source: str
    # [{"name", "value", "source", "verified_at"}]; `value` is cleaned HTML.
    fields: list[dict[str, Any]]
    emojis: list[dict[str, Any]]
    avatar_url: str | None
    header_url: str | None
    # Names in the store: what members uploaded.
    avatar_key: str | None
    header_key: str | None
    avatar_description: str
    header_description: str
    hide_collections: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: list[str]
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    memorial: bool
    also_known_as: list[str]
    moved_to_uri: str | None
    inbox_url: str
    shared_inbox_url: str | None
    outbox_url: str | None
    followers_url: str | None
    following_url: str | None
    featured_url: str | None
    revision: int
    created_at: datetime
    fetched_at: datetime | None
    suspended_at: datetime | None
    silenced_at: datetime | None
    deleted_at: datetime | None
    # What the rule for its domain says of its files and posts.
    media_rejected: bool
    forced_sensitive: bool
    statuses_count: int
    followers_count: int
    following_count: int
    last_status_at: datetime | None
    # What the origin of a remote one says, where it does.
    origin_statuses_count: int | None
    origin_followers_count: int | None
    origin_following_count: int | None

    @property
    def is_local(self) -> bool:
        """Whether it is one of ours."""
        return self.domain is None

    @property
    def acct(self) -> str:
        """The handle as apps see it: without a domain for our own."""
        return self.username if self.domain is None else f"{self.username}@{self.domain}"

    @property
    def is_gone(self) -> bool:
        """Deleted for good, or suspended here: nobody may interact with it."""
        return self.deleted_at is not None or self.suspended_at is not None


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What a member changes; None leaves a part as it is."""

    display_name: str | None = None
    note: str | None = None
    # (name, value) as typed.
    fields: list[tuple[str, str]] | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    # Sites that may name the account as an author.
    attribution_domains: list[str] | None = None
    avatar_description: str | None = None
    header_description: str | None = None
