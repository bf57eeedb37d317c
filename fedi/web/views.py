"""What templates show: accounts and posts as plain values, cleaned once more on the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.config import Settings
from fedi.core.accounts.types import Account
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.types import Body, Head
from fedi.kit.text import clean_html, plain_text, safe_url
from fedi.kit.unit import ReadUnit

_KINDS = {"image": "Image", "gifv": "Animation", "video": "Video", "audio": "Audio"}
_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a profile's table."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Person:
    """An account on a page."""

    username: str
    handle: str
    display_name: str
    url: str
    avatar: str
    note: str
    fields: tuple[Field, ...]
    indexable: bool
    statuses: int
    followers: int
    following: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a post, as a link."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post on a page."""

    id: int
    url: str
    account: Person
    boosted_by: str
    content: str
    warning: str
    attachments: tuple[Attachment, ...]
    created_at: datetime
    edited_at: datetime | None
    replies: int
    reblogs: int
    favourites: int


def show_person(settings: Settings, account: Account) -> Person:
    """An account as a page shows it.

    Pictures of other servers are not shown: our pages make no browser ask a third party.
    """
    domain = account.domain or settings.local_domain
    avatar = safe_url(account.avatar_url or "") if account.is_local else None
    return Person(
        username=account.username,
        handle=f"{account.username}@{domain}",
        display_name=account.display_name,
        url=safe_url(account.url or account.uri) or "/",
        avatar=avatar or "/static/missing.png",
        note=clean_html(account.note),
        fields=tuple(
            Field(str(field.get("name", "")), clean_html(str(field.get("value", ""))))
            for field in account.fields
        ),
        indexable=account.indexable,
        statuses=account.statuses_count,
        followers=account.followers_count,
        following=account.following_count,
    )


def show_post(settings: Settings, head: Head, body: Body, boosted_by: str = "") -> Post:
    """A post as a page shows it."""
    attachments = tuple(
        Attachment(url, item.get("description") or _KINDS.get(item.get("type", ""), "File"))
        for item in body.attachments
        if (url := safe_url(str(item.get("url") or "")))
    )
    return Post(
        id=head.id,
        url=safe_url(body.url or body.uri) or "/",
        account=show_person(settings, body.account),
        boosted_by=boosted_by,
        content=clean_html(body.content),
        warning=body.spoiler_text,
        attachments=attachments,
        created_at=body.created_at,
        edited_at=body.edited_at,
        replies=head.replies_count,
        reblogs=head.reblogs_count,
        favourites=head.favourites_count,
    )


async def show_posts(read: ReadUnit, settings: Settings, heads: Sequence[Head]) -> list[Post]:
    """Posts as a page shows them; a boost shows its original."""
    ids = [head.id for head in heads] + [h.reblog_of_id for h in heads if h.reblog_of_id]
    found = await bodies(read, ids)
    posts: list[Post] = []
    for head in heads:
        wrapper = found.get(head.id)
        original = found.get(head.reblog_of_id) if head.reblog_of_id else wrapper
        if wrapper is None or original is None:
            continue  # deleted between the two questions
        booster = wrapper.account.display_name or wrapper.account.username
        posts.append(
            show_post(settings, head, original, booster if original is not wrapper else "")
        )
    return posts


def summarise(html: str) -> str:
    """The first words of a text, for previews."""
    text = " ".join(plain_text(html).split())
    return text if len(text) <= _SUMMARY else text[: _SUMMARY - 1].rstrip() + "…"
