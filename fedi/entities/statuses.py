"""Statuses as JSON, fast: what is the same for every viewer is kept as bytes and spliced.

A head supplies the author's counters, the post's counters and the viewer's flags. Polls, quotes,
reactions and filters cost one statement each, for all posts of a page together, and none where
there are none. Only pieces that are not cached ask the database what the post says, all of them at
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

import orjson

from fedi.core.filters.book import FilterBook, Sieves
from fedi.core.filters.match import match_all, read_words
from fedi.core.media.links import Links
from fedi.core.statuses.policy import QUOTING
from fedi.core.statuses.polls import Poll, find_poll_views
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.quotes import Quote, find_quote_views
from fedi.core.statuses.reactions import Counted, find_reaction_views
from fedi.core.statuses.types import Deleted, Head
from fedi.entities.account_builder import AccountBuilder
from fedi.entities.counts import UNTOLD, dump_apart, show_counts
from fedi.entities.filters import build_results
from fedi.entities.pieces import (
    Key,
    Piece,
    Pieces,
    day_of,
    key_of,
    keys_of,
    render_deleted,
    render_piece,
    words_in,
)
from fedi.entities.polls import build_poll
from fedi.entities.quotes import build_quote, build_shallow_quote
from fedi.entities.reactions import build_reactions
from fedi.kit.unit import ReadUnit

View = tuple[int | None, Head]

_SHOWN = (
    b'%b,"followers_count":%d,"following_count":%d,"statuses_count":%d,"last_status_at":%b}'
    b',"replies_count":%d,"reblogs_count":%d,"favourites_count":%d,"quotes_count":%d'
    b'%b%b"}%b,"poll":%b,"quote":%b,"reblog":%b,"reactions":%b}'
)
_COUNTERS = ("replies_count", "reblogs_count", "favourites_count")
_WORDS = (b"false", b"true")
# By whether the viewer likes it, boosts it, keeps it, and does not want to hear of it.
_FLAGS = {
    flags: b',"favourited":%b,"reblogged":%b,"bookmarked":%b,"muted":%b,"filtered":'
    % tuple(_WORDS[flag] for flag in flags)
    for flags in product((False, True), repeat=4)
}
_NOTHING = b"[]"
_PINNED = (b',"pinned":false', b',"pinned":true')
_QUOTING = tuple(word.encode() for word in QUOTING)
_NULL = b"null"


@dataclass(frozen=True, slots=True)
class _Page:
    """What was loaded for some views, beyond their heads."""

    now: datetime
    quotes: dict[tuple[int | None, int], Quote]
    polls: dict[tuple[int | None, int], Poll]
    reactions: dict[tuple[int | None, int], tuple[Counted, ...]]
    sieves: dict[int, Sieves]
    pieces: dict[Key, Piece]


class StatusBuilder:
    """Builds statuses; one per process, since it remembers what it has rendered."""

    def __init__(self, links: Links, filters: FilterBook, *, capacity: int = 5000) -> None:
        self._links = links
        self.filters = filters
        self.accounts = AccountBuilder(links)
        self._pieces: Pieces[Key, Piece] = Pieces(capacity)

    async def build(
        self, read: ReadUnit, viewer_id: int | None, heads: Sequence[Head]
    ) -> list[bytes]:
        """The statuses of these heads as JSON, in order; one deleted meanwhile is left out."""
        built = await self.build_views(read, [(viewer_id, head) for head in heads])
        return [status for status in built if status is not None]

    async def build_views(self, read: ReadUnit, views: Sequence[View]) -> list[bytes | None]:
        """One status for each pair of viewer and head, in order; None for one deleted meanwhile."""
        page = await self._load(read, views)
        return [self._show(page, viewer_id, head) for viewer_id, head in views]

    async def build_shared(self, read: ReadUnit, views: Sequence[View]) -> list[bytes | None]:
        """The same for many viewers of few posts: what looks the same is rendered once."""
        page = await self._load(read, views)
        shared: dict[tuple[object, ...], bytes | None] = {}
        built: list[bytes | None] = []
        for viewer_id, head in views:
            is_own = viewer_id in {head.account_id, head.reblog_account_id}
            has_more = head.poll_id or head.quote_id or head.reactions_count
            has_more = has_more or page.sieves.get(viewer_id or 0)
            key = (head, viewer_id if is_own or has_more else viewer_id is None)
            if key not in shared:
                shared[key] = self._show(page, viewer_id, head)
            built.append(shared[key])
        return built

    async def build_one(self, read: ReadUnit, viewer_id: int | None, head: Head) -> bytes | None:
        """The status of one head as JSON."""
        built = await self.build(read, viewer_id, [head])
        return built[0] if built else None

    async def build_quote(self, read: ReadUnit, viewer_id: int | None, head: Head) -> bytes:
        """What a post quotes, as JSON; null for nothing."""
        page = await self._load(read, [(viewer_id, head)])
        return self._quote(page, viewer_id, head)

    def build_deleted(self, viewer_id: int, deleted: Deleted) -> bytes:
        """A post as its author took it back: with what was typed, for writing it anew."""
        piece = render_deleted(deleted.body, self._links)
        poll = quote = _NULL
        if deleted.poll is not None:
            poll = orjson.dumps(build_poll(deleted.poll, orjson.Fragment(piece.emojis)))
        if deleted.quote is not None:
            quote = orjson.dumps(build_shallow_quote(deleted.quote))
        flags = _flags(viewer_id, deleted.head, piece)
        return _finish(deleted.head, piece, flags, poll=poll, quote=quote)

    async def _load(self, read: ReadUnit, views: Sequence[View]) -> _Page:
        asked = [(viewer, head.quote_id) for viewer, head in views if head.quote_id is not None]
        quotes = await find_quote_views(read, asked) if asked else {}
        if quotes:
            inner = [(who, quote.head) for (who, _), quote in quotes.items() if quote.head]
            views = [*views, *inner]
        voted = [(viewer, head.poll_id) for viewer, head in views if head.poll_id is not None]
        polls = await find_poll_views(read, voted) if voted else {}
        reacted = [(who, head.original_id) for who, head in views if head.reactions_count > 0]
        reactions = await find_reaction_views(read, reacted) if reacted else {}
        viewers = {viewer for viewer, _ in views if viewer is not None}
        found = await self.filters.find(read, viewers) if viewers else {}
        sieves = {viewer: some for viewer, some in found.items() if some}
        wanted = self._pieces.missing(key for _, head in views for key in keys_of(head))
        pieces = await self._render(read, wanted) if wanted else {}
        return _Page(read.now(), quotes, polls, reactions, sieves, pieces)

    async def _render(self, read: ReadUnit, keys: Sequence[Key]) -> dict[Key, Piece]:
        """Render what is not cached, and keep it if it is still what the heads spoke of."""
        found = await bodies(read, list({key[0] for key in keys}))
        originals = [
            body.reblog_of_id
            for body in found.values()
            if body.reblog_of_id is not None and body.reblog_of_id not in found
        ]
        if originals:
            found |= await bodies(read, originals)
        rendered: dict[Key, Piece] = {}
        for key in dict.fromkeys(keys):
            body = found.get(key[0])
            original = found.get(body.reblog_of_id or 0) if body is not None else None
            if body is None or (body.reblog_of_id is not None and original is None):
                continue
            rendered[key] = render_piece(body, original, self._links)
            if key == key_of(body, original):
                self._pieces.keep(key, rendered[key])
        return rendered

    def _find(self, page: _Page, key: Key) -> Piece | None:
        return self._pieces.find(key) or page.pieces.get(key)

    def _show(self, page: _Page, viewer_id: int | None, head: Head) -> bytes | None:
        keys = keys_of(head)
        own = self._find(page, keys[0])
        if own is None:
            return None
        if len(keys) == 1:
            return self._show_post(page, viewer_id, head, own)
        said = self._find(page, keys[1])
        if said is None:
            return None
        original = self._show_post(page, viewer_id, _original(head), said)
        filtered = self._filtered(page, viewer_id, head, said)
        return _finish(head, own, _flags(viewer_id, head, own, filtered), reblog=original)

    def _show_post(
        self,
        page: _Page,
        viewer_id: int | None,
        head: Head,
        piece: Piece,
        outer: Quote | None = None,
    ) -> bytes:
        """A post by itself, or in the quote `outer`, where what it quotes is only named."""
        filtered = self._filtered(page, viewer_id, head, piece) if page.sieves else _NOTHING
        flags = _flags(viewer_id, head, piece, filtered)
        if head.poll_id is None and head.quote_id is None and head.reactions_count <= 0:
            return _finish(head, piece, flags)
        poll = quote = _NULL
        reactions = _NOTHING
        if head.reactions_count > 0:
            counted = page.reactions.get((viewer_id, head.id), ())
            is_member = viewer_id is not None
            reactions = build_reactions(counted, self._links, is_member=is_member)
        if head.poll_id is not None:
            found = page.polls.get((viewer_id, head.poll_id))
            if found is not None:
                emojis = orjson.Fragment(piece.emojis)
                is_member = viewer_id is not None
                entity = build_poll(found, emojis, is_member=is_member, now=page.now)
                poll = orjson.dumps(entity)
        if outer is not None:
            quote = orjson.dumps(build_shallow_quote(outer.inner)) if outer.inner else _NULL
        elif head.quote_id is not None:
            quote = self._quote(page, viewer_id, head)
            shown = page.quotes.get((viewer_id, head.quote_id))
            if piece.bare is not None and shown is not None and shown.head is not None:
                piece = replace(piece, start=piece.bare)
        return _finish(head, piece, flags, poll=poll, quote=quote, reactions=reactions)

    def _quote(self, page: _Page, viewer_id: int | None, head: Head) -> bytes:
        quote = page.quotes.get((viewer_id, head.quote_id or 0))
        if quote is None:
            return _NULL
        piece = self._find(page, keys_of(quote.head)[0]) if quote.head is not None else None
        if quote.head is None or piece is None:
            return orjson.dumps(build_quote(quote, None))
        quoted = self._show_post(page, viewer_id, quote.head, piece, quote)
        return orjson.dumps(build_quote(quote, orjson.Fragment(quoted)))

    def _filtered(self, page: _Page, viewer_id: int | None, head: Head, piece: Piece) -> bytes:
        """What the viewer's filters find, in the post itself, its poll, and what it quotes."""
        sieves = page.sieves.get(viewer_id) if viewer_id is not None else None
        if not sieves:
            return _NOTHING
        texts = [words_in(piece)]
        if poll := page.polls.get((viewer_id, head.poll_id or 0)):
            texts.append(read_words(poll.options))
        quote = page.quotes.get((viewer_id, head.quote_id or 0))
        if quote is not None and quote.head is not None:
            quoted = self._find(page, keys_of(quote.head)[0])
            texts += [words_in(quoted)] if quoted is not None else []
        ids = [head.id] if head.reblog_of_id is None else [head.id, head.reblog_of_id]
        results = match_all(sieves, texts, ids, page.now)
        return orjson.dumps(build_results(results))


def join(statuses: Sequence[bytes]) -> bytes:
    """Statuses as a JSON list."""
    return b"[%b]" % b",".join(statuses)


def _original(head: Head) -> Head:
    """The head of the original in a boost."""
    return head._replace(
        id=head.reblog_of_id or 0,
        account_id=head.reblog_account_id or 0,
        followers_count=head.reblog_followers_count,
        following_count=head.reblog_following_count,
        statuses_count=head.reblog_statuses_count,
        last_status_at=head.reblog_last_status_at,
        reblog_of_id=None,
    )


def _flags(viewer_id: int | None, head: Head, piece: Piece, filtered: bytes = _NOTHING) -> bytes:
    """What a member knows of a post beyond what everybody knows."""
    if viewer_id is None:
        return b""
    flags = _FLAGS[head.favourited, head.reblogged, head.bookmarked, head.muted] + filtered
    if head.account_id == viewer_id and piece.can_be_pinned:
        return flags + _PINNED[head.pinned]
    return flags


def _finish(
    head: Head,
    piece: Piece,
    flags: bytes,
    *,
    poll: bytes = _NULL,
    quote: bytes = _NULL,
    reblog: bytes = _NULL,
    reactions: bytes = _NOTHING,
) -> bytes:
    """A piece with what changes often or depends on the viewer."""
    shown = (head.replies_count, head.reblogs_count, head.favourites_count)
    told = (head.origin_replies_count, head.origin_reblogs_count, head.origin_favourites_count)
    if told != UNTOLD:
        flags += dump_apart(_COUNTERS, shown, told)
        shown = show_counts(shown, told)
    return _SHOWN % (
        piece.start,
        head.followers_count,
        head.following_count,
        head.statuses_count,
        day_of(head.last_status_at),
        *shown,
        head.quotes_count,
        piece.approval,
        _QUOTING[head.quote_permission],
        flags,
        poll,
        quote,
        reblog,
        reactions,
    )
