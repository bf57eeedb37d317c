"""People who put proofs into what they say, so that others can carry it."""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi.ap.context import DATA_INTEGRITY
from fedi.ap.proofs import create_proof
from fedi.ap.signatures.keys import generate_ed25519, to_multibase
from tests.integration.inbound.far import AS2, Far, Person

KEYS: dict[str, Ed25519PrivateKey] = {}


def prover(far: Far, host: str, name: str) -> Person:
    """Somebody whose actor document names an Ed25519 key."""
    person = Person(far, host, name)
    key = KEYS.setdefault(person.uri, generate_ed25519())
    person.extra["assertionMethod"] = [
        {
            "id": proof_key_id(person),
            "type": "Multikey",
            "controller": person.uri,
            "publicKeyMultibase": to_multibase(key.public_key()),
        }
    ]
    person.publish()
    return person


def proof_key_id(person: Person) -> str:
    return f"{person.uri}#ed25519-key"


def prove(
    person: Person,
    activity: dict[str, Any],
    *,
    moment: datetime | None = None,
    key_id: str = "",
    key: Ed25519PrivateKey | None = None,
) -> dict[str, Any]:
    """The activity with a proof of this person."""
    bare = {**activity, "@context": [AS2, DATA_INTEGRITY]}
    return create_proof(
        bare, key or KEYS[person.uri], key_id or proof_key_id(person), moment or datetime.now(UTC)
    )
