"""Who fetches, and what they may have: every document of this door is given out through here.

A signature on a fetch can do two things. It can take away: a blocked domain gets 403, somebody
whom the author blocks gets 404; for that the claim is enough, since nobody gains by claiming to be
a person who gets less. And it can open what is not for all: for that it is verified, which may
cost a fetch of the key, and is done only when needed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from fedi.ap.authority import host_of
from fedi.ap.signatures import parse_signature
from fedi.core import urls
from fedi.core.statuses.policy import PRIVATE, UNLISTED, federated_sql, visible_sql
from fedi.federation.inbound.inbox import read_request
from fedi.federation.inbound.sender import VerifiedSender, Verifier
from fedi.kit.errors import FediError, Forbidden, Gone, NotFound, Unauthorized
from fedi.kit.kept import Kept
from fedi.kit.unit import ReadUnit

Verify = Callable[[Request], Awaitable[VerifiedSender | None]]


def verify_with(verifier: Verifier) -> Verify:
    """The signed-fetch check of a door; None for a request without a signature."""

    async def verify(request: Request) -> VerifiedSender | None:
        if not is_signed(request):
            return None
        try:
            return await verifier.verify(read_request(request, b""))
        except Gone as gone:
            # The signer is gone, and not what is asked for.
            raise Unauthorized(gone.public) from gone

    return verify


def is_signed(request: Request) -> bool:
    """Whether a request claims to be signed."""
    headers = request.headers
    return (
        "signature" in headers
        or "signature-input" in headers
        or headers.get("authorization", "")[:10].lower() == "signature "
    )


@dataclass(slots=True)
class Reader:
    """Whoever asks. `claimed_id` may only take away; `prove` gives what may be granted."""

    request: Request
    verify: Verify
    claimed_id: int | None = None
    claimed_key: str = ""
    is_signed: bool = False
    proven: VerifiedSender | None = None

    async def prove(self) -> VerifiedSender | None:
        """The verified sender, or None for anybody.

        Raises:
            FediError: the signature does not verify, or not now. The signer may know another
                dialect, or come again, and must not take what everybody gets for all there is.
        """
        if self.proven is None and self.is_signed:
            self.proven = await self.verify(self.request)
            if self.proven is not None and self.proven.suspended:
                # Whom we suspended reads what everybody reads.
                self.proven = None
            if self.proven is not None:
                self.claimed_id = self.proven.account_id
        return self.proven


_CLAIMANT = """
SELECT account_id FROM account_keys WHERE key_id = $1
UNION ALL SELECT id FROM accounts WHERE uri = $2 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Gate:
    """What decides about a request before its document is looked at."""

    verify: Verify
    is_suspended: Callable[[str], Awaitable[bool]]
    secure: bool
    kept: Kept = field(default_factory=Kept)

    async def admit(self, request: Request, read: ReadUnit, *, is_open: bool) -> Reader:
        """Let a request in.

        Raises:
            Unauthorized: every fetch must be signed here, and this one is not.
            Forbidden: the signer's domain is blocked.
        """
        reader = Reader(request, self.verify)
        if is_open:
            return reader
        reader.is_signed = is_signed(request)
        if self.secure:
            reader.proven = await self.verify(request) if reader.is_signed else None
            if reader.proven is None:
                raise Unauthorized("fetches must be signed here")
            if reader.proven.suspended:
                raise Forbidden("you are suspended here")
            reader.claimed_id = reader.proven.account_id
            reader.claimed_key = reader.proven.key_id
        elif reader.is_signed:
            await self._look_at_claim(reader, read)
        return reader

    async def _look_at_claim(self, reader: Reader, read: ReadUnit) -> None:
        request = reader.request
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.scope["headers"]]
        try:
            claims = parse_signature(request.method, request.url.path, headers)
        except FediError:
            return
        for claim in claims[:3]:
            if await self.is_suspended(host_of(claim.key_id) or ""):
                raise Forbidden("your domain is blocked here")
            # 0 stands for "nobody we know", so that this too is remembered for a moment.
            found = self.kept.find(claim.key_id)
            if found is None:
                found = await read.value(_CLAIMANT, claim.key_id, claim.key_id.partition("#")[0])
                self.kept.put(claim.key_id, found or 0)
            reader.claimed_id = found or None
            reader.claimed_key = claim.key_id


@dataclass(frozen=True, slots=True)
class Owner:
    """A local account whose documents are asked for."""

    id: int
    uri: str
    username: str
    is_suspended: bool
    statuses_count: int
    followers_count: int
    following_count: int
    # Whether followers and followed are for nobody else to see.
    hide_collections: bool = False


async def find_owner(read: ReadUnit, reader: Reader, account_id: int) -> Owner:
    """The account, if it is there for this reader.

    Raises:
        NotFound: there is none, or it blocks the reader.
        Gone: it was deleted.
    """
    row = await read.row(
        "SELECT a.id, a.uri, a.username, a.suspended_at, a.deleted_at, a.hide_collections,"
        " coalesce(t.statuses_count, 0) AS statuses, coalesce(t.followers_count, 0) AS followers,"
        " coalesce(t.following_count, 0) AS following, EXISTS (SELECT 1 FROM blocks b"
        "   WHERE b.account_id = a.id AND b.target_id = $2) AS blocks"
        " FROM accounts a LEFT JOIN account_stats t ON t.account_id = a.id"
        " WHERE a.id = $1 AND a.domain IS NULL"
        # Who was not let in yet is not there for anybody.
        " AND NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = a.id"
        "   AND u.approved_at IS NULL)",
        account_id,
        reader.claimed_id,
    )
    if row is None or row["blocks"]:
        raise NotFound
    if row["deleted_at"] is not None:
        raise Gone(row["uri"])
    return Owner(
        row["id"],
        row["uri"],
        row["username"],
        row["suspended_at"] is not None,
        row["statuses"],
        row["followers"],
        row["following"],
        row["hide_collections"],
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """A local post or boost that the reader may have."""

    id: int
    uri: str
    account_id: int
    is_boost: bool
    is_public: bool


_HOSTED = f"""
EXISTS (SELECT 1 FROM accounts i WHERE i.id = $2 AND i.actor_type = 'Application' AND (
  EXISTS (SELECT 1 FROM status_mentions m JOIN accounts o ON o.id = m.account_id
    WHERE m.status_id = s.id AND split_part(o.uri, '/', 3) = split_part(i.uri, '/', 3))
  OR (s.visibility = {PRIVATE} AND EXISTS (
    SELECT 1 FROM follows f JOIN accounts o ON o.id = f.account_id
    WHERE f.target_id = s.account_id AND f.accepted
      AND split_part(o.uri, '/', 3) = split_part(i.uri, '/', 3)))))
AND EXISTS (SELECT 1 FROM accounts w WHERE w.id = s.account_id
  AND w.deleted_at IS NULL AND w.suspended_at IS NULL)
AND s.reblog_of_id IS NULL
"""
_STATUS = f"""
SELECT s.id, s.uri, s.account_id, s.visibility, s.reblog_of_id,
  {visible_sql("s", "$2::bigint")} AS visible,
  CASE WHEN s.visibility > {UNLISTED} AND $2 IS NOT NULL THEN ({_HOSTED}) ELSE false END AS hosted
FROM statuses s WHERE s.id = $1 AND s.local AND {federated_sql("s")}
"""


async def find_seen(read: ReadUnit, reader: Reader, status_id: int, uri: str) -> Seen:
    """A local post, if the reader may see it; what they may not see does not exist.

    Raises:
        NotFound: there is none, or not for this reader.
        Unauthorized: the same, for a signature that does not verify.
        Gone: it was deleted.
    """
    row = await read.row(_STATUS, status_id, reader.claimed_id)
    if row is None:
        gone = await read.value(
            "SELECT uri FROM tombstones WHERE uri = ANY($1::text[]) LIMIT 1",
            [uri, urls.activity_uri(uri)],
        )
        if gone:
            raise Gone(gone)
        # What is hidden and what is not there must look the same, also to a bad signature.
        await reader.prove()
        raise NotFound
    is_public = row["visibility"] <= UNLISTED
    if not is_public:
        if await reader.prove() is None:
            raise NotFound
        # The server itself may read for its people: it is asked to show it to them alone.
        row = await read.row(_STATUS, status_id, reader.claimed_id)
    if row is None or not (row["visible"] or row["hosted"]):
        raise NotFound
    is_boost = row["reblog_of_id"] is not None
    return Seen(row["id"], row["uri"], row["account_id"], is_boost, is_public)
