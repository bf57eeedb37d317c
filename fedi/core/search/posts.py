"""Posts by their words: at most a few walks over indexes, each of a bounded length.

A word may stand in every post or in one of a million, and only reading tells. So the newest posts
are read first, which answers a search for what is everywhere; only if they do not suffice, the
index of words is asked, which is quick just then. A search for what somebody wrote, or for what
one has kept oneself, begins with their posts instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core.accounts.queries import find_by_handles
from fedi.core.domains.policy import normalise
from fedi.core.search.grammar import Query, author_mark, mention_mark
from fedi.core.statuses.heads import heads
from fedi.core.statuses.policy import seen_sql, wanted_sql
from fedi.core.statuses.types import Head
from fedi.kit.ids import MAX_ID, make_id
from fedi.kit.text_search import build_mark
from fedi.kit.unit import ReadUnit

DEEPEST = 1000
# So many posts are looked at in one walk, of each of the lists that a member has, and in all.
_WALK = 2000
_WALKS = 5
_KEPT = 1000
_MATCHES = 3000

_BOUNDS = "> $3::bigint AND {0} < $4::bigint"
_OWN = (
    "SELECT o.id FROM statuses o WHERE o.account_id = {who} AND o.reblog_of_id IS NULL"
    f" AND o.id {_BOUNDS.format('o.id')} ORDER BY o.id DESC LIMIT {{most}}"
)
_ROW = "LEFT JOIN status_search r ON r.status_id = w.id"
_SOURCES = {
    # All that can be found, newest first.
    "newest": "(SELECT r.status_id AS id, r.is_public, r.words FROM status_search r"
    f" WHERE r.status_id {_BOUNDS.format('r.status_id')}"
    f" ORDER BY r.status_id DESC LIMIT {_WALK})",
    # What one account wrote; its posts of this moment may not be indexed yet.
    "author": "(SELECT w.id, coalesce(r.is_public, false) AS is_public, r.words"
    f" FROM ({_OWN.format(who='$5::bigint', most=_WALK)}) w {_ROW} ORDER BY w.id DESC)",
    # What the member wrote or touched lately.
    "library": "(SELECT w.id, coalesce(r.is_public, false) AS is_public, r.words FROM ("
    f"SELECT u.id FROM (({_OWN.format(who='$1::bigint', most=_KEPT)})"
    " UNION (SELECT b.reblog_of_id FROM statuses b WHERE b.account_id = $1::bigint"
    f"   AND b.reblog_of_id IS NOT NULL ORDER BY b.id DESC LIMIT {_KEPT})"
    " UNION (SELECT k.status_id FROM bookmarks k WHERE k.account_id = $1::bigint"
    f"   ORDER BY k.id DESC LIMIT {_KEPT})"
    " UNION (SELECT f.status_id FROM favourites f WHERE f.account_id = $1::bigint"
    f"   ORDER BY f.id DESC LIMIT {_KEPT})"
    " UNION (SELECT m.status_id FROM status_mentions m WHERE m.account_id = $1::bigint"
    f"   ORDER BY m.status_id DESC LIMIT {_KEPT})) u(id) WHERE u.id {_BOUNDS.format('u.id')}"
    f" ORDER BY u.id DESC LIMIT {5 * _KEPT}) w {_ROW} ORDER BY w.id DESC)",
    # What has the words, wherever it stands.
    "words": "(SELECT q.id, q.is_public, q.words FROM (SELECT i.id, i.is_public,"
    "   NULL::tsvector AS words FROM found i"
    f"   WHERE i.id {_BOUNDS.format('i.id')} ORDER BY i.id DESC LIMIT {_MATCHES}) q)",
}
_FOUND = (
    "WITH found AS MATERIALIZED (SELECT r.status_id AS id, r.is_public FROM status_search r"
    " WHERE r.words @@ $6::text::tsquery) "
)
_MINE = (
    "(s.account_id = $1::bigint"
    + "".join(
        f" OR EXISTS (SELECT 1 FROM {table} mine WHERE mine.{column} = s.id"
        " AND mine.account_id = $1::bigint OFFSET 0)"
        for table, column in (
            ("status_mentions", "status_id"),
            ("favourites", "status_id"),
            ("bookmarks", "status_id"),
            ("statuses", "reblog_of_id"),
        )
    )
    + ")"
)
# An author who changed their mind is heeded at once, whatever the index still says.
_OPEN = "(x.is_public AND a.indexable AND s.visibility = 0)"
_SCOPES = {"all": f"({_OPEN} OR {_MINE})", "public": _OPEN, "library": _MINE}
_EMBED = (
    "EXISTS (SELECT 1 FROM preview_cards k WHERE k.id = s.card_id AND k.state = 1 AND k.html <> '')"
)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search whose names are known: one tsquery, and what else must hold."""

    viewer_id: int
    # None: there are no words to look for; `has_words` is whether one of them must be there.
    tsquery: str | None
    has_words: bool
    author_id: int | None
    embed: bool | None
    scope: str
    above: int
    below: int


async def search_posts(
    read: ReadUnit,
    viewer_id: int,
    query: Query,
    *,
    local_domain: str,
    account_id: int | None = None,
    limit: int,
    offset: int = 0,
) -> list[Head]:
    """Posts that the member may find, newest first."""
    if query.is_empty or offset > DEEPEST:
        return []
    names = await _find_accounts(read, viewer_id, query, local_domain)
    search = _settle(viewer_id, query, names, account_id)
    if search is None:
        return []
    ids = await _find(read, search, offset + limit)
    return await heads(read, viewer_id, ids[offset : offset + limit])


def _settle(
    viewer_id: int, query: Query, ids: dict[str, int], account_id: int | None
) -> _Search | None:
    """Put accounts in the place of names; None if one of them is nobody."""
    authors = [ids.get(name) for name in query.authors]
    mentioned = [ids.get(name) for name in query.mentioned]
    if None in authors or None in mentioned:
        return None
    wanted = [i for i in (account_id, *authors) if i is not None]
    terms = [*query.terms, *(build_mark(mention_mark(i)) for i in mentioned if i is not None)]
    without = [
        *query.without,
        *(build_mark(author_mark(ids[name])) for name in query.not_authors if name in ids),
        *(build_mark(mention_mark(ids[name])) for name in query.not_mentioned if name in ids),
    ]
    if len(set(wanted)) > 1:
        return None
    parts = [*terms, *(f"!{piece}" for piece in without)]
    return _Search(
        viewer_id,
        " & ".join(parts) or None,
        bool(terms),
        wanted[0] if wanted else None,
        query.embed,
        query.scope,
        _bound(query.after, 0) - 1,
        _bound(query.before, MAX_ID),
    )


def _bound(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else min(make_id(moment, 0), MAX_ID)


async def _find_accounts(
    read: ReadUnit, viewer_id: int, query: Query, local_domain: str
) -> dict[str, int]:
    names = {*query.authors, *query.not_authors, *query.mentioned, *query.not_mentioned}
    found = {name: viewer_id for name in names if name.lower() == "me"}
    handles = {name: _handle(name, local_domain) for name in names if name not in found}
    known = await find_by_handles(read, list(handles.values()))
    return found | {name: known[h].id for name, h in handles.items() if h in known}


def _handle(text: str, local_domain: str) -> tuple[str, str | None]:
    name, _, domain = text.lstrip("@").partition("@")
    host = normalise(domain)
    return name, None if host in {"", normalise(local_domain)} else host


async def _find(read: ReadUnit, search: _Search, need: int) -> list[int]:
    """The ids of the newest posts that the member may find."""
    if search.author_id is not None:
        source = "author"
    elif search.scope == "library":
        source = "library"
    else:
        source = "newest"
    found: list[int] = []
    below = search.below
    for _ in range(_WALKS):
        ids, floor = await _walk(read, search, source, below, need - len(found))
        found += ids
        if len(found) >= need or floor is None:
            return found
        if search.has_words:
            # Rare enough for the index of words.
            kept = [] if source == "library" else found
            more, _ = await _walk(read, search, "words", floor, need - len(kept))
            return kept + more
        below = floor
    return found


async def _walk(
    read: ReadUnit, search: _Search, source: str, below: int, need: int
) -> tuple[list[int], int | None]:
    """What one walk finds, and where it ended; None if it saw everything there is."""
    query = search.tsquery
    by_words = source == "words"
    if by_words and search.author_id is not None:
        query = f"{query} & {build_mark(author_mark(search.author_id))}"
    args: list[object] = [search.viewer_id, need, search.above, below, search.author_id, query]
    rows = await read.fetch(_statement(search, source), *args)
    ids = [row[0] for row in rows]
    if by_words or len(ids) >= need:
        return ids, None
    return ids, await _floor(read, search, source, below)


def _statement(search: _Search, source: str) -> str:
    checked = source != "words"
    conditions = [
        seen_sql("s", "a", "$1::bigint"),
        wanted_sql("$1::bigint", ("s.account_id",), ("a.domain",)),
        _SCOPES[search.scope],
        "s.reblog_of_id IS NULL",
        # Every statement has the same parameters, whichever of them it needs.
        "($5::bigint IS NULL OR s.account_id = $5::bigint)",
    ]
    if checked:
        conditions.append(
            "$6::text IS NULL" if search.tsquery is None else "x.words @@ $6::text::tsquery"
        )
    if search.embed is not None:
        conditions.append(_EMBED if search.embed else f"NOT {_EMBED}")
    return (
        f"{'' if checked else _FOUND}SELECT x.id FROM {_SOURCES[source]} x"
        " JOIN statuses s ON s.id = x.id JOIN accounts a ON a.id = s.account_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY x.id DESC LIMIT $2::int"
    )


_FLOORS = {
    "newest": "SELECT r.status_id FROM status_search r WHERE r.status_id > $1 AND r.status_id < $2"
    f" ORDER BY r.status_id DESC OFFSET {_WALK - 1} LIMIT 1",
    "author": "SELECT o.id FROM statuses o WHERE o.account_id = $3 AND o.reblog_of_id IS NULL"
    f" AND o.id > $1 AND o.id < $2 ORDER BY o.id DESC OFFSET {_WALK - 1} LIMIT 1",
}


async def _floor(read: ReadUnit, search: _Search, source: str, below: int) -> int | None:
    """The oldest post that the last walk has looked at; None if there is nothing below it."""
    if source == "library":
        # Its lists have no common end: words are looked for everywhere, the rest is complete.
        return below if search.has_words else None
    args: Sequence[object] = (search.above, below)
    if source == "author":
        args = (*args, search.author_id)
    floor: int | None = await read.value(_FLOORS[source], *args)
    return floor
