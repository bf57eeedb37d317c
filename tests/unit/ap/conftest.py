"""Test data shared by the tests of the wire library."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedi.ap.signatures.keys import (
    PrivateKey,
    PublicKey,
    generate_ed25519,
    generate_rsa,
    load_public,
)


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "vectors" / "vectors.json").read_text())


@pytest.fixture(scope="session")
def rsa_public(vectors: dict[str, Any]) -> PublicKey:
    return load_public(vectors["rsa_public_pem"])


@pytest.fixture(scope="session")
def rsa_key() -> PrivateKey:
    return generate_rsa()


@pytest.fixture(scope="session")
def ed_key() -> PrivateKey:
    return generate_ed25519()
