"""Which posts get a preview, and the chore that makes it: once per link, for everybody.

A post knows its preview by `card_id` from the moment it is here; the row says whether there is one
yet. A fetch takes longer than the drain may wait, so the chore only starts it and is parked; when
it comes back, the row of the preview tells how it ended. What does not answer is asked again
later; why, and how often, stands in the payload of the chore.
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.cards.describe import Preview
from fedi.core.cards.fetch import fetch_preview
from fedi.core.cards.links import find_link, host_of
from fedi.kit.clock import now
from fedi.kit.errors import FediError, RemoteDown, Unavailable
from fedi.kit.result import Done, GaveUp, Ignored, Later, Outcome
from fedi.kit.unit import Unit

log = logging.getLogger("fedi.cards")

KIND = "preview_card"
NOTHING, READY, FAILED = range(3)
FRESH = timedelta(days=14)
RETRY = timedelta(days=7)
# So long a host is left alone between two pages of it, and so many pages are fetched at once.
_PER_HOST = 3.0
_AT_ONCE = 16
# Longer than a fetch can take.
_PARKED = 45.0
# More than there are tries: whoever fetched may have been ended in the middle of it.
_MOST_STARTS = 8
# After a link that does not answer.
_WAITS = (timedelta(minutes=10), timedelta(hours=6))

_LOAD = """
SELECT s.id, s.local, s.content, s.card_id, s.attachments, q.quoted_uri, o.uri, o.url
FROM statuses s LEFT JOIN quotes q ON q.id = s.quote_id
LEFT JOIN statuses o ON o.id = q.quoted_status_id
WHERE s.id = ANY($1::bigint[]) AND s.reblog_of_id IS NULL
  AND (s.card_id IS NOT NULL OR strpos(s.content, '<a') > 0)
"""
_MAKE = """
INSERT INTO preview_cards (id, url, created_at)
SELECT n.id, n.url, $3 FROM unnest($1::bigint[], $2::text[]) AS n(id, url)
ON CONFLICT (url) DO NOTHING
"""
_FIND = "SELECT id, url, state, fetched_at FROM preview_cards WHERE url = ANY($1::text[])"
# Renderings that are kept hold good until the revision changes.
_LINK = """
UPDATE statuses s SET card_id = n.card_id, revision = s.revision + 1
FROM unnest($1::bigint[], $2::bigint[]) AS n(id, card_id)
WHERE s.id = n.id AND s.card_id IS DISTINCT FROM n.card_id
"""
# The posts of members do not wait; those of others are spread over a minute, because many servers
# got them in the same moment.
_QUEUE = f"""
INSERT INTO chores AS c (kind, key, host, state, due_at)
SELECT '{KIND}', n.url, n.host, CASE WHEN n.local THEN 0 ELSE 1 END,
  now() + CASE WHEN n.local THEN 0 ELSE 1 + random() * 59 END * interval '1 second'
FROM unnest($1::text[], $2::text[], $3::bool[]) AS n(url, host, local)
ON CONFLICT (kind, key) WHERE state < 2 DO UPDATE SET state = 0, due_at = now()
WHERE c.state = 1 AND excluded.state = 0 AND c.payload = '{{}}'::jsonb
"""
_NOTE = f"""
UPDATE chores SET payload = jsonb_build_object('tries', $2::int, 'after', $3::text)
WHERE kind = '{KIND}' AND key = $1 AND state < 2
"""
_KEEP = f"""
UPDATE preview_cards SET state = {READY}, fetched_at = $2, type = $3, title = $4,
  description = $5, language = $6, author_name = $7, author_url = $8, provider_name = $9,
  provider_url = $10, html = $11, width = $12, height = $13, image_url = $14,
  image_description = $15, embed_url = $16, published_at = $17, author_account_id = $18
WHERE url = $1 RETURNING id
"""
# A preview that was good once outlives a day on which its page is away.
_FAIL = f"""
UPDATE preview_cards SET state = CASE WHEN state = {READY} THEN state ELSE {FAILED} END,
  fetched_at = $2 WHERE url = $1
"""

_busy: WeakKeyDictionary[People, set[str]] = WeakKeyDictionary()


async def link_posts(unit: Unit, origin: str, status_ids: Sequence[int]) -> None:
    """Give posts the preview of their first link, and have it made where there is none."""
    if not status_ids:
        return
    rows = await unit.fetch(_LOAD, sorted(set(status_ids)))
    links = {row["id"]: _find_link(row, origin) for row in rows}
    urls = sorted({url for url in links.values() if url is not None})
    cards = await _find_cards(unit, urls) if urls else {}
    changed = [
        (row["id"], card_id)
        for row in rows
        if (card_id := _card_id(cards, links[row["id"]])) != row["card_id"]
    ]
    if changed:
        changed.sort()
        await unit.execute(_LINK, [pair[0] for pair in changed], [pair[1] for pair in changed])
    local = {links[row["id"]] for row in rows if row["local"]}
    due = [url for url in urls if _is_due(cards[url], unit.now())]
    if due and await unit.execute(
        _QUEUE, due, [host_of(url) for url in due], [url in local for url in due]
    ):
        unit.ring("chores")


def _find_link(row: asyncpg.Record, origin: str) -> str | None:
    besides = [row["quoted_uri"], row["uri"], row["url"]]
    besides += [item.get(key) for item in row["attachments"] for key in ("url", "preview_url")]
    return find_link(row["content"], origin=origin, besides=[it for it in besides if it])


async def _find_cards(unit: Unit, urls: Sequence[str]) -> dict[str, asyncpg.Record]:
    await unit.execute(_MAKE, await unit.new_ids(len(urls)), list(urls), unit.now())
    return {row["url"]: row for row in await unit.fetch(_FIND, list(urls))}


def _card_id(cards: dict[str, asyncpg.Record], url: str | None) -> int | None:
    card = cards.get(url or "")
    return None if card is None else card["id"]


def _is_due(card: asyncpg.Record, moment: datetime) -> bool:
    fetched: datetime | None = card["fetched_at"]
    if fetched is None:
        return True
    return fetched < moment - (RETRY if card["state"] == FAILED else FRESH)


async def make_cards(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it: begin to fetch, or see how it ended."""
    found = await people.runtime.read().fetch(_FIND, [row["key"] for row in rows])
    cards = {card["url"]: card for card in found}
    return [_step(people, row, cards.get(row["key"])) for row in rows]


def _step(people: People, row: asyncpg.Record, card: asyncpg.Record | None) -> Outcome:
    url: str = row["key"]
    payload: dict[str, Any] = row["payload"]
    if card is None:
        return Ignored("nobody knows the link any more")
    if card["fetched_at"] is not None and card["fetched_at"] >= row["created_at"]:
        return Done("there is a preview" if card["state"] == READY else "there is no preview")
    if row["attempts"] > _MOST_STARTS:
        return GaveUp("it was begun often, and never ended")
    wait = 0.0
    if "after" in payload:
        wait = (datetime.fromisoformat(payload["after"]) - now()).total_seconds()
    if wait > 0:
        return Later(wait, "does not answer", counts=False)
    busy = _busy.setdefault(people, set())
    if url in busy:
        return Later(_PARKED, "in work", counts=False)
    if len(busy) >= _AT_ONCE or not people.may((KIND, row["host"]), _PER_HOST):
        # Everybody comes back at another time.
        return Later(_PER_HOST * (1 + random.random()), "not all at once", counts=False)  # noqa: S311
    busy.add(url)
    tries = int(payload.get("tries", 0))
    people.runtime.tasks.start(_work(people, url, tries), f"preview {url[:100]}")
    return Later(_PARKED, "in work")


async def _work(people: People, url: str, tries: int) -> None:
    try:
        await make_card(people, url, tries)
    except FediError as problem:
        # The database is away: the chore comes back.
        log.warning("preview not kept", extra={"why": str(problem)[:300]})
    finally:
        _busy.get(people, set[str]()).discard(url)


async def make_card(people: People, url: str, tries: int = 0) -> None:
    """Fetch a link and keep what it leads to, or that it leads nowhere."""
    try:
        preview, author_id = await fetch_preview(people, url)
    except (RemoteDown, Unavailable) as problem:
        log.info("preview later", extra={"why": str(problem)[:300]})
        if tries < len(_WAITS):
            after = (now() + _WAITS[tries]).isoformat()
            await people.runtime.db.fetch(_NOTE, url, tries + 1, after)
        else:
            await people.runtime.db.fetch(_FAIL, url, now())
    except FediError as problem:
        log.info("no preview", extra={"why": str(problem)[:300]})
        await people.runtime.db.fetch(_FAIL, url, now())
    else:
        await _keep(people, url, preview, author_id)


async def _keep(people: People, url: str, preview: Preview, author_id: int | None) -> None:
    async with people.runtime.unit() as unit:
        card_id = await unit.value(
            _KEEP,
            url,
            unit.now(),
            preview.type,
            preview.title,
            preview.description,
            preview.language,
            preview.author_name,
            preview.author_url,
            preview.provider_name,
            preview.provider_url,
            preview.html,
            preview.width,
            preview.height,
            preview.image_url,
            preview.image_description,
            preview.embed_url,
            preview.published_at,
            author_id,
        )
        # Every post with this link shows it from now on.
        await unit.execute(
            "UPDATE statuses s SET revision = s.revision + 1 FROM (SELECT w.id FROM statuses w"
            " WHERE w.card_id = $1 ORDER BY w.id FOR NO KEY UPDATE) w WHERE s.id = w.id",
            card_id,
        )


CHORES = {KIND: make_cards}
