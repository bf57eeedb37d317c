"""Notes: the posts of our members, be they short, long or questions."""

from datetime import UTC, datetime
from typing import Any

from fedi.core.urls import tag_url
from fedi.federation.render.actor import render_emoji
from fedi.federation.render.article import read_article, render_article
from fedi.federation.render.facts import PUBLIC, NoteFacts, addresses
from fedi.federation.render.group import address_group, title_of
from fedi.kit.text import escape

_PRIVATE, _DIRECT = 2, 3
_FOLLOWERS, _EVERYBODY = 1, 2
_QUOTE_TYPE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
_QUOTE_RELATION = "https://misskey-hub.net/ns#_misskey_quote"


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def note_addresses(facts: NoteFacts) -> tuple[list[str], list[str]]:
    """`to` and `cc` of a post."""
    people = [who.uri for who in facts.mentions]
    return address_group(facts.group, *addresses(facts.visibility, facts.followers_uri, people))


def render_note(facts: NoteFacts) -> dict[str, Any]:
    """A post as its readers elsewhere get it.

    Raises:
        ValueError: The post is local-only; whoever asked for this has a bug.
    """
    if facts.local_only:
        raise ValueError(f"{facts.uri} is local-only and must not leave this server")
    to, cc = note_addresses(facts)
    # A poll that was added later makes a Question of anything.
    article = read_article(facts) if facts.is_article and facts.poll is None else None
    content = _content(facts, article.body if article else facts.content)
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
        "content": content,
        "source": {"content": facts.text, "mediaType": facts.content_type},
        "interactionPolicy": _policy(facts, to, cc),
        "searchableBy": [_searchers(facts)],
        "tag": _tags(facts),
        "attachment": [_attachment(media) for media in facts.attachments],
        **_collections(facts),
        **_quote(facts),
        **_poll(facts),
    }
    if facts.group:
        note["audience"] = facts.group.uri
    # What readers of forums list; all others show the text alone. A warning hides the first line.
    shown = facts.spoiler_text if facts.spoiler_text.strip() else facts.text
    if facts.group and facts.in_reply_to_uri is None and (title := title_of(shown)):
        note["name"] = title
    if article:
        note.update(render_article(article, facts))
    if facts.language:
        note["contentMap"] = {facts.language: content}
    if facts.edited_at:
        note["updated"] = wire_time(facts.edited_at)
    if facts.context_uri:
        note["conversation"] = facts.context_uri
        note["context"] = facts.context_uri
    if facts.visibility == _DIRECT:
        note["directMessage"] = True
    if facts.allowed_by:
        # By its older and by its newer name.
        note["approvedBy"] = note["replyAuthorization"] = facts.allowed_by
    return note


def _content(facts: NoteFacts, text: str) -> str:
    """The text; for who cannot show quotes it begins with a link to what is quoted."""
    if facts.quote is None:
        return text
    url = escape(facts.quote.url)
    link = f'<a href="{url}" target="_blank" rel="nofollow noopener">{url}</a>'
    return f'<p class="quote-inline">RE: {link}</p>{text}'


def _quote(facts: NoteFacts) -> dict[str, Any]:
    """The quoted post, in all the ways in which others look for it."""
    if facts.quote is None:
        return {}
    names = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
    named: dict[str, Any] = dict.fromkeys(names, facts.quote.uri)
    if facts.quote.approval:
        named["quoteAuthorization"] = facts.quote.approval
    return named


def _poll(facts: NoteFacts) -> dict[str, Any]:
    """What makes a post a Question."""
    poll = facts.poll
    if poll is None:
        return {}
    options = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": votes},
        }
        for name, votes in zip(poll.options, poll.tallies, strict=True)
    ]
    question: dict[str, Any] = {
        "type": "Question",
        "anyOf" if poll.multiple else "oneOf": options,
        "votersCount": poll.voters_count,
    }
    if poll.ends_at is not None:
        question["endTime"] = wire_time(poll.ends_at)
        if poll.is_over:
            question["closed"] = question["endTime"]
    return question


def _searchers(facts: NoteFacts) -> str:
    """Who may find a post by its words."""
    return PUBLIC if facts.searchable and facts.visibility == 0 else facts.author_uri


def _quoters(facts: NoteFacts) -> dict[str, Any]:
    """Who may quote a post without asking, and who after asking."""
    circles = {_EVERYBODY: PUBLIC, _FOLLOWERS: facts.followers_uri}
    if facts.visibility >= _PRIVATE:
        return {"automaticApproval": [facts.author_uri], "manualApproval": []}
    return {
        "automaticApproval": [circles.get(facts.quote_policy or 0, facts.author_uri)],
        "manualApproval": [circles[facts.quote_manual]] if facts.quote_manual else [],
    }


def _policy(facts: NoteFacts, to: list[str], cc: list[str]) -> dict[str, Any]:
    """Who may do what without asking: all who can read it may answer; quoting is as it is set."""
    if facts.visibility < 2:
        readers, sharers = [PUBLIC], [PUBLIC]
    else:
        readers, sharers = [*to, *cc] or [facts.author_uri], [facts.author_uri]
    return {
        "canQuote": _quoters(facts),
        "canReply": _rule(facts, "reply", readers),
        "canLike": _rule(facts, "like", readers),
        "canAnnounce": _rule(facts, "announce", sharers),
    }


def _rule(facts: NoteFacts, kind: str, everybody: list[str]) -> dict[str, Any]:
    """Who may do one thing at once, and who after asking; whom a post mentions may answer it."""
    rule = facts.rules.get(kind)
    if rule is None:
        return {"automaticApproval": list(everybody), "manualApproval": []}
    named = [*rule.get("automatic", ())]
    if kind == "reply":
        named += [who.uri for who in facts.mentions if who.uri not in named]
    return {"automaticApproval": named, "manualApproval": [*rule.get("manual", ())]}


def _tags(facts: NoteFacts) -> list[dict[str, Any]]:
    tags: list[dict[str, Any]] = [
        {"type": "Mention", "href": who.uri, "name": who.name}
        for who in facts.mentions
        if not who.silent
    ]
    if facts.group and facts.group.uri not in {tag["href"] for tag in tags}:
        # Answers are addressed by copying mentions: only so does the group hear of them.
        tags.append({"type": "Mention", "href": facts.group.uri, "name": facts.group.name})
    for tag in facts.tags:
        name = str(tag.get("name", "") if isinstance(tag, dict) else tag).lstrip("#")
        tags.append(
            {"type": "Hashtag", "href": tag_url(facts.origin, name.lower()), "name": f"#{name}"}
        )
    tags.extend(render_emoji(emoji) for emoji in facts.emojis)
    if facts.quote is not None:
        tags.append(
            {
                "type": "Link",
                "mediaType": _QUOTE_TYPE,
                "rel": _QUOTE_RELATION,
                "href": facts.quote.uri,
                "name": f"RE: {facts.quote.url}",
            }
        )
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
    if media.get("duration"):
        document["duration"] = f"PT{float(media['duration']):.2f}S"
        if media.get("preview_url"):
            document["icon"] = {"type": "Image", "url": media["preview_url"]}
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
