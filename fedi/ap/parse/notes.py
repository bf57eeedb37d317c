"""Posts of every kind: notes, polls, articles, films, events, and what nobody has met yet."""

from collections.abc import Sequence
from typing import Any

from fedi.ap.authority import authors_of, recipients_of
from fedi.ap.lenient import (
    as_object,
    flag,
    id_of,
    ids_of,
    instant,
    one,
    text_of,
    total_of,
    type_of,
)
from fedi.ap.parse.common import needed_id, object_of
from fedi.ap.parse.language import read_text
from fedi.ap.parse.media import attachments_of
from fedi.ap.parse.parts import emojis_of, hashtags_of, mentions_of, quote_of, tags_of, url_of
from fedi.ap.parse.policies import interaction_policy_of
from fedi.ap.parse.polls import parse_poll
from fedi.ap.parse.readable import as_html, read_long
from fedi.ap.vocabulary import ACTIVITY_TYPES, ACTOR_TYPES, COLLECTION_TYPES, POST_TYPES, Note
from fedi.kit.errors import RemoteNonsense

MAX_CONTENT = 500_000
MAX_SUMMARY = 20_000
MAX_NAME = 2048
MAX_KEY = 2048

_NEVER_POSTS = (
    ACTIVITY_TYPES
    | ACTOR_TYPES
    | COLLECTION_TYPES
    | {"Tombstone", "Link", "Mention", "Emoji"}
    # Nobody here can read what is encrypted, and its letters are no words.
    | {"EncryptedMessage", "PrivateMessage", "PublicMessage", "Welcome", "GroupInfo", "KeyPackage"}
)
# In these, `summary` is a content warning and `name` is no title.
_SHORT_TYPES = frozenset({"Note", "Question", "ChatMessage"})


def parse_note(document: Any, *, author: str | None = None, languages: Sequence[str] = ()) -> Note:
    """The post in a document.

    Articles, films, events and unknown things with a text become readable posts: title, then body.

    Args:
        document: the post as it came.
        author: who sent it, for old software that leaves `attributedTo` out of what it sends.
        languages: what to prefer where a text comes in several languages.

    Raises:
        RemoteNonsense: it is no post, or lacks the id or the author that make one.
    """
    raw = object_of(document, "the post")
    kind = _kind_of(raw)
    note_id = needed_id(raw, "the post")
    authors = authors_of(raw) or ([author] if author else [])
    if not authors:
        raise RemoteNonsense("the post has no author")
    tags = tags_of(raw)
    poll = parse_poll(raw)
    body, media, language = _body(raw, languages)
    name, name_language = read_text(raw, "name", MAX_NAME, languages)
    summary, _ = read_text(raw, "summary", MAX_SUMMARY, languages)
    warning = _warning(raw, kind, summary)
    in_reply_to = id_of(raw.get("inReplyTo")) or id_of(raw.get("inReplyToAtomUri"))
    page = url_of(raw.get("url"))
    is_vote = bool(name and in_reply_to and not body.strip() and kind == "Note" and not poll)
    if kind in _SHORT_TYPES:
        body = as_html(body, media)
    else:
        body = read_long(raw, name=name, body=body, media=media, page=page, languages=languages)
    to, cc = recipients_of(raw.get("to")), recipients_of(raw.get("cc"))
    return Note(
        id=note_id,
        type="Question" if poll else kind,
        attributed_to=authors[0],
        authors=tuple(authors[:16]),
        content=body[:MAX_CONTENT],
        language=language or name_language,
        summary=warning,
        name=name,
        url=page,
        in_reply_to=in_reply_to,
        published=instant(raw.get("published")),
        updated=instant(raw.get("updated")),
        to=to,
        cc=cc,
        recipients=recipients_of(
            list(to), list(cc), raw.get("audience"), raw.get("bto"), raw.get("bcc")
        ),
        audience=tuple(ids_of(raw.get("audience"))[:16]),
        sensitive=warning is not None or flag(raw.get("sensitive")),
        attachments=attachments_of(raw, kind),
        mentions=mentions_of(tags),
        hashtags=hashtags_of(tags),
        emojis=emojis_of(tags),
        conversation=_thread_key(raw, "conversation", "inConversation", "thread"),
        context=_thread_key(raw, "context"),
        context_history=id_of(raw.get("contextHistory")),
        quote=quote_of(raw, tags),
        quote_authorization=id_of(raw.get("quoteAuthorization")),
        reply_authorization=id_of(raw.get("replyAuthorization")) or id_of(raw.get("approvedBy")),
        interaction_policy=interaction_policy_of(raw, authors[0]),
        replies=_replies(raw),
        replies_count=total_of(raw.get("replies")),
        likes_count=total_of(raw.get("likes")),
        shares_count=total_of(raw.get("shares")),
        poll=poll,
        is_vote=is_vote,
        direct=kind == "ChatMessage" or flag(raw.get("directMessage")),
        raw=raw,
    )


def _kind_of(raw: dict[str, Any]) -> str:
    """The first type that we know as a post; an unknown one will do if it can be read."""
    known = type_of(raw, POST_TYPES)
    if known:
        return known
    name = type_of(raw)
    readable = any(raw.get(key) for key in ("content", "contentMap", "name", "nameMap"))
    if name is None or name in _NEVER_POSTS or not readable:
        raise RemoteNonsense("the document is no post")
    return name


def _body(raw: dict[str, Any], languages: Sequence[str]) -> tuple[str, Any, str | None]:
    """The text, its media type and its language.

    Of what a member typed we know only when there is nothing else; it is no HTML.
    """
    content, language = read_text(raw, "content", MAX_CONTENT, languages)
    if content is None and (typed := _typed(raw)):
        return typed, "text/plain", language
    stated = (text_of(raw.get("mediaType"), 128) or "").partition(";")[0].strip().lower()
    media = stated if stated in ("text/markdown", "text/plain") else "text/html"
    return content or "", media, language


def _typed(raw: dict[str, Any]) -> str | None:
    source = as_object(raw.get("source")) or {}
    return text_of(raw.get("_misskey_content"), MAX_CONTENT) or text_of(
        source.get("content"), MAX_CONTENT
    )


def _warning(raw: dict[str, Any], kind: str, summary: str | None) -> str | None:
    """The content warning. An article's summary is an abstract, unless the article is sensitive."""
    if not summary or (kind not in _SHORT_TYPES and not flag(raw.get("sensitive"))):
        return None
    # A zero-width space is how one program writes a warning without words.
    return summary.strip("\u200b\ufeff \t\r\n")


def _thread_key(raw: dict[str, Any], *names: str) -> str | None:
    """An opaque key: an address, a `tag:` URI, or the id of an object."""
    for name in names:
        value = one(raw.get(name))
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, str) and 0 < len(value) <= MAX_KEY:
            return value
    return None


def _replies(raw: dict[str, Any]) -> str | None:
    """Where the replies are listed: the collection, or its first page when it has no id."""
    value = one(raw.get("replies"))
    found = id_of(value)
    if found or not isinstance(value, dict):
        return found
    first = as_object(value.get("first"))
    return id_of(first.get("next")) if first and not first.get("id") else id_of(value.get("first"))
