"""Requests of ours signed with Ed25519, and what others ask for."""

from datetime import UTC, datetime

import pytest

from fedi.ap.signatures import (
    ACCEPT_SIGNATURE,
    Outgoing,
    Request,
    check_cover,
    check_digest,
    check_time,
    parse_signature,
    sign_ed25519,
    verify,
    wanted_of,
)
from fedi.ap.signatures.keys import generate_ed25519

NOW = datetime(2026, 7, 7, 12, tzinfo=UTC)
KEY_ID = "https://alpha.example/users/ana#ed25519-key"


@pytest.mark.parametrize(("method", "body"), [("POST", b'{"a":1}'), ("GET", None)])
def test_what_is_signed_verifies_and_nothing_else_does(method: str, body: bytes | None) -> None:
    key = generate_ed25519()
    url = "https://beta.example/inbox?page=1"
    made = sign_ed25519(key, KEY_ID, Outgoing(method, url, body, NOW))
    headers = [(name.lower(), value) for name, value in made.items()]
    request = Request(method, "/inbox?page=1", headers)
    [claim] = parse_signature(method, request.target, headers)
    assert (claim.dialect, claim.algorithm, claim.key_id) == ("rfc9421", "ed25519", KEY_ID)
    assert len(claim.signature) == 64
    check_cover(claim, method, has_body=body is not None)
    check_time(claim, headers, NOW)
    if body is not None:
        check_digest(headers, body)
    assert verify(claim, request, key.public_key())
    assert not verify(claim, request, generate_ed25519().public_key())
    assert not verify(claim, Request(method, "/inbox?page=2", headers), key.public_key())


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", None),
        (ACCEPT_SIGNATURE, "rfc9421"),
        ('sig1=("@method" "@target-uri");alg="rsa-v1_5-sha256";keyid', "rfc9421"),
        ('sig1=("@method" "@target-uri");created;alg="ed25519"', "ed25519"),
        ('a=("@method");alg="rsa-v1_5-sha256", b=("@method");alg="ed25519"', "ed25519"),
        ('sig1=("@method");alg=ed25519', "ed25519"),
        ("sig1=()", "rfc9421"),
        ("nonsense (", "rfc9421"),
        ("x" * 20_000, "rfc9421"),
    ],
)
def test_what_a_refusal_asks_for(header: str, wanted: str | None) -> None:
    assert wanted_of(header) == wanted
