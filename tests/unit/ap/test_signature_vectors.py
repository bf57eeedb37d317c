"""Signature bases and headers must agree with the known-good values byte for byte."""

import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi.ap.followers_digest import followers_digest, parse_synchronization, render_synchronization
from fedi.ap.jcs import canonical
from fedi.ap.proofs import create_proof, read_proofs, verify_proof
from fedi.ap.signatures import (
    Outgoing,
    Request,
    cavage,
    check_cover,
    check_digest,
    check_time,
    parse_signature,
    prepare_cavage,
    prepare_rfc9421,
    rfc9421,
    sign_rfc9421,
    verify,
)
from fedi.ap.signatures.keys import PublicKey, load_public, to_multibase, to_pem

CASES = ["v1_cavage_post_rsa", "v2a_cavage_get_with_query", "v2b_cavage_get_without_query",
         "v3_cavage_post_hs2019_created", "v4_rfc9421_post_rsa_minimal", "v5_rfc9421_post_rsa_wide",
         "v6_rfc9421_get_ed25519"]  # fmt: skip
NOW = datetime(2026, 7, 7, 12, tzinfo=UTC)


def received(vectors: dict[str, Any], name: str) -> tuple[Request, bytes, PublicKey]:
    case = vectors["signatures"][name]
    headers = {"host": "beta.example", "date": "Tue, 07 Jul 2026 12:00:00 GMT"}
    if case["method"] == "POST":
        headers["digest"] = "SHA-256=2pNPg6IImsx4Z9bUCvVYaVTfEGQnRRM5qEEeRdO5tgg="
    headers |= {key.lower(): value for key, value in case["headers"].items()}
    key = vectors["ed25519_multibase"] if case["key"] == "ed25519" else vectors["rsa_public_pem"]
    body = vectors["body"].encode() if case["method"] == "POST" else b""
    return Request(case["method"], case["target"], list(headers.items())), body, load_public(key)


@pytest.mark.parametrize("name", CASES)
def test_received_request_verifies(vectors: dict[str, Any], name: str) -> None:
    request, body, key = received(vectors, name)
    [claim] = parse_signature(request.method, request.target, request.headers)
    check_cover(claim, request.method, has_body=bool(body))
    check_time(claim, request.headers, NOW)
    check_digest(request.headers, body)
    if claim.dialect == "cavage":
        base = cavage.build_base(claim, request, with_query="v2b" not in name)
    else:
        base = rfc9421.build_base(claim, request)
    assert base == vectors["signatures"][name]["base"].encode()
    assert verify(claim, request, key)


@pytest.mark.parametrize("name", CASES)
def test_any_other_key_does_not_verify(
    vectors: dict[str, Any], name: str, rsa_key: Any, ed_key: Any
) -> None:
    request, _, _ = received(vectors, name)
    [claim] = parse_signature(request.method, request.target, request.headers)
    assert not verify(claim, request, rsa_key.public_key())
    assert not verify(claim, request, ed_key.public_key())


def stated_signature(headers: dict[str, str]) -> bytes:
    found = re.search(r'signature="([^"]+)"', headers["Signature"]) or re.search(
        r"sig1=:([^:]+):", headers["Signature"]
    )
    assert found
    return b64decode(found[1])


@pytest.mark.parametrize("name", ["v1", "v2a", "v2b"])
def test_signing_cavage_gives_the_same_bytes(vectors: dict[str, Any], name: str) -> None:
    case = next(value for key, value in vectors["signatures"].items() if key.startswith(name))
    body = vectors["body"].encode() if case["method"] == "POST" else None
    outgoing = Outgoing(case["method"], "https://beta.example" + case["target"], body, NOW)
    prepared = prepare_cavage(vectors["key_id"], outgoing, with_query=name != "v2b")
    assert prepared.base == case["base"].encode()
    headers = prepared.finish(stated_signature(case["headers"]))
    assert {key: headers[key] for key in case["headers"]} == case["headers"]


def test_signing_rfc9421_gives_the_same_bytes(vectors: dict[str, Any]) -> None:
    case = vectors["signatures"]["v5_rfc9421_post_rsa_wide"]
    outgoing = Outgoing("POST", "https://beta.example/inbox", vectors["body"].encode(), NOW)
    prepared = prepare_rfc9421(vectors["key_id"], outgoing)
    assert prepared.base == case["base"].encode()
    headers = prepared.finish(stated_signature(case["headers"]))
    assert {key: headers[key] for key in case["headers"]} == case["headers"]


def test_signing_a_get_with_ed25519_gives_the_same_signature(vectors: dict[str, Any]) -> None:
    case = vectors["signatures"]["v6_rfc9421_get_ed25519"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vectors["ed25519_seed_hex"]))
    outgoing = Outgoing("GET", "https://beta.example" + case["target"], None, NOW)
    key_id = "https://alpha.example/users/ana#ed25519-key"
    headers = sign_rfc9421(key, key_id, outgoing, algorithm=None, lifetime=None)
    assert {key: headers[key] for key in case["headers"]} == case["headers"]


def test_keys_in_both_spellings(vectors: dict[str, Any]) -> None:
    rsa = load_public(vectors["rsa_public_pem"])
    assert to_multibase(rsa) == vectors["rsa_multibase"]
    assert to_pem(load_public(vectors["rsa_multibase"])) == vectors["rsa_public_pem"]
    assert to_multibase(load_public(vectors["ed25519_multibase"])) == vectors["ed25519_multibase"]


def test_integrity_proof(vectors: dict[str, Any]) -> None:
    case = vectors["proof"]
    document = case["document"]
    bare = {key: value for key, value in document.items() if key != "proof"}
    options = {key: value for key, value in document["proof"].items() if key != "proofValue"}
    assert canonical(options).decode() == case["jcs_options"]
    assert canonical(bare).decode() == case["jcs_document"]
    [proof] = read_proofs(document, "https://alpha.example/users/ana", NOW)
    assert verify_proof(document, proof, load_public(vectors["ed25519_multibase"]))
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vectors["ed25519_seed_hex"]))
    assert create_proof(bare, key, options["verificationMethod"], NOW) == document
    assert list(json.loads(json.dumps(document))["proof"]) == list(document["proof"])


def test_followers_digest(vectors: dict[str, Any]) -> None:
    case = vectors["followers"]
    assert followers_digest(case["followers"]) == case["digest"]
    assert followers_digest(reversed(case["followers"])) == case["digest"]
    assert followers_digest([]) == case["empty"]
    header = render_synchronization("https://a.example/f", "https://a.example/s", case["digest"])
    assert parse_synchronization(header) == (
        "https://a.example/f",
        "https://a.example/s",
        case["digest"],
    )
