"""Hashtags as collections, for servers that follow a tag here."""

import re
from collections.abc import Mapping
from typing import Any

from fedi.core.statuses.policy import federated_sql, visible_sql
from fedi.core.urls import tag_url
from fedi.federation.render.collection import render_collection, render_page
from fedi.federation.serving.access import Reader
from fedi.federation.serving.collections import cursor_of, is_page
from fedi.federation.serving.documents import Door
from fedi.kit.errors import NotFound
from fedi.kit.ids import MAX_ID
from fedi.kit.text_compose import hashtag_key
from fedi.kit.unit import ReadUnit

_PAGE = 60
_TAG = re.compile(r"\w{1,100}")
_POSTS = f"""
SELECT s.id, s.uri FROM status_tags t JOIN statuses s ON s.id = t.status_id
WHERE t.name = $1 AND t.status_id < $3 AND s.local AND s.visibility = 0
  AND {federated_sql("s")} AND {visible_sql("s", "$2::bigint")}
ORDER BY t.status_id DESC LIMIT {_PAGE}
"""


async def serve_tag(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """What members have posted to everybody under a hashtag, the newest first."""
    name = hashtag_key(parameters["name"])
    if not _TAG.fullmatch(name):
        raise NotFound
    uri = tag_url(door.origin, name)
    if not is_page(parameters):
        return render_collection(uri, first=f"{uri}?page=true")
    below = cursor_of(parameters, "max_id", MAX_ID)
    rows = await read.fetch(_POSTS, name, reader.claimed_id, below)
    here = f"{uri}?page=true" + (f"&max_id={below}" if below < MAX_ID else "")
    after = f"{uri}?page=true&max_id={rows[-1]['id']}" if len(rows) == _PAGE else None
    return render_page(here, uri, [row["uri"] for row in rows], next=after)
