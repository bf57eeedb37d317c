"""What the renderers need to know, gathered beforehand in batches by `federation.facts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A public key of one of our actors: PEM for RSA, multibase for Ed25519."""

    key_id: str
    kind: str
    public_key: str


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """A local actor."""

    id: int
    uri: str
    url: str
    username: str
    # The domain of our handles, which need not be the host of our URLs.
    handle_domain: str
    origin: str
    actor_type: str
    display_name: str
    note: str
    fields: tuple[dict[str, Any], ...]
    emojis: tuple[dict[str, Any], ...]
    avatar_url: str | None
    header_url: str | None
    locked: bool
    discoverable: bool
    indexable: bool
    memorial: bool
    suspended: bool
    deleted: bool
    also_known_as: tuple[str, ...]
    moved_to_uri: str | None
    created_at: datetime
    keys: tuple[KeyFacts, ...]
    # Of a group: whether only its moderators may post.
    posting_restricted: bool = False
    # What is to be seen in the pictures, for those who do not see them.
    avatar_description: str = ""
    header_description: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody addressed by a post; silent ones are addressed without being named."""

    account_id: int
    uri: str
    username: str
    domain: str
    silent: bool = False

    @property
    def name(self) -> str:
        """The name of the tag, always with its host."""
        return f"@{self.username}@{self.domain}"


@dataclass(frozen=True, slots=True)
class PollFacts:
    """The poll of a post; `tallies` are what may be shown."""

    options: tuple[str, ...]
    tallies: tuple[int, ...]
    multiple: bool
    ends_at: datetime | None
    is_over: bool
    voters_count: int


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """The post that a post shows; `approval` is its author's consent in writing."""

    uri: str
    url: str
    approval: str | None = None


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A local post."""

    id: int
    uri: str
    url: str
    origin: str
    author_id: int
    author_uri: str
    followers_uri: str
    visibility: int
    content: str
    text: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    created_at: datetime
    edited_at: datetime | None
    in_reply_to_uri: str | None
    in_reply_to_account_id: int | None
    context_uri: str | None
    mentions: tuple[Mention, ...] = ()
    tags: tuple[Any, ...] = ()
    emojis: tuple[dict[str, Any], ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    favourites_count: int = 0
    reblogs_count: int = 0
    # Ids of the author's own answers for everybody; only looked up for posts that are served.
    self_replies: tuple[str, ...] = ()
    # Posts that must never leave this server; the renderers refuse them.
    local_only: bool = False
    # What `text` was typed in.
    content_type: str = "text/plain"
    # Whether it is long enough to go out as an article; decided when it was written.
    is_article: bool = False
    poll: PollFacts | None = None
    quote: QuoteFacts | None = None
    # Who may quote it without and after asking: 0 nobody, 1 followers, 2 everybody.
    quote_policy: int | None = None
    quote_manual: int | None = None
    # The group that it was posted in.
    group: Mention | None = None
    # Who may like, answer and boost it, by kind, where that is not everybody who reads it.
    rules: Mapping[str, Mapping[str, Sequence[str]]] = field(
        default_factory=dict[str, Mapping[str, Sequence[str]]]
    )
    # Where it is written that it may answer what it answers.
    allowed_by: str | None = None
    # Whether its author lets others find it by its words.
    searchable: bool = False


@dataclass(frozen=True, slots=True)
class BoostFacts:
    """A boost by a local account."""

    id: int
    uri: str
    author_id: int
    author_uri: str
    followers_uri: str
    visibility: int
    created_at: datetime
    object_uri: str
    object_author_id: int
    object_author_uri: str
    # Where it is written that it may be boosted.
    allowed_by: str | None = None


def addresses(visibility: int, followers: str, people: list[str]) -> tuple[list[str], list[str]]:
    """`to` and `cc` for a visibility: public, unlisted, followers, direct."""
    if visibility == 0:
        return [PUBLIC], [followers, *people]
    if visibility == 1:
        return [followers], [PUBLIC, *people]
    if visibility == 2:
        return [followers], people
    return people, []
