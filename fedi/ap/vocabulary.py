"""The words of ActivityPub that we read, as typed records.

Each field is already of one type and within its limit; nothing is sanitised or believed. `raw` is
the document that the record was read from, for what only one handler wants to know.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ACTOR_TYPES = frozenset({"Person", "Service", "Application", "Group", "Organization"})
POST_TYPES = frozenset(
    {
        "Note", "Question", "Article", "Page", "Video", "Audio", "Image", "Event", "Document",
        "ChatMessage", "Review", "Comment", "Quotation", "Rating", "Recipe",
    }
)  # fmt: skip
COLLECTION_TYPES = frozenset(
    {"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"}
)
ACTIVITY_TYPES = frozenset(
    {
        "Accept", "Add", "Announce", "AnnounceRequest", "Arrive", "Bite", "Block", "Create",
        "Delete", "Dislike", "EmojiReact", "FeatureRequest", "Flag", "Follow", "Ignore",
        "Invite", "Join", "Leave", "Like", "LikeRequest", "Listen", "Lock", "Move", "Offer",
        "QuoteRequest", "Read", "Reject", "Remove", "ReplyRequest", "TentativeAccept",
        "TentativeReject", "Travel", "Undo", "Update", "View",
    }
)  # fmt: skip

MediaKind = Literal["image", "video", "audio", "unknown"]
KeyKind = Literal["rsa", "ed25519"]


@dataclass(frozen=True, slots=True)
class PublicKeyDoc:
    """A key that an actor names as its own.

    `material` is PEM or Multikey text, as `signatures.keys.load_public` reads it; it did so once.
    """

    id: str
    owner: str
    kind: KeyKind
    material: str


@dataclass(frozen=True, slots=True)
class Emoji:
    """A custom emoji: its name without colons, its picture, its id where it has one."""

    shortcode: str
    url: str
    id: str | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody mentioned: the actor's id (or page), and the name as it was written."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, film or sound of a post."""

    type: MediaKind
    media_type: str | None
    url: str
    alt: str | None = None
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    focal: tuple[float, float] | None = None
    thumbnail: str | None = None
    sensitive: bool = False
    # In seconds.
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class PollOption:
    """One choice of a poll, with the votes that its server states."""

    name: str
    votes: int


@dataclass(frozen=True, slots=True)
class Poll:
    """The poll of a Question; `closed` says that its server calls it over."""

    options: tuple[PollOption, ...]
    multiple: bool
    ends_at: datetime | None
    closed: bool
    voters: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do one thing with a post: at once, and after asking. `PUBLIC` is everybody."""

    automatic: tuple[str, ...]
    manual: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InteractionPolicy:
    """What the author of a post lets others do with it; None where the post says nothing."""

    like: Rule | None = None
    reply: Rule | None = None
    announce: Rule | None = None
    quote: Rule | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts."""

    id: str
    type: str
    username: str
    name: str
    summary: str
    url: str | None
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    following: str | None
    featured: str | None
    featured_tags: str | None
    locked: bool
    discoverable: bool
    indexable: bool
    memorial: bool
    suspended: bool
    moved_to: str | None
    also_known_as: tuple[str, ...]
    published: datetime | None
    icon_url: str | None
    image_url: str | None
    fields: tuple[tuple[str, str], ...]
    emojis: tuple[Emoji, ...]
    hashtags: tuple[str, ...]
    keys: tuple[PublicKeyDoc, ...]
    # All key ids that the actor names, also those whose material we cannot read or must fetch.
    key_ids: tuple[str, ...]
    webfinger: str | None
    attribution_domains: tuple[str, ...]
    # Of a group: where its moderators are listed, and whether only they may post.
    moderators: str | None
    posting_restricted: bool
    # Whether pages for people without an account leave out the posts to everybody, and those to
    # everybody but timelines.
    hides_public: bool
    hides_unlisted: bool
    # What its server can do, as addresses of the documents that define it.
    implements: tuple[str, ...]
    # What the actor says of itself, where the collections came along.
    statuses_count: int | None
    followers_count: int | None
    following_count: int | None
    raw: dict[str, Any]

    @property
    def bot(self) -> bool:
        """True when it says of itself that no person acts here."""
        return self.type in ("Service", "Application")


@dataclass(frozen=True, slots=True)
class Note:
    """Anything that we show as a post."""

    id: str
    type: str
    attributed_to: str
    authors: tuple[str, ...]
    # HTML as it came, and for long posts with title and facts around it.
    content: str
    language: str | None
    # A content warning: None for none, "" for one without words.
    summary: str | None
    name: str | None
    url: str | None
    in_reply_to: str | None
    published: datetime | None
    updated: datetime | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    recipients: tuple[str, ...]
    # The groups that it was posted to.
    audience: tuple[str, ...]
    sensitive: bool
    attachments: tuple[Attachment, ...]
    mentions: tuple[Mention, ...]
    hashtags: tuple[str, ...]
    emojis: tuple[Emoji, ...]
    conversation: str | None
    context: str | None
    # Where everything is listed that was done in the conversation.
    context_history: str | None
    quote: str | None
    quote_authorization: str | None
    # Where it is written that the post may answer what it answers.
    reply_authorization: str | None
    interaction_policy: InteractionPolicy | None
    replies: str | None
    # What the origin says; we know only of what came here.
    replies_count: int | None
    likes_count: int | None
    shares_count: int | None
    poll: Poll | None
    is_vote: bool
    direct: bool
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that an actor did."""

    id: str | None
    type: str
    actor: str
    # More than one only in documents that name several: the signer must then be one of them.
    actors: tuple[str, ...]
    object_id: str | None
    object: dict[str, Any] | None
    # Everything in `object`: votes and reports put several things there.
    objects: tuple[str | dict[str, Any], ...]
    target: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    recipients: tuple[str, ...]
    published: datetime | None
    raw: dict[str, Any]

    @property
    def object_ids(self) -> tuple[str, ...]:
        """The ids of everything in `object`."""
        found = (item if isinstance(item, str) else item.get("id") for item in self.objects)
        return tuple(item for item in found if isinstance(item, str))


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """A collection or one page of it; `items` are ids and objects as they stand."""

    id: str | None
    type: str
    items: tuple[str | dict[str, Any], ...]
    total: int | None
    first: str | None
    next: str | None
    prev: str | None
    part_of: str | None
    attributed_to: str | None
    # The first page where it came along inside the collection.
    first_page: "CollectionPage | None"
