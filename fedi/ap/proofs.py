"""Integrity proofs inside documents: FEP-8b32 with the cryptosuite eddsa-jcs-2022.

    proofs = read_proofs(document, actor_id, now)      what is claimed, checked as far as words go
    verify_proof(document, proof, key)                 whether the key named there really made it

The caller finds the key by `proof.key_id` among the keys of the actor, and trusts the document only
if every proof verifies.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fedi.ap.authority import same_origin
from fedi.ap.jcs import canonical
from fedi.ap.lenient import id_of, instant, many, one
from fedi.ap.signatures import multibase
from fedi.ap.signatures.keys import PublicKey
from fedi.kit.clock import to_iso
from fedi.kit.errors import Malformed, Unauthorized

SUITE = "eddsa-jcs-2022"
MAX_PROOFS = 8
SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof of a document as it is claimed."""

    key_id: str
    signature: bytes
    created: datetime | None
    options: dict[str, Any]


def read_proofs(document: dict[str, Any], actor_id: str, now: datetime) -> list[Proof]:
    """The proofs of a document, all of which must be of our suite and by a key of the actor.

    Raises:
        Unauthorized: one of them is not; a good proof beside a bad one is worth nothing.
    """
    stated = many(document.get("proof"))
    if len(stated) > MAX_PROOFS:
        raise Unauthorized("the document has too many proofs")
    return [_read(document, item, actor_id, now) for item in stated]


def _read(document: dict[str, Any], stated: Any, actor_id: str, now: datetime) -> Proof:
    if not isinstance(stated, dict):
        raise Unauthorized("the proof is not an object")
    if stated.get("type") != "DataIntegrityProof" or stated.get("cryptosuite") != SUITE:
        raise Unauthorized("the proof is of a kind that we do not know")
    if stated.get("proofPurpose") != "assertionMethod":
        raise Unauthorized("the proof is for another purpose")
    key_id = id_of(stated.get("verificationMethod"))
    if key_id is None or not same_origin(key_id, actor_id):
        raise Unauthorized("the proof is by a key of somebody else")
    _check_times(stated, now)
    if "@context" in stated and not _begins_with(document.get("@context"), stated["@context"]):
        raise Unauthorized("the proof was made for another context")
    try:
        signature = multibase.decode(str(stated.get("proofValue")))
    except ValueError as error:
        raise Unauthorized("the proof value cannot be read") from error
    return Proof(key_id, signature, instant(stated.get("created")), stated)


def _check_times(stated: dict[str, Any], now: datetime) -> None:
    created, expires = instant(stated.get("created")), instant(stated.get("expires"))
    if stated.get("created") is not None and (created is None or created > now + SKEW):
        raise Unauthorized("the proof is from the future")
    if stated.get("expires") is not None and (expires is None or expires < now):
        raise Unauthorized("the proof has expired")


def _begins_with(whole: Any, start: Any) -> bool:
    """True when one context is the beginning of the other."""
    head, all_parts = many(start), many(whole)
    return all_parts[: len(head)] == head


def verify_proof(document: dict[str, Any], proof: Proof, key: PublicKey) -> bool:
    """True when the key made the proof over this very document."""
    if not isinstance(key, Ed25519PublicKey) or len(proof.signature) != 64:
        return False
    try:
        key.verify(proof.signature, _hash_data(document, proof.options))
    except (InvalidSignature, Malformed):
        return False
    return True


def _hash_data(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    """What is signed: the hash of the options, then the hash of the document without proof."""
    bare_options = {key: value for key, value in options.items() if key != "proofValue"}
    bare = {key: value for key, value in document.items() if key != "proof"}
    if "@context" in options:
        bare["@context"] = options["@context"]
    return sha256(canonical(bare_options)).digest() + sha256(canonical(bare)).digest()


def create_proof(
    document: dict[str, Any], private_key: Ed25519PrivateKey, key_id: str, now: datetime
) -> dict[str, Any]:
    """The document with a proof of its own.

    Any other `signature` must be taken out before: the proof covers all that stands beside it.
    """
    created = to_iso(now).replace(".000Z", "Z")
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": key_id,
        "proofPurpose": "assertionMethod",
        "created": created,
    }
    if one(document.get("@context")) is not None:
        options = {"@context": document["@context"], **options}
    signature = private_key.sign(_hash_data(document, options))
    bare = {key: value for key, value in document.items() if key != "proof"}
    return {**bare, "proof": {**options, "proofValue": multibase.encode(signature)}}
