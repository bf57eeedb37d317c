"""Posts as HTML, fast: an article is kept by the revisions and counters it was made from.

Only articles that are not kept ask the database what the post says, all of them at once; posts with
polls and quotes are made anew each time, since these change by themselves.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fedi.config import Settings
from fedi.core.media.links import Links
from fedi.core.statuses.polls import find_polls
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.quotes import find_quotes
from fedi.core.statuses.types import Body, Head
from fedi.entities.pieces import Pieces, keys_of
from fedi.kit.unit import ReadUnit
from fedi.web.pages import render_post
from fedi.web.views import Extras, Post, Views

_log = logging.getLogger("fedi.web")

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    bodies: Mapping[int, Body]
    extras: Mapping[int, Extras]


class Articles:
    """Makes articles for strangers; one per process, since it remembers what it has rendered."""

    def __init__(self, settings: Settings, links: Links, *, capacity: int = 2000) -> None:
        self.views = Views(settings, links)
        self._kept: Pieces[_Key, Markup] = Pieces(capacity)

    async def render(
        self, read: ReadUnit, heads: Sequence[Head], *, pinned: int = 0
    ) -> dict[int, Markup]:
        """The posts of these heads by id, the first ones pinned; one that is gone is missing."""
        keys = [_key_of(head, is_pinned=n < pinned) for n, head in enumerate(heads)]
        wanted = [head for head, key in zip(heads, keys, strict=True) if key not in self._kept]
        loaded = await self._load(read, wanted)
        rendered: dict[int, Markup] = {}
        for number, (head, key) in enumerate(zip(heads, keys, strict=True)):
            article = self._kept.find(key)
            if article is None:
                article = self._render(loaded, head, is_pinned=number < pinned)
                if article is not None and head.poll_id is None and head.quote_id is None:
                    self._kept.keep(key, article)
            if article is not None:
                rendered[head.id] = article
        return rendered

    async def find_posts(self, read: ReadUnit, heads: Sequence[Head]) -> list[Post]:
        """The posts of these heads as views; one that is gone is left out."""
        loaded = await self._load(read, heads)
        found = [self._view(loaded, head) for head in heads]
        return [post for post in found if post is not None]

    async def _load(self, read: ReadUnit, heads: Sequence[Head]) -> _Loaded:
        if not heads:
            return _Loaded({}, {})
        quotes = await find_quotes(read, None, [h.quote_id for h in heads if h.quote_id])
        inner = [quote.head for quote in quotes.values() if quote.head is not None]
        every = [*heads, *inner]
        polls = await find_polls(read, None, [h.poll_id for h in every if h.poll_id])
        ids = [head.id for head in every] + [h.reblog_of_id for h in heads if h.reblog_of_id]
        found = await bodies(read, ids)
        quoted = {
            head.id: self.views.post(
                head, found[head.id], extras=Extras(poll=polls.get(head.poll_id or 0))
            )
            for head in inner
            if head.id in found
        }
        extras: dict[int, Extras] = {}
        for head in heads:
            quote = quotes.get(head.quote_id or 0)
            shown = None if quote is None or quote.head is None else quoted.get(quote.head.id)
            extras[head.id] = Extras(polls.get(head.poll_id or 0), quote, shown)
        return _Loaded(found, extras)

    def _render(self, loaded: _Loaded, head: Head, *, is_pinned: bool) -> Markup | None:
        try:
            post = self._view(loaded, head, is_pinned=is_pinned)
            return None if post is None else render_post(post)
        except Exception:  # noqa: BLE001 - whatever it is
            # One post that cannot be shown must not take its neighbours along.
            _log.exception("post %d is not shown", head.id)
            return None

    def _view(self, loaded: _Loaded, head: Head, *, is_pinned: bool = False) -> Post | None:
        own = loaded.bodies.get(head.id)
        said = loaded.bodies.get(head.reblog_of_id) if head.reblog_of_id else own
        if own is None or said is None:
            return None  # deleted between the two questions
        booster = None if said is own else own.account
        extras = loaded.extras[head.id]
        return self.views.post(head, said, booster=booster, is_pinned=is_pinned, extras=extras)


def _key_of(head: Head, *, is_pinned: bool) -> _Key:
    return (
        *keys_of(head)[0],
        head.replies_count,
        head.reblogs_count,
        head.favourites_count,
        head.quotes_count,
        is_pinned,
    )
