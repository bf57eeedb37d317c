"""Who sent this? The only place that makes a `VerifiedSender`, and it makes one by verification.

A request is somebody's when one of its signatures covers what must be covered, is recent, fits the
body, and was made by a key that its owner's actor document names. A stored key that does not fit is
read anew once, because keys change; everything else is a reason, told to the sender in the 401.
"""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, replace
from datetime import UTC, datetime

from fedi.ap import signatures
from fedi.ap.authority import host_of, normalise_authority, same_origin
from fedi.ap.signatures import Claim
from fedi.ap.signatures.claims import Dialect
from fedi.ap.signatures.dates import parse_http_date
from fedi.core.accounts.keys import StoredKey
from fedi.core.accounts.people import People
from fedi.core.domains.policy import Blocks, Policy
from fedi.federation.inbound.keysource import KeySource
from fedi.kit import metrics
from fedi.kit.clock import now
from fedi.kit.errors import FediError, Forbidden, Malformed, Unauthorized
from fedi.kit.kept import Lately

# Signatures of one request that are looked at; more than two is nobody honest.
MAX_CLAIMS = 3
# As long as a signature can be good, and a limit for who invents them.
NONCE_SECONDS = float(signatures.OLDEST + signatures.NEWEST)
NONCES = 100_000

_SEAL = object()


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came: target and header values undecoded, header names in lower case."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    client: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedSender:
    """The actor whose key signed a request. Only `Verifier.verify` can make one."""

    actor_uri: str
    account_id: int
    # The host of the actor's id, which may be another than that of its handle.
    host: str
    key_id: str
    signed_at: datetime
    suspended: bool
    dialect: Dialect = "cavage"
    # The parts of the request that the signature vouches for.
    covered: frozenset[str] = frozenset()
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a sender is verified, not made")


class Nonces:
    """The nonces of good signatures: one that says it is used once is used once.

    Each process remembers its own; copies that slip past to another are known by their activity.
    """

    def __init__(self) -> None:
        self._seen = Lately(NONCES)

    def check(self, claim: Claim) -> None:
        """Take note of a nonce, if there is one.

        Raises:
            Unauthorized: it was used before.
        """
        if claim.nonce is None:
            return
        if not self._seen.is_news((claim.key_id, claim.nonce), NONCE_SECONDS):
            raise Unauthorized("the nonce of the signature was used before")


class Verifier:
    """Verifies requests, with the keys of `people` and the blocks of `policy`."""

    def __init__(self, people: People, policy: Policy) -> None:
        settings = people.runtime.settings
        self._policy = policy
        self._keys = KeySource(people)
        self._nonces = Nonces()
        self._scheme, _, self._host = settings.origin.partition("://")

    async def verify(self, request: RawRequest) -> VerifiedSender:
        """The sender of a request.

        Raises:
            Malformed: a signature header cannot be read (400).
            Unauthorized: not signed, or not so that we believe it (401).
            Gone: the signing actor has been deleted, says its server (401 for the sender).
            Forbidden: its domain is blocked here (403).
            Unavailable: its server does not answer when asked for the key (503).
            TooMany: this address named too many keys that cannot be had (429).
        """
        try:
            return await self._verify(request)
        except FediError as problem:
            reason = type(problem).__name__.lower()
            metrics.count("activitypub.signature.verification_failure", reason=reason)
            raise

    async def knows_key(self, request: RawRequest) -> bool:
        """Whether a well-formed signature names a living actor's key that we have.

        Raises:
            Malformed: a signature header cannot be read.
            Unauthorized: there is none.
        """
        for key_id in self.key_ids(request):
            found = await self._keys.find(key_id)
            if found is not None and not found.deleted:
                return True
        return False

    def key_ids(self, request: RawRequest) -> list[str]:
        """The keys that a request names.

        Raises:
            Malformed: a signature header cannot be read.
            Unauthorized: there is none.
        """
        return [claim.key_id for claim in self._claims(request)]

    async def _verify(self, request: RawRequest) -> VerifiedSender:
        claims = self._claims(request)
        blocks = await self._policy.load()
        problem: FediError = Unauthorized("no signature could be verified")
        for claim in claims:
            try:
                self._check(claim, request, blocks)
                spelled = await self._keys.spell(claim.key_id, request.client)
                named = claim if spelled == claim.key_id else replace(claim, key_id=spelled)
                key = await self._key(named, request)
                sender = self._sender(named, key, request, blocks)
                self._nonces.check(named)
            except Unauthorized as failed:
                problem = failed
            else:
                return sender
        raise problem

    def _claims(self, request: RawRequest) -> list[Claim]:
        claims = signatures.parse_signature(request.method, request.target, request.headers)
        return claims[:MAX_CLAIMS]

    def _check(self, claim: Claim, request: RawRequest, blocks: Blocks) -> None:
        """Everything that can be checked without a key; refusing here costs nobody a fetch."""
        if blocks.is_suspended(host_of(claim.key_id) or ""):
            raise Forbidden("your domain is blocked here")
        if self._scheme == "https" and claim.key_id[:5].lower() == "http:":
            raise Unauthorized("the key id must be https: anybody on the way could answer for it")
        signatures.check_cover(claim, request.method, has_body=bool(request.body))
        signatures.check_time(claim, request.headers, now())
        signatures.check_digest(request.headers, request.body)
        stated = [value for name, value in request.headers if name == "host"]
        if len(stated) != 1 or normalise_authority(stated[0], self._scheme) != self._host:
            raise Unauthorized("the request is for another host")

    async def _key(self, claim: Claim, request: RawRequest) -> StoredKey:
        """The key that made the signature: a stored one, or else the one that is published now."""
        key = await self._keys.find(claim.key_id)
        if key is not None and self._fits(claim, request, key):
            return key
        key = await self._keys.fetch(claim.key_id, request.client)
        fits = self._fits(claim, request, key)
        self._keys.settle(claim.key_id, fits=fits)
        if not fits:
            raise Unauthorized("the signature does not fit the key and the request")
        return key

    def _fits(self, claim: Claim, request: RawRequest, key: StoredKey) -> bool:
        received = signatures.Request(
            request.method, request.target, request.headers, self._scheme, self._host
        )
        return signatures.verify(claim, received, key.public_key)

    def _sender(
        self, claim: Claim, key: StoredKey, request: RawRequest, blocks: Blocks
    ) -> VerifiedSender:
        host = host_of(key.account_uri)
        if host is None or not same_origin(claim.key_id, key.account_uri):
            raise Unauthorized("the key does not belong to the actor")
        if key.domain is None:
            # Nobody here knocks at our own door.
            raise Unauthorized("the key is one of ours")
        if blocks.is_suspended(host) or blocks.is_suspended(key.domain):
            raise Forbidden("your domain is blocked here")
        if key.deleted:
            raise Unauthorized("the actor has been deleted")
        return VerifiedSender(
            actor_uri=key.account_uri,
            account_id=key.account_id,
            host=host,
            key_id=claim.key_id,
            signed_at=_signed_at(claim, request),
            suspended=key.suspended,
            dialect=claim.dialect,
            covered=frozenset(claim.covered),
            seal=_SEAL,
        )


def _signed_at(claim: Claim, request: RawRequest) -> datetime:
    """When the sender signed, by a time that the signature covers; `check_time` found one."""
    if claim.created is not None and (claim.dialect == "rfc9421" or "(created)" in claim.covered):
        return datetime.fromtimestamp(claim.created, UTC)
    stated = next((value for name, value in request.headers if name == "date"), "")
    seconds = parse_http_date(stated.strip())
    if seconds is None:
        raise Malformed("the Date header cannot be read")
    return datetime.fromtimestamp(seconds, UTC)
