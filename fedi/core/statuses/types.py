"""What a post is to the rest of the house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from fedi.ap.vocabulary import Note
from fedi.core.accounts.types import Account
from fedi.core.statuses.polls import Poll
from fedi.core.statuses.reactions import Emoji


class Head(NamedTuple):
    """What changes often, or depends on the viewer, of one post in a page.

    With the two pairs of revisions it says which cached rendering of the rest is still good. A
    named tuple, because it is built straight from a row, twenty at a time, on the hottest page.
    The order of fields is that of `heads.head_columns`.
    """

    id: int
    account_id: int
    revision: int
    account_revision: int
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: datetime | None
    # For a boost: the original and its author.
    reblog_of_id: int | None
    reblog_account_id: int | None
    reblog_revision: int | None
    reblog_account_revision: int | None
    reblog_followers_count: int
    reblog_following_count: int
    reblog_statuses_count: int
    reblog_last_status_at: datetime | None
    # All of these are about the original where there is one.
    replies_count: int
    reblogs_count: int
    favourites_count: int
    favourited: bool
    reblogged: bool
    bookmarked: bool
    # Whether the viewer does not want to hear of its thread.
    muted: bool
    # Whether it stands on top of the viewer's own profile.
    pinned: bool
    poll_id: int | None
    quote_id: int | None
    quotes_count: int
    # What the viewer may do: a number of `policy.QUOTING`.
    quote_permission: int
    # Where there are none, nobody asks for them.
    reactions_count: int
    # What the origin of a remote post says, where it does.
    origin_replies_count: int | None
    origin_reblogs_count: int | None
    origin_favourites_count: int | None

    @property
    def original_id(self) -> int:
        """The post that was written: of a boost the original, else this one."""
        return self.reblog_of_id or self.id


@dataclass(frozen=True, slots=True)
class ShallowQuote:
    """A quote that is only named: its state, and which post it shows if that is to be seen."""

    state: str
    quoted_status_id: int | None


class MentionedAccount(NamedTuple):
    """Somebody named in a post; `url` is what links in its text point to."""

    id: int
    username: str
    acct: str
    url: str
    uri: str


@dataclass(frozen=True, slots=True)
class PreviewCard:
    """What a link in a post leads to."""

    id: int
    url: str
    type: str
    title: str
    description: str
    language: str | None
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image_url: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    published_at: datetime | None
    # Whoever wrote it, if it is somebody known here.
    author: Account | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """What is the same for every viewer of a post."""

    id: int
    uri: str
    url: str | None
    account: Account
    local: bool
    visibility: int
    reblog_of_id: int | None
    in_reply_to_id: int | None
    in_reply_to_account_id: int | None
    in_reply_to_uri: str | None
    context_uri: str | None
    # Cleaned HTML, and for local posts what was typed.
    content: str
    text: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    # Remote ones have type, url, preview_url, description, blurhash, width, height, focus,
    # media_type; our own have id, type, media_type, file_key, preview_key, description,
    # blurhash, meta.
    attachments: list[dict[str, Any]]
    # Each has shortcode, and url or (our own) key and static_key.
    emojis: list[dict[str, Any]]
    # Names, lower case, without #.
    tags: list[str]
    # (name, website) of the app a local post was written with.
    application: tuple[str, str | None] | None
    revision: int
    created_at: datetime
    edited_at: datetime | None
    mentions: tuple[MentionedAccount, ...]
    # Addressed without being named; the wire needs them, pages do not.
    silent_mentions: tuple[MentionedAccount, ...]
    # Whether it never leaves this server.
    local_only: bool = False
    # What it was typed in.
    content_type: str = "text/plain"
    conversation_id: int | None = None
    poll_id: int | None = None
    quote_id: int | None = None
    # Who may quote it without and after asking: 0 nobody, 1 followers, 2 everybody; None: unsaid.
    quote_policy: int | None = None
    quote_manual: int | None = None
    # Who may like, answer and boost it, where that is not everybody.
    interaction_policy: dict[str, dict[str, list[str]]] | None = None
    card: PreviewCard | None = None


@dataclass(frozen=True, slots=True)
class StoredStatus:
    """The few columns by which a post is found and judged."""

    id: int
    uri: str
    account_id: int
    account_uri: str
    local: bool
    visibility: int
    reblog_of_id: int | None


@dataclass(frozen=True, slots=True)
class Edit:
    """One version of a post."""

    content: str
    text: str
    spoiler_text: str
    sensitive: bool
    attachments: list[dict[str, Any]]
    emojis: list[dict[str, Any]]
    created_at: datetime
    # Texts of the options, where it had a poll then.
    poll_options: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What the author typed, and in which notation."""

    id: int
    text: str
    spoiler_text: str
    content_type: str = "text/plain"


class JoinRow(NamedTuple):
    """An entry of a list whose cursor is the id of the row that joins, not of what it names."""

    id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class NewPoll:
    """A poll as its author asks for it; it ends so many seconds after it began."""

    options: tuple[str, ...]
    expires_in: int
    multiple: bool = False
    hide_totals: bool = False


@dataclass(frozen=True, slots=True)
class NewStatus:
    """What a member posts."""

    text: str
    visibility: int = 0
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    in_reply_to_id: int | None = None
    application_id: int | None = None
    media_ids: tuple[int, ...] = ()
    poll: NewPoll | None = None
    quoted_status_id: int | None = None
    # Who may quote it without asking: 0 nobody, 1 followers, 2 everybody; None: unsaid.
    quote_policy: int | None = None
    # Who may like, answer and boost it, by what members call circles; see `core.consent.policy`.
    interaction_policy: Mapping[str, Mapping[str, Sequence[str]]] | None = None
    # Whether it never leaves this server.
    local_only: bool = False
    # What it was typed in.
    content_type: str = "text/plain"
    # The only accounts that it may mention; None: anybody.
    allowed_mentions: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class MediaChange:
    """What is to change about an attachment; None leaves a part as it is."""

    id: int
    description: str | None = None
    focus: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class StatusChanges:
    """What an edit leaves: text, warning, media and poll replace what was there."""

    text: str
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    # None: the attachments stay as they are.
    media_ids: tuple[int, ...] | None = None
    media_changes: tuple[MediaChange, ...] = ()
    poll: NewPoll | None = None
    # None: as it was.
    quote_policy: int | None = None
    interaction_policy: Mapping[str, Mapping[str, Sequence[str]]] | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What had to be looked up before a text can be stored: who is mentioned, by key.

    Keys are `user` or `user@domain` in lower case, as they stand in the text.
    """

    mentions: Mapping[str, Account] = field(default_factory=dict[str, Account])


@dataclass(frozen=True, slots=True)
class Deleted:
    """A post as it was when its author took it back."""

    head: Head
    body: Body
    poll: Poll | None = None
    quote: ShallowQuote | None = None


@dataclass(frozen=True, slots=True)
class ReceivedNote:
    """A post from the network, its authority already checked.

    `recipient_ids` are local accounts to whose personal inboxes it came without being addressed
    in its tags; `to` and `cc` are those of the activity, used where the object has none.
    """

    note: Note
    account: Account
    recipient_ids: tuple[int, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    # An Update of a post that is not here counts as its Create only if somebody here wants it.
    is_wanted: bool = True


@dataclass(frozen=True, slots=True)
class ReceivedDelete:
    """`actor_uri` says that the object `uri` is no more."""

    uri: str
    actor_uri: str


@dataclass(frozen=True, slots=True)
class ReceivedLike:
    """A Like of a post that may be here, or a reaction to it with an emoji."""

    uri: str | None
    account_id: int
    actor_uri: str
    object_uri: str
    emoji: Emoji | None = None
    # Whether it takes the place of all reactions before, as servers mean it that write them so.
    alone: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedAnnounce:
    """An Announce of a post that may be here."""

    uri: str
    account: Account
    object_uri: str
    published: datetime | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedUndo:
    """An Undo of a Like or Announce, by its id, by what it was about, or both."""

    uri: str | None
    account_id: int | None
    actor_uri: str
    object_uri: str | None = None
    signed_at: datetime | None = None
    # When it came; without that it ends only what it names.
    received_at: datetime | None = None
