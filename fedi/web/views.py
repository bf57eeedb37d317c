"""What templates show: accounts and posts as plain values, cleaned once more on the way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from fedi.config import Settings
from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.statuses.polls import Poll
from fedi.core.statuses.quotes import Quote
from fedi.core.statuses.types import Body, Head, PreviewCard
from fedi.entities.bodies import build_attachments
from fedi.entities.cards import build_card
from fedi.entities.polls import build_poll
from fedi.kit.text import safe_url
from fedi.web.words import (
    pictures_of,
    read_language,
    show_html,
    show_own_field,
    show_text,
)

MISSING = "/static/missing.png"
_KINDS = {"image": "Image", "gifv": "Animation", "video": "Video", "audio": "Audio"}
_QUOTES = {
    "pending": "A quoted post whose author has not agreed yet.",
    "deleted": "The quoted post was deleted.",
}
_HIDDEN_QUOTE = "The quoted post is not shown here."


@dataclass(frozen=True, slots=True)
class Author:
    """An account on a page, in one line."""

    name: Markup
    plain_name: str
    handle: str
    url: str
    avatar: str


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a profile's table."""

    name: Markup
    value: Markup
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """An account on its own page."""

    author: Author
    uri: str
    header: str | None
    note: Markup
    fields: tuple[Field, ...]
    is_indexable: bool
    is_bot: bool
    is_group: bool
    is_memorial: bool
    moved_to: str | None
    created_at: datetime
    statuses: int
    followers: int
    following: int


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that hangs on a post."""

    kind: str
    label: str
    url: str
    preview: str | None
    description: str
    # None where it is not known.
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a poll; no votes where they are still secret."""

    title: Markup
    votes: int | None
    percent: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """A poll on a page."""

    options: tuple[Option, ...]
    people: int
    is_multiple: bool
    is_over: bool
    is_secret: bool
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """What a link in a post leads to."""

    url: str
    title: str
    description: str
    provider: str
    image: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post on a page."""

    id: int
    url: str
    uri: str
    author: Author
    booster: Author | None
    is_pinned: bool
    # Whom it answers, and where.
    replying_to: str
    parent_url: str | None
    content: Markup
    warning: Markup
    plain_warning: str
    language: str
    is_sensitive: bool
    is_public: bool
    media: tuple[Medium, ...]
    ballot: Ballot | None
    card: Card | None
    quoted: "Post | None"
    # What is said in place of a quoted post that is not shown.
    quote_words: str
    created_at: datetime
    edited_at: datetime | None
    replies: int
    reblogs: int
    favourites: int
    quotes: int


@dataclass(frozen=True, slots=True)
class Extras:
    """What a post has that depends on the moment."""

    poll: Poll | None = None
    quote: Quote | None = None
    quoted: Post | None = None


NOTHING = Extras()


class Views:
    """Makes views of accounts and posts, for one server."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._domain = settings.local_domain
        self._origin = settings.origin
        self._links = links

    def author(self, account: Account) -> Author:
        """An account in one line. Pictures of other servers come through our own proxy."""
        avatar = (
            self._links.still(account.avatar_key)
            if account.avatar_key
            else self._links.remote(account.avatar_url)
        )
        plain = account.display_name.strip() or account.username
        return Author(
            name=show_text(plain, pictures_of(account.emojis, self._links)),
            plain_name=plain,
            handle=f"{account.username}@{account.domain or self._domain}",
            url=safe_url(account.url or account.uri) or "/",
            avatar=avatar or MISSING,
        )

    def profile(self, account: Account) -> Profile:
        """A member on their own page."""
        pictures = pictures_of(account.emojis, self._links)
        header = (
            self._links.file(account.header_key)
            if account.header_key
            else self._links.remote(account.header_url)
        )
        return Profile(
            author=self.author(account),
            uri=account.uri,
            header=header,
            note=show_html(account.note, pictures),
            fields=tuple(
                Field(
                    show_text(str(field.get("name", "")), pictures),
                    show_own_field(str(field.get("value", "")), pictures),
                    bool(field.get("verified_at")),
                )
                for field in account.fields
            ),
            is_indexable=account.indexable,
            is_bot=account.bot or account.actor_type in {"Service", "Application"},
            is_group=account.actor_type == "Group",
            is_memorial=account.memorial,
            moved_to=safe_url(account.moved_to_uri),
            created_at=account.created_at,
            statuses=account.statuses_count,
            followers=account.followers_count,
            following=account.following_count,
        )

    def post(
        self,
        head: Head,
        body: Body,
        *,
        booster: Account | None = None,
        is_pinned: bool = False,
        extras: Extras = NOTHING,
    ) -> Post:
        """What a post says (of a boost: its original), with the counters of its head."""
        pictures = pictures_of(body.emojis, self._links)
        warning = body.spoiler_text.strip()
        replying_to, parent_url = self._parent(body)
        return Post(
            id=head.id,
            url=safe_url(body.url or body.uri) or "/",
            uri=body.uri,
            author=self.author(body.account),
            booster=None if booster is None else self.author(booster),
            is_pinned=is_pinned,
            replying_to=replying_to,
            parent_url=parent_url,
            content=show_html(body.content, pictures),
            warning=show_text(warning, pictures),
            plain_warning=warning,
            language=read_language(body.language),
            is_sensitive=body.sensitive,
            is_public=body.visibility == 0,
            media=show_media(body, self._links),
            ballot=None if extras.poll is None else _show_poll(extras.poll, pictures),
            card=None if body.card is None or body.attachments else self._card(body.card),
            quoted=extras.quoted,
            quote_words=_quote_words(extras),
            created_at=body.created_at,
            edited_at=body.edited_at,
            replies=head.replies_count,
            reblogs=head.reblogs_count,
            favourites=head.favourites_count,
            quotes=head.quotes_count,
        )

    def _parent(self, body: Body) -> tuple[str, str | None]:
        """Whom a post answers, and the address of what it answers, if they are known."""
        if body.in_reply_to_uri is None:
            return "", None
        named = next((m.acct for m in body.mentions if m.id == body.in_reply_to_account_id), None)
        if body.in_reply_to_account_id == body.account.id:
            named = body.account.acct
        return (f"@{named}" if named else "somebody"), safe_url(body.in_reply_to_uri)

    def _card(self, card: PreviewCard) -> Card | None:
        built = build_card(card, self._links)
        if not built["url"] or not built["title"]:
            return None
        return Card(
            url=built["url"],
            title=built["title"],
            description=built["description"] or "",
            provider=built["provider_name"] or "",
            image=built["image"],
            language=read_language(built["language"]),
        )


def show_media(body: Body, links: Links) -> tuple[Medium, ...]:
    """The files that hang on a post."""
    return tuple(_show_medium(item) for item in build_attachments(body.id, body.attachments, links))


def _show_medium(item: Mapping[str, Any]) -> Medium:
    size: Mapping[str, Any] = (item["meta"] or {}).get("original") or {}
    width, height = size.get("width"), size.get("height")
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    return Medium(
        kind=item["type"],
        label=_KINDS.get(item["type"], "File"),
        url=item["url"],
        preview=item["preview_url"],
        description=item["description"] or "",
        width=width if known else None,
        height=height if known else None,
    )


def _show_poll(poll: Poll, pictures: Mapping[str, str]) -> Ballot:
    built = build_poll(poll, [], is_member=False)
    options: Sequence[Mapping[str, Any]] = built["options"]
    people = poll.votes_count if poll.voters_count is None else poll.voters_count
    # Of a poll of other servers we may know more votes than voters.
    most = max(people, *(option["votes_count"] or 0 for option in options), 1)
    return Ballot(
        options=tuple(
            Option(
                show_text(option["title"], pictures),
                option["votes_count"],
                round(100 * (option["votes_count"] or 0) / most),
            )
            for option in options
        ),
        people=people,
        is_multiple=poll.multiple,
        is_over=built["expired"],
        is_secret=any(option["votes_count"] is None for option in options),
        closes_at=poll.expires_at,
    )


def _quote_words(extras: Extras) -> str:
    if extras.quote is None or extras.quoted is not None:
        return ""
    return _QUOTES.get(extras.quote.state, _HIDDEN_QUOTE)
