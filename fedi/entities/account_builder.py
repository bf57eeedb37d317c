"""Accounts as JSON, fast: what only changes with their revision is kept as bytes and spliced."""

from collections.abc import Iterable, Sequence

import orjson

from fedi.core.accounts.heads import AccountHead, find_account_heads
from fedi.core.accounts.own import OwnHead
from fedi.core.accounts.queries import find_by_ids, get_by_id
from fedi.core.media.links import Links
from fedi.entities.accounts import COUNTERS, build_credentials, build_profile
from fedi.entities.counts import UNTOLD, dump_apart, show_counts
from fedi.entities.pieces import Pieces, day_of
from fedi.kit.unit import ReadUnit

_SHOWN = b'%b,"followers_count":%d,"following_count":%d,"statuses_count":%d,"last_status_at":%b%b}'
_Key = tuple[int, int]


class AccountBuilder:
    """Builds accounts; one per process, since it remembers what it has rendered."""

    def __init__(self, links: Links, *, capacity: int = 5000) -> None:
        self._links = links
        self._pieces: Pieces[_Key, bytes] = Pieces(capacity)
        self._own: Pieces[OwnHead, bytes] = Pieces(capacity)

    async def build_by_ids(self, read: ReadUnit, ids: Iterable[int]) -> dict[int, bytes]:
        """Accounts as JSON by id; what is not there is missing from the answer."""
        heads = await find_account_heads(read, ids)
        return await self.build(read, list(heads.values()))

    async def build(self, read: ReadUnit, heads: Sequence[AccountHead]) -> dict[int, bytes]:
        """The accounts of these heads as JSON, by id; one that is gone is missing."""
        kept = self._pieces
        wanted = [head.id for head in heads if head[:2] not in kept]
        found = await self._render(read, wanted) if wanted else {}
        built: dict[int, bytes] = {}
        for head in heads:
            piece = found.get(head.id) or kept.find(head[:2])
            if piece is not None:
                built[head.id] = _finish(head, piece)
        return built

    async def build_own(self, read: ReadUnit, own: OwnHead) -> bytes:
        """A member's own account as JSON, with all that only they see.

        Raises:
            NotFound: it is gone.
        """
        built = self._own.find(own)
        if built is None:
            account = await get_by_id(read, own.account.id)
            entity = build_credentials(
                account,
                self._links,
                role=own.role,
                settings=orjson.loads(own.settings),
                requests=own.follow_requests_count,
            )
            built = orjson.dumps(entity)
            if account.revision == own.account.revision:
                self._own.keep(own, built)
        return built

    async def _render(self, read: ReadUnit, ids: Sequence[int]) -> dict[int, bytes]:
        rendered: dict[int, bytes] = {}
        for account in (await find_by_ids(read, ids)).values():
            piece = orjson.dumps(build_profile(account, self._links))[:-1]
            rendered[account.id] = piece
            self._pieces.keep((account.id, account.revision), piece)
        return rendered


def _finish(head: AccountHead, piece: bytes) -> bytes:
    known = (head.followers_count, head.following_count, head.statuses_count)
    told = (head.origin_followers_count, head.origin_following_count, head.origin_statuses_count)
    day = day_of(head.last_status_at)
    if told == UNTOLD:
        return _SHOWN % (piece, *known, day, b"")
    return _SHOWN % (piece, *show_counts(known, told), day, dump_apart(COUNTERS, known, told))
