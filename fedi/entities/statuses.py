"""Statuses as JSON, fast: what is the same for every viewer is kept as bytes and spliced.

A cached piece is an unfinished object that ends inside its account; a head supplies the author's
counters, the post's counters and the viewer's flags. Only pieces that are not cached ask the
database what the post says, all of them at once.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence

import orjson

from fedi.core.media.links import Links
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.types import Body, Deleted, Head
from fedi.entities.bodies import build_body, build_boost, build_plain
from fedi.kit.unit import ReadUnit

_log = logging.getLogger("fedi.entities")

# Id and revisions of the post, its author and, for a boost, of the original and its author.
Key = tuple[int, int, int, int, int]

_STATS = b',"followers_count":%d,"following_count":%d,"statuses_count":%d,"last_status_at":%b}'
_COUNTS = b',"replies_count":%d,"reblogs_count":%d,"favourites_count":%d'
_FLAGS = b',"favourited":%b,"reblogged":%b,"bookmarked":%b,"muted":%b,"filtered":[]'
_WORDS = (b"false", b"true")


class StatusBuilder:
    """Builds statuses; one per process, since it remembers what it has rendered."""

    def __init__(self, links: Links, *, capacity: int = 5000) -> None:
        self._links = links
        self._capacity = capacity
        self._pieces: OrderedDict[Key, bytes] = OrderedDict()

    async def build(
        self, read: ReadUnit, viewer_id: int | None, heads: Sequence[Head]
    ) -> list[bytes]:
        """The statuses of these heads as JSON, in order; one deleted meanwhile is left out."""
        built = await self.build_views(read, [(viewer_id, head) for head in heads])
        return [status for status in built if status is not None]

    async def build_views(
        self, read: ReadUnit, views: Sequence[tuple[int | None, Head]]
    ) -> list[bytes | None]:
        """One status for each pair of viewer and head, in order; None for one deleted meanwhile."""
        pieces = self._pieces
        wanted = [key for _, head in views for key in _keys(head) if key not in pieces]
        found = await self._render(read, wanted) if wanted else {}
        return [self._join(viewer_id, head, found) for viewer_id, head in views]

    async def build_one(self, read: ReadUnit, viewer_id: int | None, head: Head) -> bytes | None:
        """The status of one head as JSON."""
        built = await self.build(read, viewer_id, [head])
        return built[0] if built else None

    def build_deleted(self, viewer_id: int, deleted: Deleted) -> bytes:
        """A post as its author took it back: with what was typed, for writing it anew."""
        body = deleted.body
        entity = {**_piece(body, None, self._links), "text": body.text}
        entity["account"] = entity.pop("account")
        piece = orjson.dumps(entity)[:-2]
        return _finish(viewer_id, deleted.head, piece, is_boost=False) + b',"reblog":null}'

    def _join(self, viewer_id: int | None, head: Head, found: dict[Key, bytes]) -> bytes | None:
        keys = _keys(head)
        own = self._find(keys[0], found)
        if own is None:
            return None
        if len(keys) == 1:
            return _finish(viewer_id, head, own, is_boost=False) + b',"reblog":null}'
        inner = self._find(keys[1], found)
        if inner is None:
            return None
        original = _finish(viewer_id, _original(head), inner, is_boost=False)
        outer = _finish(viewer_id, head, own, is_boost=True)
        return b'%b,"reblog":%b,"reblog":null}}' % (outer, original)

    def _find(self, key: Key, found: dict[Key, bytes]) -> bytes | None:
        piece = self._pieces.get(key)
        if piece is None:
            return found.get(key)
        self._pieces.move_to_end(key)
        return piece

    async def _render(self, read: ReadUnit, keys: Sequence[Key]) -> dict[Key, bytes]:
        """Render what is not cached, and keep it if it is still what the heads spoke of."""
        found = await bodies(read, list({key[0] for key in keys}))
        originals = [
            body.reblog_of_id
            for body in found.values()
            if body.reblog_of_id is not None and body.reblog_of_id not in found
        ]
        if originals:
            found |= await bodies(read, originals)
        rendered: dict[Key, bytes] = {}
        for key in dict.fromkeys(keys):
            body = found.get(key[0])
            original = found.get(body.reblog_of_id or 0) if body is not None else None
            if body is None or (body.reblog_of_id is not None and original is None):
                continue
            rendered[key] = self._render_one(body, original)
            if key == _key_of(body, original):
                self._keep(key, rendered[key])
        return rendered

    def _render_one(self, body: Body, original: Body | None) -> bytes:
        try:
            return orjson.dumps(_piece(body, original, self._links))[:-2]
        except Exception:  # noqa: BLE001 - whatever it is
            # One post that cannot be shown must not take its neighbours along.
            _log.exception("status %d is shown as plain text", body.id)
            return orjson.dumps(build_plain(body, original or body, self._links))[:-2]

    def _keep(self, key: Key, piece: bytes) -> None:
        self._pieces[key] = piece
        while len(self._pieces) > self._capacity:
            self._pieces.popitem(last=False)


def join(statuses: Sequence[bytes]) -> bytes:
    """Statuses as a JSON list."""
    return b"[%b]" % b",".join(statuses)


def _piece(body: Body, original: Body | None, links: Links) -> dict[str, object]:
    """What is rendered: the account comes last, so that cutting two brackets leaves it open."""
    return build_body(body, links) if original is None else build_boost(body, original, links)


def _keys(head: Head) -> tuple[Key, ...]:
    """The pieces that a head is made of: its own and, for a boost, that of the original."""
    if head.reblog_of_id is None:
        return ((head.id, head.revision, head.account_revision, 0, 0),)
    inner = (head.reblog_revision or 0, head.reblog_account_revision or 0)
    return (
        (head.id, head.revision, head.account_revision, *inner),
        (head.reblog_of_id, *inner, 0, 0),
    )


def _key_of(body: Body, original: Body | None) -> Key:
    if original is None:
        return (body.id, body.revision, body.account.revision, 0, 0)
    inner = (original.revision, original.account.revision)
    return (body.id, body.revision, body.account.revision, *inner)


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


def _finish(viewer_id: int | None, head: Head, piece: bytes, *, is_boost: bool) -> bytes:
    """A piece with what changes often or depends on the viewer; its last bracket stays open."""
    last = head.last_status_at
    day = b"null" if last is None else b'"%d-%02d-%02d"' % (last.year, last.month, last.day)
    done = (
        piece
        + _STATS % (head.followers_count, head.following_count, head.statuses_count, day)
        + _COUNTS % (head.replies_count, head.reblogs_count, head.favourites_count)
    )
    if viewer_id is None:
        return done
    done += _FLAGS % (
        _WORDS[head.favourited],
        _WORDS[head.reblogged],
        _WORDS[head.bookmarked],
        _WORDS[head.muted],
    )
    if head.account_id == viewer_id and not is_boost and b'"visibility":"direct"' not in piece:
        done += b',"pinned":false'
    return done
