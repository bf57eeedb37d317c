"""What a crawl has still to look at, in its order and within its budget. Pure.

Collections of whole conversations come first, since one of them may save all the rest; then posts
and lists of answers, breadth first. Nothing is looked at twice.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fedi.ap.authority import host_of

Kind = Literal["history", "context", "post", "replies"]

MAX_POSTS = 1000
MAX_PAGES = 500
# Pages of one collection.
MAX_LENGTH = 10
# Steps away from what is here.
MAX_DEPTH = 100

_RANKS: dict[str, int] = {"history": 0, "context": 1, "post": 2, "replies": 3}


@dataclass(frozen=True, slots=True)
class Lead:
    """An address where something of the conversation may be."""

    kind: Kind
    url: str
    depth: int = 0
    # Of collections: which page this is.
    page: int = 1

    @property
    def host(self) -> str:
        """Who must be asked."""
        return host_of(self.url) or ""

    @property
    def is_post(self) -> bool:
        """Whether it is a post, not a list of posts."""
        return self.kind == "post"

    def next(self, url: str) -> "Lead":
        """The page after this one."""
        return replace(self, url=url, page=self.page + 1)


def read_leads(stored: object) -> list[Lead]:
    """Leads as `as_stored` wrote them."""
    rows = stored if isinstance(stored, list) else []
    return [Lead(row[0], row[1], row[2], row[3]) for row in rows]


def as_stored(leads: Sequence[Lead]) -> list[list[str | int]]:
    """Leads as a queue row carries them."""
    return [[lead.kind, lead.url, lead.depth, lead.page] for lead in leads]


class Frontier:
    """The leads of one crawl."""

    def __init__(self, *, posts: int = MAX_POSTS, pages: int = MAX_PAGES) -> None:
        self._left = {True: posts, False: pages}
        self._seen: set[str] = set()
        self._heaps: dict[str, list[tuple[tuple[int, int, int], int, Lead]]] = {}
        self._taken: dict[str, Lead] = {}
        # Hosts whose list of the whole conversation was read: they have no more to tell.
        self._told: set[str] = set()
        self._number = 0

    def add(self, lead: Lead) -> bool:
        """Keep a lead for later; False for one that was here before, or leads nowhere."""
        bare = lead.url.partition("#")[0]
        if bare in self._seen or not lead.host:
            return False
        if lead.depth > MAX_DEPTH or lead.page > MAX_LENGTH:
            return False
        self._seen.add(bare)
        self._push(lead)
        return True

    def mark(self, url: str) -> bool:
        """Count a post that came along inside a list; False if it was here before, or too much."""
        bare = url.partition("#")[0]
        if bare in self._seen or self._left[True] <= 0:
            return False
        self._seen.add(bare)
        self._left[True] -= 1
        return True

    def mark_list(self, url: str) -> bool:
        """Count a list that came along inside a post; False if it was here before."""
        bare = url.partition("#")[0]
        is_new = bare not in self._seen
        self._seen.add(bare)
        return is_new

    def hosts(self) -> list[str]:
        """Those who may be asked for something."""
        return [host for host in self._heaps if self._peek(host)]

    def take(self, host: str) -> Lead | None:
        """The next lead of a host, within the budget."""
        lead = self._peek(host)
        if lead is not None:
            heapq.heappop(self._heaps[host])
            self._left[lead.is_post] -= 1
            self._taken[lead.url] = lead
        return lead

    def _peek(self, host: str) -> Lead | None:
        heap = self._heaps.get(host, [])
        while heap:
            lead = heap[0][2]
            if lead.kind != "replies" or host not in self._told:
                may = self._left[lead.is_post] > 0 and not self._may_be_told(lead)
                return lead if may else None
            heapq.heappop(heap)
        return None

    def _may_be_told(self, lead: Lead) -> bool:
        """Whether its host is just telling what would save asking for this list."""
        return lead.kind == "replies" and any(
            taken.kind in ("history", "context") and taken.host == lead.host
            for taken in self._taken.values()
        )

    def done(self, lead: Lead) -> None:
        """A lead has been looked at."""
        self._taken.pop(lead.url, None)

    def put_back(self, lead: Lead) -> None:
        """A lead could not be looked at, this time."""
        if self._taken.pop(lead.url, None):
            self._push(lead)

    def told(self, host: str) -> None:
        """A host has listed the whole conversation."""
        self._told.add(host)

    def rest(self) -> list[Lead]:
        """What is left, in its order."""
        open_leads = [entry for heap in self._heaps.values() for entry in heap]
        left = [lead for _, _, lead in sorted(open_leads)]
        return [
            *self._taken.values(),
            *(lead for lead in left if lead.kind != "replies" or lead.host not in self._told),
        ]

    def _push(self, lead: Lead) -> None:
        self._number += 1
        rank = _RANKS[lead.kind]
        key = (0 if rank < 2 else 1, lead.depth, rank)
        heapq.heappush(self._heaps.setdefault(lead.host, []), (key, self._number, lead))
