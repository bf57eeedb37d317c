"""The key behind a key id: stored, or fetched once from where the id says.

Whoever knocks may name any key id, so every fetch here is something a stranger makes us do. It is
done once for all who wait for it, its ending is remembered, and failures are counted for the
address that caused them. Keys come only out of actor documents that `core.accounts` fetched at
their own origin: a key that an actor does not name itself is nobody's.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from typing import TypeVar

from fedi.ap.authority import host_of, same_origin
from fedi.ap.lenient import is_url
from fedi.ap.parse import parse_actor, parse_keys
from fedi.core.accounts.keys import StoredKey
from fedi.core.accounts.people import People
from fedi.core.accounts.resolve import resolve_handle
from fedi.federation.reading.refresh import read_anew
from fedi.kit.clock import clock
from fedi.kit.errors import (
    FediError,
    Gone,
    RemoteDown,
    RemoteGone,
    RemoteNonsense,
    TooMany,
    Unauthorized,
    Unavailable,
)

WINDOW = 300.0
# A host that did not answer may be back soon; its sender comes again after this long.
DOWN_WINDOW = 30.0
# Whatever hosts one address names: no more failures than this in a window.
FAILURES_PER_SOURCE = 50
KEPT = 20_000

_KEY_OF = "SELECT key_id FROM account_keys WHERE account_id = $1 ORDER BY kind DESC, id LIMIT 1"
_TAILS = ("/main-key", "/publickey")

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the last fetch for a key id went, and until when that is taken as the answer."""

    until: float
    problem: FediError


class KeySource:
    """Finds public keys, with a memory of what failed."""

    def __init__(self, people: People) -> None:
        self._people = people
        # All of these by the address of the document, since many key ids can share one.
        self._flights: dict[str, asyncio.Task[FediError | None]] = {}
        self._endings: dict[str, _Ending] = {}
        self._charged: dict[str, str] = {}
        self._failures = FailureLimit(people.runtime.settings.limits.key_failures_per_5_minutes)

    async def spell(self, key_id: str, source: str) -> str:
        """The id of the key, for the few who sign with their handle in place of one.

        Raises:
            Unauthorized: nobody confirms that handle.
            Unavailable: its host does not answer.
            TooMany: `source` has caused too many failures.
        """
        if not key_id.startswith("acct:"):
            return key_id
        host = key_id.rpartition("@")[2]
        if self._people.runtime.settings.limits.enabled:
            self._failures.start(source, host)
        try:
            account = await resolve_handle(self._people, key_id)
        except FediError as problem:
            raise _told(problem) from problem
        self._failures.succeeded(source, host)
        found: str | None = await self._people.runtime.db.value(_KEY_OF, account.id)
        return found or account.uri

    async def find(self, key_id: str) -> StoredKey | None:
        """The stored key: by its exact id, or by the ways in which servers misspell their own."""
        known = await self._people.keyring.public_keys((key_id,))
        if found := known.get(key_id):
            return found
        spellings = _spellings(key_id)
        known = await self._people.keyring.public_keys(spellings)
        return next((known[name] for name in spellings if name in known), None)

    async def fetch(self, key_id: str, source: str) -> StoredKey:
        """The key after one look at its origin; the caller tells how that went by `settle`.

        Raises:
            Unauthorized: there is no such key, or not any more, or nobody who owns it.
            Gone: its owner has been deleted.
            Unavailable: its host does not answer.
            TooMany: `source` has caused too many failures.
        """
        problem = await self._flight(_base(key_id), key_id, source)
        if problem is not None:
            raise problem
        found = await self.find(key_id)
        if found is None:
            self.settle(key_id, fits=False)
            raise Unauthorized("the actor does not name the key of the signature")
        return found

    def settle(self, key_id: str, *, fits: bool) -> None:
        """What was fetched was worth it, or is not worth asking for again for a while."""
        base = _base(key_id)
        source = self._charged.pop(base, None)
        if not fits:
            problem = Unauthorized("the signature does not fit the key and the request")
            self._remember(base, problem, WINDOW)
        elif source is not None:
            self._failures.succeeded(source, host_of(base) or "")

    async def _flight(self, base: str, key_id: str, source: str) -> FediError | None:
        ending = self._endings.get(base)
        if ending is not None and ending.until > clock.monotonic():
            return ending.problem
        flight = self._flights.get(base)
        if flight is None:
            self._check(key_id, source)
            _remember(self._charged, base, source)
            flight = self._people.runtime.tasks.start(self._look(base, key_id), "key fetch")
            self._flights[base] = flight
            flight.add_done_callback(lambda _: self._flights.pop(base, None))
        return await asyncio.shield(flight)

    def _check(self, key_id: str, source: str) -> None:
        if not is_url(key_id):
            raise Unauthorized("the key id is no http address")
        if same_origin(key_id, self._people.runtime.settings.origin):
            # Our own actors do not knock at our own door; looking would be a loop.
            raise Unauthorized("the key id is one of ours, and nobody here made this request")
        if self._people.runtime.settings.limits.enabled:
            self._failures.start(source, host_of(key_id) or "")

    async def _look(self, base: str, key_id: str) -> FediError | None:
        try:
            await self._fetch(base, key_id)
        except Unavailable as own:
            # Our own trouble says nothing about the key: it is looked for again at the next knock.
            return own
        except FediError as failed:
            problem = _told(failed)
            down = isinstance(problem, Unavailable)
            self._remember(base, problem, DOWN_WINDOW if down else WINDOW)
            return problem
        return None

    def _remember(self, base: str, problem: FediError, seconds: float) -> None:
        _remember(self._endings, base, _Ending(clock.monotonic() + seconds, problem))

    async def _fetch(self, base: str, key_id: str) -> None:
        """Read the owner's actor document anew; the account with its keys is stored by that."""
        owner = base if "#" in key_id else await self._owner(key_id)
        self._people.fetcher.forget(owner)
        await read_anew(self._people, owner)
        self._people.keyring.forget(key_id)

    async def _owner(self, key_id: str) -> str:
        """The actor that a key document, a stub or an actor document speaks of.

        That is a claim only: the actor itself is read next, and must name the key.
        """
        document = await self._people.fetcher.document(key_id)
        try:
            return parse_actor(document).id
        except RemoteNonsense:
            keys = parse_keys(document)
        owner = keys[0].owner if keys else None
        if owner is None or not same_origin(owner, key_id):
            raise Unauthorized("the key belongs to nobody of its own host")
        return owner


def _base(key_id: str) -> str:
    return key_id.partition("#")[0]


def _told(problem: FediError) -> FediError:
    """What the knocker hears of a failed fetch; another server's failure is never a 500 of ours."""
    if isinstance(problem, RemoteGone):
        return Gone("the owner of the key is gone", problem.detail)
    if isinstance(problem, RemoteDown | Unavailable):
        return Unavailable("the host of the key does not answer", problem.detail, retry_after=60)
    if isinstance(problem, TooMany | Unauthorized):
        return problem
    return Unauthorized("the key of the signature cannot be had", problem.detail)


def _spellings(key_id: str) -> tuple[str, ...]:
    """Other ids under which the same key may be stored: some sign with the id of the actor."""
    base = key_id.partition("#")[0]
    for tail in _TAILS:
        base = base.removesuffix(tail)
    return tuple({f"{base}#main-key", f"{base}/main-key"} - {key_id})


class FailureLimit:
    """Failed fetches per (source, host) and per source within a window; successes are free."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[tuple[str, str], tuple[float, int]] = {}

    def start(self, source: str, host: str) -> None:
        """Count one as failed before it is tried, so that a thousand at once cannot slip by."""
        place = network_of(source)
        for key, most in self._limits(place, host):
            if self._count(key) >= most:
                raise TooMany("too many keys that cannot be had", retry_after=int(WINDOW))
        for key, _ in self._limits(place, host):
            self._add(key, 1)

    def succeeded(self, source: str, host: str) -> None:
        """It was none."""
        for key, _ in self._limits(network_of(source), host):
            self._add(key, -1)

    def _limits(self, place: str, host: str) -> tuple[tuple[tuple[str, str], int], ...]:
        return ((place, host), self._most), ((place, ""), max(self._most, FAILURES_PER_SOURCE))

    def _count(self, key: tuple[str, str]) -> int:
        until, count = self._counts.get(key, (0.0, 0))
        return count if until > clock.monotonic() else 0

    def _add(self, key: tuple[str, str], by: int) -> None:
        until, count = self._counts.get(key, (0.0, 0))
        if until <= clock.monotonic():
            until, count = clock.monotonic() + WINDOW, 0
        _remember(self._counts, key, (until, max(count + by, 0)))


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Who an address belongs to: all of a /64 is one household."""
    try:
        return IPv6Address(address).exploded[:19]
    except ValueError:
        return address


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep the newest; what was remembered first goes first."""
    if key not in memory and len(memory) >= KEPT:
        del memory[next(iter(memory))]
    memory[key] = value
