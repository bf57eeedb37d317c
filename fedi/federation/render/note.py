"""Notes: the posts of our members."""

from datetime import UTC, datetime
from typing import Any

from fedi.core.urls import tag_url
from fedi.federation.render.actor import render_emoji
from fedi.federation.render.facts import PUBLIC, NoteFacts, addresses

_DIRECT = 3


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def note_addresses(facts: NoteFacts) -> tuple[list[str], list[str]]:
    """`to` and `cc` of a post."""
    return addresses(facts.visibility, facts.followers_uri, [who.uri for who in facts.mentions])


def render_note(facts: NoteFacts) -> dict[str, Any]:
    """A post as its readers elsewhere get it.

    Raises:
        ValueError: The post is local-only; whoever asked for this has a bug.
    """
    if facts.local_only:
        raise ValueError(f"{facts.uri} is local-only and must not leave this server")
    to, cc = note_addresses(facts)
    note: dict[str, Any] = {
        "id": facts.uri,
        "type": "Note",
        "attributedTo": facts.author_uri,
        "published": wire_time(facts.created_at),
        "url": facts.url,
        "to": to,
        "cc": cc,
        "inReplyTo": facts.in_reply_to_uri,
        # Null and never "": an empty content warning would fold the post away.
        "summary": facts.spoiler_text or None,
        "sensitive": facts.sensitive,
        "content": facts.content,
        "source": {"content": facts.text, "mediaType": "text/plain"},
        "interactionPolicy": _policy(facts, to, cc),
        "tag": _tags(facts),
        "attachment": [_attachment(media) for media in facts.attachments],
        **_collections(facts),
    }
    if facts.language:
        note["contentMap"] = {facts.language: facts.content}
    if facts.edited_at:
        note["updated"] = wire_time(facts.edited_at)
    if facts.context_uri:
        note["conversation"] = facts.context_uri
        note["context"] = facts.context_uri
    if facts.visibility == _DIRECT:
        note["directMessage"] = True
    return note


def _policy(facts: NoteFacts, to: list[str], cc: list[str]) -> dict[str, Any]:
    """Who may do what without asking: all who can read it may answer, quoting needs consent."""
    if facts.visibility < 2:
        readers, sharers = [PUBLIC], [PUBLIC]
    else:
        readers, sharers = [*to, *cc] or [facts.author_uri], [facts.author_uri]
    return {
        "canQuote": {"automaticApproval": [facts.author_uri]},
        "canReply": {"automaticApproval": readers},
        "canLike": {"automaticApproval": list(readers)},
        "canAnnounce": {"automaticApproval": sharers},
    }


def _tags(facts: NoteFacts) -> list[dict[str, Any]]:
    tags: list[dict[str, Any]] = [
        {"type": "Mention", "href": who.uri, "name": who.name}
        for who in facts.mentions
        if not who.silent
    ]
    for tag in facts.tags:
        name = str(tag.get("name", "") if isinstance(tag, dict) else tag).lstrip("#")
        tags.append(
            {"type": "Hashtag", "href": tag_url(facts.origin, name.lower()), "name": f"#{name}"}
        )
    tags.extend(render_emoji(emoji) for emoji in facts.emojis)
    return tags


def _attachment(media: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": "Document",
        "mediaType": media.get("media_type") or "application/octet-stream",
        "url": media.get("url", ""),
    }
    if media.get("description"):
        # Some read the alternative text from the one place, some from the other.
        document["name"] = document["summary"] = media["description"]
    for ours, theirs in (("blurhash", "blurhash"), ("width", "width"), ("height", "height")):
        if media.get(ours):
            document[theirs] = media[ours]
    if media.get("focus"):
        document["focalPoint"] = list(media["focus"])
    return document


def _collections(facts: NoteFacts) -> dict[str, Any]:
    replies = f"{facts.uri}/replies"
    return {
        "replies": {
            "id": replies,
            "type": "Collection",
            "first": {
                "type": "CollectionPage",
                "partOf": replies,
                "next": f"{replies}?page=true",
                "items": list(facts.self_replies),
            },
        },
        "likes": {
            "id": f"{facts.uri}/likes",
            "type": "Collection",
            "totalItems": facts.favourites_count,
        },
        "shares": {
            "id": f"{facts.uri}/shares",
            "type": "Collection",
            "totalItems": facts.reblogs_count,
        },
    }
