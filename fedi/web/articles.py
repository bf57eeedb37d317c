"""Posts as HTML, fast: an article is kept by the revisions and counters it was made from.

Polls and quotes of a page cost one statement each, and none where there are none. Only articles
that are not kept ask the database what the post says, all of them at once.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fedi.config import Settings
from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.statuses.polls import Poll, find_polls
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.quotes import Quote, find_quotes
from fedi.core.statuses.types import Body, Head
from fedi.core.statuses.withheld import find_withheld
from fedi.entities.pieces import Pieces, keys_of
from fedi.kit.clock import clock
from fedi.kit.nets import attempt
from fedi.kit.unit import ReadUnit
from fedi.web.pages import render_post
from fedi.web.views import Extras, Post, Profile, Views

_log = logging.getLogger("fedi.web")

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Hung:
    """What hangs on the posts of a page."""

    quotes: Mapping[int, Quote]
    polls: Mapping[int, Poll]

    def quote(self, head: Head) -> Quote | None:
        return None if head.quote_id is None else self.quotes.get(head.quote_id)

    def poll(self, head: Head) -> Poll | None:
        return None if head.poll_id is None else self.polls.get(head.poll_id)


_NOTHING = _Hung({}, {})


class Articles:
    """Makes articles for strangers; one per process, since it remembers what it has rendered."""

    def __init__(self, settings: Settings, links: Links, *, capacity: int = 2000) -> None:
        self._views = Views(settings, links)
        self._kept: Pieces[_Key, Markup] = Pieces(capacity)
        self._profiles: Pieces[_Key, Profile] = Pieces(capacity)

    def profile(self, account: Account) -> Profile:
        """A member on their own page."""
        key = (
            account.id,
            account.revision,
            account.statuses_count,
            account.followers_count,
            account.following_count,
        )
        profile = self._profiles.find(key)
        if profile is None:
            profile = self._views.profile(account)
            self._profiles.keep(key, profile)
        return profile

    async def render(
        self, read: ReadUnit, heads: Sequence[Head], *, pinned: int = 0
    ) -> dict[int, Markup]:
        """The posts of these heads by id, the first ones pinned; one that is gone is missing."""
        hung = await _find_hung(read, heads)
        keys = [_key_of(head, hung, is_pinned=n < pinned) for n, head in enumerate(heads)]
        wanted = [head for head, key in zip(heads, keys, strict=True) if key not in self._kept]
        found = await _find_bodies(read, wanted, hung)
        await _withhold(read, found)
        rendered: dict[int, Markup] = {}
        for number, (head, key) in enumerate(zip(heads, keys, strict=True)):
            article = self._kept.find(key)
            if article is None:
                article = self._render(found, hung, head, is_pinned=number < pinned)
                if article is not None:
                    self._kept.keep(key, article)
            if article is not None:
                rendered[head.id] = article
        return rendered

    async def find_post(
        self, read: ReadUnit, head: Head, *, is_inside: bool = False
    ) -> Post | None:
        """The post of this head as a view, `is_inside` for a member; None if it is gone."""
        hung = await _find_hung(read, [head])
        found = await _find_bodies(read, [head], hung)
        if not is_inside:
            await _withhold(read, found)
        return self._view(found, hung, head)

    def _render(
        self, found: Mapping[int, Body], hung: _Hung, head: Head, *, is_pinned: bool
    ) -> Markup | None:
        def render() -> Markup | None:
            post = self._view(found, hung, head, is_pinned=is_pinned)
            return None if post is None else render_post(post)

        return attempt(_log, "post %d is not shown", head.id, render)

    def _view(
        self, found: Mapping[int, Body], hung: _Hung, head: Head, *, is_pinned: bool = False
    ) -> Post | None:
        own = found.get(head.id)
        said = found.get(head.reblog_of_id) if head.reblog_of_id else own
        if own is None or said is None:
            return None  # deleted between the two questions
        quote, quoted = hung.quote(head), None
        if quote is not None and quote.head is not None and quote.head.id in found:
            extras = Extras(poll=hung.poll(quote.head))
            quoted = self._views.post(quote.head, found[quote.head.id], extras=extras)
        return self._views.post(
            head,
            said,
            booster=None if said is own else own.account,
            is_pinned=is_pinned,
            extras=Extras(hung.poll(head), quote, quoted),
        )


async def _find_hung(read: ReadUnit, heads: Sequence[Head]) -> _Hung:
    quote_ids = [head.quote_id for head in heads if head.quote_id is not None]
    quotes = await find_quotes(read, None, quote_ids)
    inner = [quote.head for quote in quotes.values() if quote.head is not None]
    poll_ids = [head.poll_id for head in (*heads, *inner) if head.poll_id is not None]
    polls = await find_polls(read, None, poll_ids)
    return _Hung(quotes, polls) if quotes or polls else _NOTHING


async def _find_bodies(read: ReadUnit, heads: Sequence[Head], hung: _Hung) -> dict[int, Body]:
    ids: list[int] = []
    for head in heads:
        quote = hung.quote(head)
        ids.append(head.id)
        ids += [head.reblog_of_id] if head.reblog_of_id is not None else []
        ids += [quote.head.id] if quote is not None and quote.head is not None else []
    return await bodies(read, ids)


async def _withhold(read: ReadUnit, found: dict[int, Body]) -> None:
    """What its author elsewhere keeps from strangers is not even remembered as rendered."""
    far = [body.id for body in found.values() if not body.local]
    for status_id in await find_withheld(read, far):
        del found[status_id]


def _key_of(head: Head, hung: _Hung, *, is_pinned: bool) -> _Key:
    quote = hung.quote(head)
    quoted: _Key = ()
    if quote is not None:
        quoted = (quote.state,)
        if quote.head is not None:
            quoted = (*keys_of(quote.head)[0], *_count(hung.poll(quote.head)))
    return (
        *keys_of(head)[0],
        head.replies_count,
        head.reblogs_count,
        head.favourites_count,
        head.quotes_count,
        is_pinned,
        _count(hung.poll(head)),
        quoted,
    )


def _count(poll: Poll | None) -> _Key:
    """All that changes of a poll."""
    if poll is None:
        return ()
    is_over = poll.expires_at is not None and poll.expires_at <= clock.now()
    return (*poll.tallies, poll.votes_count, poll.voters_count, poll.expires_at, is_over)
