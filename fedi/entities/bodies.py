"""The part of a status that is the same for every viewer, and its history and source."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.statuses.policy import NAMES
from fedi.core.statuses.types import Body, Edit, Source
from fedi.entities.accounts import (
    NO_POLICY,
    build_account,
    build_emojis,
    build_profile,
    moment_or_none,
)
from fedi.kit.clock import to_iso
from fedi.kit.text import escape, plain_text, safe_url

Entity = dict[str, Any]

_KINDS = frozenset({"image", "gifv", "video", "audio"})


def build_body(body: Body, links: Links) -> Entity:
    """Everything but counters, the viewer's flags and `reblog`; the account comes last."""
    return {**_say(body, links, body), "account": build_profile(body.account, links)}


def build_boost(boost: Body, original: Body, links: Links) -> Entity:
    """A boost says what the original says, under its own id."""
    return {**_say(boost, links, original), "account": build_profile(boost.account, links)}


def build_plain(body: Body, said: Body, links: Links) -> Entity:
    """The words of `said` alone, for a post that cannot be shown as it is."""
    words = escape(plain_text(said.content))
    account = dataclasses.replace(body.account, fields=[], emojis=[])
    return {
        **_frame(body),
        "url": None,
        "content": f"<p>{words}</p>",
        "spoiler_text": said.spoiler_text,
        "sensitive": True,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "account": build_profile(account, links),
    }


def _frame(body: Body) -> Entity:
    return {
        "id": str(body.id),
        "created_at": to_iso(body.created_at),
        "in_reply_to_id": _id(body.in_reply_to_id),
        "in_reply_to_account_id": _id(body.in_reply_to_account_id),
        "visibility": NAMES[body.visibility],
        "language": body.language,
        "uri": body.uri,
        "edited_at": moment_or_none(body.edited_at),
        "quotes_count": 0,
        "quote": None,
        "quote_approval": NO_POLICY,
        "tagged_collections": [],
        "poll": None,
        "card": None,
    }


def _say(body: Body, links: Links, said: Body) -> Entity:
    """What `body` is, with the words of `said`."""
    entity = _frame(body)
    entity.update(
        {
            "url": safe_url(said.url) or (said.uri if said.local else None),
            "content": said.content,
            "spoiler_text": said.spoiler_text,
            "sensitive": said.sensitive,
            "media_attachments": build_attachments(said.id, said.attachments, links),
            "mentions": [
                {
                    "id": str(mention.id),
                    "username": mention.username,
                    "url": safe_url(mention.url) or mention.uri,
                    "acct": mention.acct,
                }
                for mention in said.mentions
            ],
            "tags": [{"name": name, "url": urls.tag_url(links.origin, name)} for name in said.tags],
            "emojis": build_emojis(said.emojis, links),
        }
    )
    if body.application is not None:
        name, website = body.application
        entity["application"] = {"name": name, "website": safe_url(website)}
    return entity


def build_attachments(
    status_id: int, attachments: Sequence[Mapping[str, Any]], links: Links
) -> list[Entity]:
    """Attachments under their remote addresses; one without a proper address is left out."""
    built: list[Entity] = []
    for number, item in enumerate(attachments):
        url = safe_url(item.get("url"))
        if url is None:
            continue
        kind = item.get("type")
        built.append(
            {
                "id": f"{status_id}{number:02d}",
                "type": kind if kind in _KINDS else "unknown",
                "url": url,
                "preview_url": safe_url(item.get("preview_url"))
                or (url if kind == "image" else None),
                "remote_url": url,
                "preview_remote_url": None,
                "text_url": None,
                "meta": _meta(item),
                "description": item.get("description"),
                "blurhash": item.get("blurhash"),
            }
        )
    return built


def _meta(item: Mapping[str, Any]) -> Entity:
    meta: Entity = {}
    width, height = item.get("width"), item.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        meta["original"] = {
            "width": width,
            "height": height,
            "size": f"{width}x{height}",
            "aspect": width / height,
        }
    focus = item.get("focus")
    if isinstance(focus, Sequence) and len(focus) == 2:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return meta


def build_history(edits: Sequence[Edit], status_id: int, account: Account, links: Links) -> Any:
    """The versions of a post, oldest first."""
    author = build_account(account, links)
    return [
        {
            "content": edit.content,
            "spoiler_text": edit.spoiler_text,
            "sensitive": edit.sensitive,
            "created_at": to_iso(edit.created_at),
            "account": author,
            "media_attachments": build_attachments(status_id, edit.attachments, links),
            "emojis": build_emojis(edit.emojis, links),
        }
        for edit in edits
    ]


def build_source(source: Source) -> Entity:
    """What the author typed."""
    return {"id": str(source.id), "text": source.text, "spoiler_text": source.spoiler_text}


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
