"""The part of a status that is the same for every viewer, and its history and source."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.statuses.policy import NAMES
from fedi.core.statuses.types import Body, Edit, Source
from fedi.entities.accounts import (
    build_account,
    build_emojis,
    build_profile,
    moment_or_none,
)
from fedi.entities.cards import build_card
from fedi.entities.consent import build_rules
from fedi.kit.clock import to_iso
from fedi.kit.nets import attempt
from fedi.kit.text import escape, plain_text, safe_url

Entity = dict[str, Any]

_log = logging.getLogger("fedi.entities")

_KINDS = frozenset({"image", "gifv", "video", "audio"})


def build_body(body: Body, links: Links) -> Entity:
    """Everything but counters, what depends on the viewer, poll and quote; the account is last."""
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
    entity: Entity = {
        "id": str(body.id),
        "created_at": to_iso(body.created_at),
        "in_reply_to_id": _id(body.in_reply_to_id),
        "in_reply_to_account_id": _id(body.in_reply_to_account_id),
        "visibility": NAMES[body.visibility],
        "language": body.language,
        "uri": body.uri,
        "edited_at": moment_or_none(body.edited_at),
        "tagged_collections": [],
        "card": None,
    }
    if body.local:
        entity["local_only"] = body.local_only
    return entity


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
    if said.card is not None:
        entity["card"] = build_card(said.card, links)
    if said.interaction_policy:
        entity["interaction_policy"] = build_rules(said.account.uri, said.interaction_policy)
    if body.application is not None:
        name, website = body.application
        entity["application"] = {"name": name, "website": safe_url(website)}
    return entity


def build_attachments(
    status_id: int, attachments: Sequence[Mapping[str, Any]], links: Links
) -> list[Entity]:
    """Attachments, our own by name and those of others through the proxy.

    One without a proper address is left out.
    """
    built: list[Entity] = []
    for number, item in enumerate(attachments):
        entity = (
            _build_own(item, links)
            if item.get("file_key")
            else _build_remote(f"{status_id}{number:02d}", item, links)
        )
        if entity is not None:
            built.append(entity)
    return built


def _build_own(item: Mapping[str, Any], links: Links) -> Entity:
    kind, file_key, preview_key = item.get("type"), item["file_key"], item.get("preview_key")
    url = links.file(file_key)
    preview_url = url if kind == "image" else None
    return {
        "id": str(item.get("id")),
        "type": kind if kind in _KINDS else "unknown",
        "url": url,
        "preview_url": links.file(preview_key) if preview_key else preview_url,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": item.get("meta") or {},
        "description": item.get("description"),
        "blurhash": item.get("blurhash"),
    }


def _build_remote(number: str, item: Mapping[str, Any], links: Links) -> Entity | None:
    origin, kind = safe_url(item.get("url")), item.get("type")
    url = links.remote(origin)
    if url is None:
        return None
    preview_origin = safe_url(item.get("preview_url"))
    return {
        "id": number,
        "type": kind if kind in _KINDS else "unknown",
        "url": url,
        "preview_url": links.remote(preview_origin) or (url if kind == "image" else None),
        "remote_url": origin,
        "preview_remote_url": preview_origin,
        "text_url": None,
        "meta": _meta(item),
        "description": item.get("description"),
        "blurhash": item.get("blurhash"),
    }


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
    duration = item.get("duration")
    if isinstance(duration, int | float) and duration > 0:
        meta.setdefault("original", {})["duration"] = duration
    focus = item.get("focus")
    if isinstance(focus, Sequence) and len(focus) == 2:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return meta


def build_history(
    edits: Sequence[Edit], status_id: int, account: Account, links: Links, quote: Any = None
) -> Any:
    """The versions of a post, oldest first; what it quotes is the same in all of them."""
    author = build_account(account, links)
    failure = "a version of status %d is shown as plain text"
    found: list[Entity] = []
    for edit in edits:
        parts = attempt(_log, failure, status_id, _build_parts, edit, status_id, links)
        found.append(
            {
                "spoiler_text": edit.spoiler_text,
                "sensitive": edit.sensitive,
                "created_at": to_iso(edit.created_at),
                "account": author,
                "quote": quote,
                **(_words(edit) if parts is None else parts),
            }
        )
    return found


def _words(edit: Edit) -> Entity:
    """The words of a version that cannot be shown as it is."""
    words = escape(plain_text(edit.content))
    return {"content": f"<p>{words}</p>", "media_attachments": [], "emojis": []}


def _build_parts(edit: Edit, status_id: int, links: Links) -> Entity:
    entity: Entity = {
        "content": edit.content,
        "media_attachments": build_attachments(status_id, edit.attachments, links),
        "emojis": build_emojis(edit.emojis, links),
    }
    if edit.poll_options:
        entity["poll"] = {"options": [{"title": title} for title in edit.poll_options]}
    return entity


def build_source(source: Source) -> Entity:
    """What the author typed."""
    return {
        "id": str(source.id),
        "text": source.text,
        "spoiler_text": source.spoiler_text,
        "content_type": source.content_type,
    }


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
