"""The parts of statuses and accounts that are the same for every viewer, kept as bytes.

A piece is an unfinished object that ends where what changes often is spliced in: a status inside of
its account, an account before its counters.
"""

import dataclasses
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import orjson

from fedi.core.filters.match import Words, read_words
from fedi.core.media.links import Links
from fedi.core.statuses.policy import DIRECT
from fedi.core.statuses.quote_fallback import without_fallback
from fedi.core.statuses.types import Body, Head
from fedi.entities.accounts import build_emojis
from fedi.entities.bodies import build_body, build_boost, build_plain
from fedi.entities.quotes import build_approval
from fedi.kit.nets import attempt
from fedi.kit.text import plain_text

_log = logging.getLogger("fedi.entities")

K = TypeVar("K")
V = TypeVar("V")
# Id and revisions of the post, its author and, for a boost, of the original and its author.
Key = tuple[int, int, int, int, int]
_APPROVAL = b',"quote_approval":{"automatic":%b,"manual":%b,"current_user":"'


@dataclass(slots=True)
class Piece:
    """A status up to the counters of its author."""

    start: bytes
    # Who may quote it, up to what the viewer may do.
    approval: bytes
    # Its emojis as JSON, for a poll in it.
    emojis: bytes
    can_be_pinned: bool
    # The same without the line that stands for what it quotes, if it has one.
    bare: bytes | None = None
    # What it says, for filters; read from it when the first filter asks.
    words: Words | None = None


class Pieces(Generic[K, V]):
    """The pieces that were used last."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def find(self, key: K) -> V | None:
        """A piece, which counts as used."""
        kept = self._kept
        piece = kept.get(key)
        if piece is not None:
            kept.move_to_end(key)
        return piece

    def missing(self, keys: Iterable[K]) -> list[K]:
        """Those of the keys under which nothing is kept."""
        kept = self._kept
        return [key for key in keys if key not in kept]

    def keep(self, key: K, piece: V) -> None:
        """Remember a piece, and forget those that nobody used for long."""
        self._kept[key] = piece
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)


def keys_of(head: Head) -> tuple[Key, ...]:
    """The pieces that a head is made of: its own and, for a boost, that of the original."""
    if head.reblog_of_id is None:
        return ((head.id, head.revision, head.account_revision, 0, 0),)
    inner = (head.reblog_revision or 0, head.reblog_account_revision or 0)
    return (
        (head.id, head.revision, head.account_revision, *inner),
        (head.reblog_of_id, *inner, 0, 0),
    )


def key_of(body: Body, original: Body | None) -> Key:
    """The piece that is made of a body and, for a boost, that of the original."""
    if original is None:
        return (body.id, body.revision, body.account.revision, 0, 0)
    inner = (original.revision, original.account.revision)
    return (body.id, body.revision, body.account.revision, *inner)


def render_piece(body: Body, original: Body | None, links: Links) -> Piece:
    """A piece, whatever the post is made of."""
    said = original or body
    parts = attempt(_log, "status %d is shown as plain text", body.id, _parts, body, said, links)
    if parts is None:
        parts = orjson.dumps(build_plain(body, said, links))[:-2], b"[]", None
    start, emojis, bare = parts
    piece = _complete(body, said, start, emojis)
    piece.bare = bare
    return piece


def _parts(body: Body, said: Body, links: Links) -> tuple[bytes, bytes, bytes | None]:
    """The start, the emojis for its poll, and itself without the line for what it quotes."""
    original = None if said is body else said
    start = _dump(body, original, links)
    emojis = orjson.dumps(build_emojis(said.emojis, links)) if said.poll_id else b"[]"
    return start, emojis, _dump_bare(body, links)


def render_deleted(body: Body, links: Links) -> Piece:
    """A piece with what was typed, for writing the post anew."""
    entity = {**build_body(body, links), "text": body.text, "content_type": body.content_type}
    entity["account"] = entity.pop("account")
    emojis = orjson.dumps(build_emojis(body.emojis, links))
    return _complete(body, body, orjson.dumps(entity)[:-2], emojis)


def _dump(body: Body, original: Body | None, links: Links) -> bytes:
    """The account comes last, so that cutting two brackets leaves it open."""
    entity = build_body(body, links) if original is None else build_boost(body, original, links)
    return orjson.dumps(entity)[:-2]


def _dump_bare(body: Body, links: Links) -> bytes | None:
    """The same without the line about the post that it quotes, where it has such a line."""
    if body.quote_id is None or (words := without_fallback(body.content)) == body.content:
        return None
    return _dump(dataclasses.replace(body, content=words), None, links)


def _complete(body: Body, said: Body, start: bytes, emojis: bytes) -> Piece:
    lists = build_approval(said.visibility, said.quote_policy, said.quote_manual)
    approval = _APPROVAL % (orjson.dumps(lists[0]), orjson.dumps(lists[1]))
    is_boost = body.reblog_of_id is not None
    return Piece(start, approval, emojis, can_be_pinned=not is_boost and body.visibility < DIRECT)


def words_in(piece: Piece) -> Words:
    """What a post says: text, warning, and descriptions of what is attached."""
    if piece.words is None:
        entity = orjson.loads(piece.start + b"}}")
        media = [item["description"] or "" for item in entity["media_attachments"]]
        piece.words = read_words([entity["spoiler_text"], plain_text(entity["content"]), *media])
    return piece.words


def day_of(moment: datetime | None) -> bytes:
    """The day of a moment as JSON."""
    if moment is None:
        return b"null"
    return b'"%d-%02d-%02d"' % (moment.year, moment.month, moment.day)
