"""Which posts can be found by their words, and by whom; written in bulk, a few hundred at a time.

A post has a row in `status_search` when a member wrote it, is named in it, likes, keeps or boosted
it, or when it is public and its author lets everybody find it. What the row says is no permission:
whoever searches is asked again whether they may see the post.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from fedi.core.accounts.people import People
from fedi.core.cards.links import find_link
from fedi.core.search.grammar import author_mark, language_mark, mention_mark
from fedi.kit.ids import MAX_ID
from fedi.kit.result import Done, Later, Outcome
from fedi.kit.text import plain_text
from fedi.kit.text_search import build_vector
from fedi.kit.unit import Unit

KIND = "index_account"
_STEP = 500
_PAUSE = 0.2

_PUBLIC = "(s.visibility = 0 AND a.indexable)"


def _touched_sql(*traces: tuple[str, str]) -> str:
    """Whether a member left a trace at a post, in any of these tables."""
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} t JOIN accounts l ON l.id = t.account_id"
        f" AND l.domain IS NULL WHERE t.{column} = s.id OFFSET 0)"
        for table, column in traces
    )


_NAMED = ("status_mentions", "status_id")
_TOUCHED = _touched_sql(
    _NAMED, ("favourites", "status_id"), ("bookmarks", "status_id"), ("statuses", "reblog_of_id")
)
# Held, so that nobody writes the words of an older version over those of a newer one.
_LOAD_RULE = f"""
SELECT s.id, {_PUBLIC} AS is_public, s.account_id, s.content, s.spoiler_text, s.attachments,
  s.tags, s.language, s.sensitive, s.in_reply_to_uri, s.quote_id, p.options, m.named
FROM statuses s JOIN accounts a ON a.id = s.account_id
LEFT JOIN polls p ON p.id = s.poll_id
LEFT JOIN LATERAL (SELECT array_agg(sm.account_id) AS named FROM status_mentions sm
  WHERE sm.status_id = s.id AND NOT sm.silent) m ON true
WHERE s.id = ANY($1::bigint[]) AND s.reblog_of_id IS NULL
  AND (s.local OR {_PUBLIC} OR {{touched}})
ORDER BY s.id FOR SHARE OF s
"""
_LOAD = _LOAD_RULE.format(touched=_TOUCHED)
_LOAD_NEW = _LOAD_RULE.format(touched=_touched_sql(_NAMED))
_WRITE = """
INSERT INTO status_search AS x (status_id, is_public, words)
SELECT n.id, n.is_public, n.words::tsvector
FROM unnest($1::bigint[], $2::bool[], $3::text[]) AS n(id, is_public, words)
ON CONFLICT (status_id) DO UPDATE SET is_public = excluded.is_public, words = excluded.words
WHERE x.is_public <> excluded.is_public OR x.words <> excluded.words
"""
# Whose newest public post is not findable although it may be, or the other way round.
_STALE = f"""
INSERT INTO chores (kind, key, payload)
SELECT '{KIND}', a.id::text, '{{}}'::jsonb FROM accounts a
CROSS JOIN LATERAL (SELECT s.id FROM statuses s WHERE s.account_id = a.id AND s.visibility = 0
  AND s.reblog_of_id IS NULL ORDER BY s.id DESC LIMIT 1) newest
LEFT JOIN status_search r ON r.status_id = newest.id
WHERE a.id = ANY($1::bigint[]) AND coalesce(r.is_public, false) <> a.indexable
ON CONFLICT (kind, key) WHERE state < 2 DO UPDATE SET payload = '{{}}'::jsonb
"""


async def index_new_posts(unit: Unit, status_ids: Sequence[int]) -> None:
    """Make posts findable that have just come; most are for nobody to find."""
    if status_ids:
        await _write(unit, await unit.fetch(_LOAD_NEW, sorted(set(status_ids))))


async def index_posts(unit: Unit, status_ids: Sequence[int]) -> None:
    """Make these posts findable as they are now, or no longer findable."""
    if not status_ids:
        return
    ids = sorted(set(status_ids))
    rows = await unit.fetch(_LOAD, ids)
    found = {row["id"] for row in rows}
    lost = [i for i in ids if i not in found]
    if lost:
        await unit.execute("DELETE FROM status_search WHERE status_id = ANY($1::bigint[])", lost)
    await _write(unit, rows)


async def _write(unit: Unit, rows: Sequence[asyncpg.Record]) -> None:
    if rows:
        await unit.execute(
            _WRITE,
            [row["id"] for row in rows],
            [row["is_public"] for row in rows],
            [build_vector(_texts(row), _marks(row)) for row in rows],
        )


def _texts(row: asyncpg.Record) -> list[str]:
    """What a post says, wherever it says it."""
    described = [str(item.get("description") or "") for item in row["attachments"]]
    return [
        row["spoiler_text"],
        plain_text(row["content"]),
        *(row["options"] or ()),
        *described,
        *row["tags"],
    ]


def _marks(row: asyncpg.Record) -> list[str]:
    """What can be asked for by operators."""
    marks = {author_mark(row["account_id"])}
    kinds: set[str] = {str(item.get("type")) for item in row["attachments"]}
    if kinds:
        marks.add("=media")
        # A silent film that plays by itself is a film to those who look for one.
        marks |= {"=video" if kind == "gifv" else f"={kind}" for kind in kinds & _KINDS}
    marks |= {mark for column, mark in _FLAGS if row[column]}
    if row["language"]:
        marks.add(language_mark(row["language"]))
    if find_link(row["content"]) is not None:
        marks.add("=link")
    return sorted(marks | {mention_mark(i) for i in row["named"] or ()})


_KINDS = frozenset({"image", "gifv", "video", "audio"})
_FLAGS = (
    ("options", "=poll"),
    ("in_reply_to_uri", "=reply"),
    ("sensitive", "=sensitive"),
    ("quote_id", "=quote"),
)


async def follow_accounts(unit: Unit, account_ids: Sequence[int]) -> None:
    """Have the posts of accounts added or removed whose wish to be found may have changed."""
    if account_ids and await unit.execute(_STALE, sorted(set(account_ids))):
        unit.ring("chores")


async def index_accounts(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it: each time some of the posts of an account, newest first."""
    return [await _index_some(people, row) for row in rows]


async def _index_some(people: People, row: asyncpg.Record) -> Outcome:
    payload: dict[str, Any] = row["payload"]
    async with people.runtime.unit() as unit:
        found = await unit.fetch(
            "SELECT s.id FROM statuses s WHERE s.account_id = $1 AND s.id < $2"
            " AND s.reblog_of_id IS NULL ORDER BY s.id DESC LIMIT $3",
            int(row["key"]),
            int(payload.get("below", MAX_ID)),
            _STEP,
        )
        ids = [one[0] for one in found]
        await index_posts(unit, ids)
        if len(ids) < _STEP:
            return Done()
        # Not if somebody has asked to begin anew meanwhile.
        await unit.execute(
            "UPDATE chores SET payload = $3 WHERE id = $1 AND state = 0 AND payload = $2",
            row["id"],
            payload,
            {"below": ids[-1]},
        )
    return Later(_PAUSE, "more to come", counts=False)


CHORES = {KIND: index_accounts}
