"""HTTP signatures in both dialects: what others sent us, and what we send.

Receiving, in this order; each step raises Malformed or Unauthorized with a reason that may be told:

    claims = parse_signature(method, target, headers)
    check_cover(claim, method, has_body=True)
    check_time(claim, headers, now)
    check_digest(headers, body)
    verify(claim, Request(method, target, headers), key)      → True or False

Header names are lower case, values and target are as they came in, nothing decoded or folded.
Whether the host is ours, and whether the key belongs to the actor, is for the caller to decide.

Sending: `prepare_cavage`, `prepare_rfc9421` and `prepare_ed25519` (the newer dialect with the other
kind of key) give the text to sign; `sign` may run in a thread; `finish` gives the headers.
`sign_cavage`, `sign_rfc9421` and `sign_ed25519` do all three at once.
"""

from datetime import datetime
from functools import partial
from typing import Any

from fedi.ap.signatures import cavage, rfc9421
from fedi.ap.signatures.claims import Claim, Headers, Outgoing, Request, joined, values_of
from fedi.ap.signatures.crypto import sign, verifies
from fedi.ap.signatures.dates import parse_http_date
from fedi.ap.signatures.digests import check_digest, sha256_base64
from fedi.ap.signatures.keys import PrivateKey, PublicKey
from fedi.ap.signatures.prepared import Prepared
from fedi.ap.signatures.rfc9421 import Wanted, wanted_of
from fedi.kit.errors import Malformed, Unauthorized

__all__ = [
    "ACCEPT_SIGNATURE",
    "ACCEPT_SIGNATURE_OF_FETCHES",
    "Claim",
    "Headers",
    "Outgoing",
    "Prepared",
    "PrivateKey",
    "PublicKey",
    "Request",
    "Wanted",
    "check_cover",
    "check_digest",
    "check_time",
    "parse_signature",
    "prepare_cavage",
    "prepare_ed25519",
    "prepare_rfc9421",
    "sha256_base64",
    "sign",
    "sign_cavage",
    "sign_ed25519",
    "sign_rfc9421",
    "verify",
    "wanted_of",
]

# What a 401 offers to a sender that knows the newer dialect. Fetches have no body to digest:
# whoever was asked for that could not sign them.
ACCEPT_SIGNATURE = 'sig1=("@method" "@target-uri" "@authority" "content-digest");created;keyid'
ACCEPT_SIGNATURE_OF_FETCHES = 'sig1=("@method" "@target-uri" "@authority");created;keyid'

OLDEST = 12 * 3600
NEWEST = 3600

prepare_cavage = cavage.prepare
prepare_rfc9421 = rfc9421.prepare
prepare_ed25519 = partial(rfc9421.prepare, algorithm="ed25519")


def parse_signature(method: str, target: str | bytes, headers: Headers) -> list[Claim]:  # noqa: ARG001 - the request as a whole
    """Every signature that a request claims to have, in the one dialect that it uses.

    Raises:
        Unauthorized: there is none.
        Malformed: there is one that cannot be read.
    """
    inputs = joined(headers, "signature-input")
    if inputs is not None:
        return rfc9421.parse(inputs, joined(headers, "signature"))
    stated = values_of(headers, "signature") + [
        value for value in values_of(headers, "authorization") if value[:10].lower() == "signature "
    ]
    if not stated:
        raise Unauthorized("the request is not signed")
    if len(stated) > 1:
        raise Malformed("the request has two signature headers")
    return [cavage.parse(stated[0])]


def check_cover(claim: Claim, method: str, *, has_body: bool) -> None:
    """Refuse a signature that leaves open what it was made for."""
    needs_digest = has_body or method.upper() == "POST"
    dialect = cavage if claim.dialect == "cavage" else rfc9421
    dialect.check_cover(claim, has_body=needs_digest)


def check_time(claim: Claim, headers: Headers, now: datetime) -> None:
    """Refuse a signature from more than 12 hours back or one hour ahead, or one that expired.

    Every time that the signature covers must be in that window.
    """
    current = now.timestamp()
    moments = [claim.created] if claim.created is not None and _covers_created(claim) else []
    if "date" in claim.covered:
        date = parse_http_date(joined(headers, "date") or "")
        if date is None:
            raise Unauthorized("the Date header is missing or cannot be read")
        moments.append(int(date))
    if not moments:
        raise Unauthorized("the signature has no time")
    if min(moments) < current - OLDEST:
        raise Unauthorized("the signature is too old")
    if max(moments) > current + NEWEST:
        raise Unauthorized("the signature is from the future")
    if claim.expires is not None and claim.expires + NEWEST < current:
        raise Unauthorized("the signature has expired")


def _covers_created(claim: Claim) -> bool:
    return claim.dialect == "rfc9421" or "(created)" in claim.covered


def verify(claim: Claim, request: Request, key: PublicKey) -> bool:
    """True when the key made this signature over this very request.

    Raises:
        Unauthorized: the signature covers something that the request lacks or we do not know.
    """
    if claim.dialect == "rfc9421":
        base = rfc9421.build_base(claim, request)
        return verifies(key, claim.algorithm, claim.signature, base)
    base = cavage.build_base(claim, request)
    if verifies(key, claim.algorithm, claim.signature, base):
        return True
    if request.method.upper() != "GET" or "?" not in request.target:
        return False
    # Older servers leave the query out of what they sign; for a POST that would be an open door.
    base = cavage.build_base(claim, request, with_query=False)
    return verifies(key, claim.algorithm, claim.signature, base)


def sign_cavage(
    private_key: PrivateKey, key_id: str, request: Outgoing, **options: Any
) -> dict[str, str]:
    """All headers of a request signed in the older dialect; options as for `prepare_cavage`."""
    prepared = cavage.prepare(key_id, request, **options)
    return prepared.finish(sign(private_key, prepared.base))


def sign_rfc9421(
    private_key: PrivateKey, key_id: str, request: Outgoing, **options: Any
) -> dict[str, str]:
    """All headers of a request signed by RFC 9421; options as for `prepare_rfc9421`."""
    prepared = rfc9421.prepare(key_id, request, **options)
    return prepared.finish(sign(private_key, prepared.base))


def sign_ed25519(
    private_key: PrivateKey, key_id: str, request: Outgoing, **options: Any
) -> dict[str, str]:
    """All headers of a request signed by RFC 9421 with an Ed25519 key."""
    prepared = prepare_ed25519(key_id, request, **options)
    return prepared.finish(sign(private_key, prepared.base))
