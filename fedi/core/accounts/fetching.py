"""Fetching documents of other servers, signed, politely, and not twice when it did not work.

Each host is addressed in the way that it taught us, which is kept beside what deliveries learn.
Else the order is: the older dialect; on 401 the same without the query; on 400, 401 or 403, or when
a 401 asks for it, the newer dialect; on a 5xx once without a signature. Ed25519 keys sign only for
hosts that said or say that they verify them.
"""

import copy
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fedi.ap.authority import host_of
from fedi.ap.fetch import Response, fetch_document
from fedi.ap.signatures import (
    Outgoing,
    Wanted,
    sign_cavage,
    sign_ed25519,
    sign_rfc9421,
    wanted_of,
)
from fedi.core.accounts.keys import ED25519, KeyRing, SigningKey
from fedi.core.accounts.turns import Turns
from fedi.core.domains import reachability
from fedi.core.domains.policy import Policy, normalise
from fedi.core.domains.reachability import Dialect, Manner
from fedi.core.urls import INSTANCE_ACTOR_ID
from fedi.kit import http
from fedi.kit.clock import clock, now
from fedi.kit.errors import (
    FediError,
    RemoteDown,
    RemoteError,
    RemoteGone,
    RemoteRefused,
    Unavailable,
)
from fedi.kit.runtime import Runtime

Mode = Literal["cavage", "bare", "rfc9421", "ed25519", "unsigned"]

_REMEMBERED = 10_000
_DOWN_SECONDS = 60.0
_FAILED_SECONDS = 300.0
_MANNER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Knock:
    """One try at a document: how it was signed, what came back, and what that asked for."""

    mode: Mode
    status: int
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys with which one of our accounts signs; the second is for who verifies Ed25519."""

    rsa: SigningKey
    edwards: SigningKey | None = None


class Negatives:
    """What did not work a moment ago, so that it is not tried again for everybody who asks."""

    def __init__(self, size: int = _REMEMBERED) -> None:
        self._size = size
        self._kept: OrderedDict[object, tuple[float, FediError]] = OrderedDict()

    def find(self, key: object) -> FediError | None:
        """The error that is still remembered."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[0] <= clock.monotonic():
            del self._kept[key]
            return None
        return kept[1]

    def check(self, key: object) -> None:
        """Raise the error that is still remembered, if any."""
        if (known := self.find(key)) is not None:
            # A new one, since an exception collects the places where it was raised.
            again = type(known)(known.public, known.detail)
            if isinstance(again, RemoteGone) and isinstance(known, RemoteGone):
                again.permanent = known.permanent
            raise again

    def add(self, key: object, problem: FediError, seconds: float | None = None) -> None:
        """Remember that something did not work."""
        if seconds is None:
            seconds = _DOWN_SECONDS if isinstance(problem, RemoteDown) else _FAILED_SECONDS
        self._kept[key] = (clock.monotonic() + seconds, problem.with_traceback(None))
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, key: object) -> None:
        """Let it be tried again."""
        self._kept.pop(key, None)


class Fetcher:
    """Fetches for one process."""

    def __init__(self, runtime: Runtime, keyring: KeyRing, policy: Policy) -> None:
        self._runtime = runtime
        self._keyring = keyring
        self._policy = policy
        self._negatives = Negatives()
        self._manners: OrderedDict[str, tuple[float, Manner]] = OrderedDict()
        settings = runtime.settings
        self._own = {normalise(name) for name in (settings.host, settings.local_domain) if name}
        self.turns: Turns | None = None

    def in_turn(self, turns: Turns) -> "Fetcher":
        """One that shares all memory with this one, and waits for its turn before each request."""
        other = copy.copy(self)
        other.turns = turns
        return other

    async def document(
        self, url: str, *, signer_id: int = INSTANCE_ACTOR_ID, needs_id: bool = True
    ) -> dict[str, Any]:
        """The ActivityPub document at an address, as its own origin serves it.

        Raises:
            RemoteError: there is none to be had; remembered for a while.
        """
        key = (url, signer_id)
        self._negatives.check(key)

        async def get(address: str, accept: str) -> Response:
            return await self._get_signed(address, accept, signer_id)

        try:
            return await fetch_document(url, get, needs_id=needs_id)
        except RemoteError as problem:
            self._negatives.add(key, problem)
            raise

    async def get(self, url: str, accept: str) -> Response:
        """A plain answer, unsigned, whatever its status; for WebFinger and its like.

        Raises:
            RemoteError: no answer; remembered for a while.
        """
        self._negatives.check(url)
        try:
            return (await self._send(url, accept, "unsigned", None))[0]
        except RemoteError as problem:
            self._negatives.add(url, problem)
            raise

    def forget(self, url: str, *, signer_id: int = INSTANCE_ACTOR_ID) -> None:
        """Forget that an address did not answer."""
        self._negatives.forget((url, signer_id))
        self._negatives.forget(url)

    async def check_host(self, url: str) -> None:
        """Refuse addresses of our own and of domains that are cut off.

        Raises:
            RemoteRefused: it is one of those, or no address at all.
        """
        host = normalise(host_of(url) or "")
        if not host:
            raise RemoteRefused("url", "no plain address")
        if self._is_own(url, host):
            raise RemoteRefused("own host", "our own documents are in the database")
        if (await self._policy.load()).is_suspended(host):
            raise RemoteRefused("blocked", f"{host} is blocked here")

    def _is_own(self, url: str, host: str) -> bool:
        """Whether an address is ours; on a trial machine others live on the same host."""
        if self._runtime.settings.is_localhost:
            return host_of(url) == host_of(self._runtime.settings.origin)
        return host in self._own

    async def _get_signed(self, url: str, accept: str, signer_id: int) -> Response:
        keys = await self._find_keys(signer_id)
        host = host_of(url) or ""
        manner = await self._find_manner(host)
        knocks: list[Knock] = []
        # Where a redirect leads says nothing about who redirects: it may be anybody's server.
        is_its_own = True
        mode: Mode | None = first_mode(manner, has_query="?" in url)
        answer: Response | None = None
        while mode is not None:
            answer, wanted = await self._send(url, accept, mode, keys)
            is_its_own = is_its_own and host_of(answer.url) == host
            knocks.append(Knock(mode, answer.status, wanted))
            if answer.status < 400 or answer.status in {404, 410}:
                if is_its_own:
                    await self._learn(host, manner, knocks)
                break
            mode = next_mode(knocks, has_query="?" in url)
        if answer is None:
            raise RemoteDown("no answer", url[:200])
        return answer

    async def _find_keys(self, account_id: int) -> Keys:
        """The keys with which an account signs; whoever has but one signs everything with that."""
        rsa = await self._keyring.signing_key(account_id)
        edwards = await self._keyring.signing_keys([account_id], ED25519)
        return Keys(rsa, edwards.get(account_id))

    async def _find_manner(self, host: str) -> Manner:
        until, manner = self._manners.get(host, (0.0, Manner()))
        if until <= clock.monotonic():
            manner = await reachability.find_manner(self._runtime.read(), host)
            self._manners[host] = (clock.monotonic() + _MANNER_SECONDS, manner)
            self._manners.move_to_end(host)
            while len(self._manners) > _REMEMBERED:
                self._manners.popitem(last=False)
        return manner

    async def _learn(self, host: str, manner: Manner, knocks: Sequence[Knock]) -> None:
        """Keep what a later knock has taught, for all processes; a first one teaches nothing."""
        mode = knocks[-1].mode
        if len(knocks) == 1 or mode == "unsigned":
            return
        self._manners.pop(host, None)
        dialect: Dialect = "cavage" if mode == "bare" else mode
        # Who turns Ed25519 away and asks for any newer signature may have had an accident.
        wanted = {knock.wanted for knock in knocks} if manner.dialect != "ed25519" else set()
        try:
            async with self._runtime.unit() as unit:
                if dialect == "ed25519" and dialect in wanted:
                    await reachability.advertised_ed25519(unit, [host])
                elif dialect == "rfc9421" and wanted - {None}:
                    await reachability.advertised(unit, [host])
                elif dialect != manner.dialect:
                    await reachability.second_knock(unit, host, dialect)
                if dialect == "cavage" and (mode == "cavage") != manner.signs_query:
                    await reachability.learn_query(unit, host, signs_query=mode == "cavage")
        except Unavailable:
            # The next fetch learns it again; this one has its answer.
            return

    async def _send(
        self, url: str, accept: str, mode: Mode, keys: Keys | None
    ) -> tuple[Response, Wanted | None]:
        """An answer, and which signature of the newer dialect it asks for."""
        await self.check_host(url)

        async def sign(method: str, hop: str) -> Mapping[str, str]:
            # Called for every hop of a redirect: each is checked and signed for itself.
            await self.check_host(hop)
            return sign_request(method, hop, mode, keys)

        host = host_of(url) or ""
        if self.turns is not None:
            await self.turns.turn(host)
        found = await self._runtime.http.get(url, accept=accept, sign=sign)
        if self.turns is not None:
            self.turns.heard(host, found.status, found.headers.get("retry-after"))
        await self._check_end(url, found)
        asked = found.headers.get("accept-signature", "") if found.status == 401 else ""
        answer = Response(found.status, found.url, found.content_type, found.body)
        return answer, wanted_of(asked)

    async def _check_end(self, url: str, found: http.Response) -> None:
        """A hop over plain http is not signed, and so not checked above."""
        if found.url != url:
            await self.check_host(found.url)


def first_mode(manner: Manner, *, has_query: bool) -> Mode:
    """The way in which a host is addressed first."""
    if manner.dialect != "cavage":
        return manner.dialect
    return "cavage" if manner.signs_query or not has_query else "bare"


def next_mode(knocks: Sequence[Knock], *, has_query: bool) -> Mode | None:
    """What to try after these answers, or nothing."""
    last, tried = knocks[-1], {knock.mode for knock in knocks}
    order: tuple[Mode, ...] = ()
    if last.status == 401 and last.wanted:
        order = (last.wanted, "rfc9421", "bare", "cavage")
    elif last.status == 401 and tried & {"cavage", "bare"}:
        order = ("bare", "cavage", "rfc9421")
    elif last.status in {400, 401, 403}:
        order = ("rfc9421", "cavage")
    elif 500 <= last.status < 600:
        order = ("unsigned",)
    if not has_query:
        # Then these two are one.
        tried |= {"cavage", "bare"} if tried & {"cavage", "bare"} else {"bare"}
    return next((mode for mode in order if mode not in tried), None)


def sign_request(method: str, url: str, mode: Mode, keys: Keys | None) -> Mapping[str, str]:
    """The headers of a signed request for a document; none where it goes unsigned."""
    if keys is None or mode == "unsigned":
        return {}
    request, rsa, edwards = Outgoing(method, url, None, now()), keys.rsa, keys.edwards
    if mode == "ed25519" and edwards is not None:
        return sign_ed25519(edwards.private_key, edwards.key_id, request)
    if mode in {"rfc9421", "ed25519"}:
        return sign_rfc9421(rsa.private_key, rsa.key_id, request)
    return sign_cavage(rsa.private_key, rsa.key_id, request, with_query=mode == "cavage")
