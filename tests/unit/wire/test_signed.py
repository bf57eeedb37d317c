"""How we sign, so that the strictest and the oldest take it, and what of theirs we take."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from fedi.ap.signatures import (
    Outgoing,
    Request,
    cavage,
    check_cover,
    check_time,
    parse_signature,
    sign_cavage,
    sign_rfc9421,
    verify,
)
from fedi.ap.signatures.keys import generate_rsa

NOW = datetime(2026, 7, 7, 12, 0, 30, tzinfo=UTC)
KEY = generate_rsa()
KEY_ID = "https://a.example/users/ana#main-key"
POST = Outgoing("POST", "https://b.example/inbox", b"{}", NOW)


def test_a_digest_is_labelled_in_capitals() -> None:
    assert sign_cavage(KEY, KEY_ID, POST)["Digest"].startswith("SHA-256=")


@pytest.mark.parametrize("sign", [sign_cavage, sign_rfc9421])
def test_a_date_is_sent_and_signed_in_both_dialects(sign: Any) -> None:
    headers = sign(KEY, KEY_ID, POST)
    assert headers["Date"]
    assert "date" in headers.get("Signature-Input", headers["Signature"])


def test_old_verifiers_read_every_parameter() -> None:
    stated = sign_cavage(KEY, KEY_ID, POST)["Signature"]
    parameters = dict(re.findall(r'(\w+)="([^"]*)"', stated))
    assert list(parameters) == ["keyId", "algorithm", "headers", "signature"]
    assert parameters["algorithm"] == "rsa-sha256"
    assert "(created)" not in parameters["headers"]
    # Some split at every comma, and some at every equals sign before it.
    assert len(stated.split(",")) == 4
    assert parameters["headers"].split()[:3] == ["(request-target)", "host", "date"]


def test_what_is_signed_may_stand_in_any_order() -> None:
    headers = [(name.lower(), value) for name, value in sign_cavage(KEY, KEY_ID, POST).items()]
    for names in (
        ("(request-target)", "host", "digest", "date"),
        ("digest", "date", "host", "(request-target)"),
    ):
        again = Request("POST", "/inbox", [*_signed(headers, names)])
        [claim] = parse_signature("POST", "/inbox", again.headers)
        check_cover(claim, "POST", has_body=True)
        assert verify(claim, again, KEY.public_key())


def _signed(headers: list[tuple[str, str]], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The same request, signed by hand over other parts of it."""
    stated = f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="{{}}"'
    return _sign(headers, stated)


def _sign(headers: list[tuple[str, str]], stated: str) -> list[tuple[str, str]]:
    plain = [header for header in headers if header[0] != "signature"]
    empty = [*plain, ("signature", stated.format("AAAA"))]
    [claim] = parse_signature("POST", "/inbox", empty)
    text = cavage.build_base(claim, Request("POST", "/inbox", empty))
    return [*plain, ("signature", stated.format(_signature(text)))]


def _signature(text: bytes) -> str:
    return b64encode(KEY.sign(text, padding.PKCS1v15(), SHA256())).decode()


@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize(
    "names",
    [
        "(request-target) (created) (expires) host digest",
        "(created) date (request-target) host digest (expires)",
    ],
)
def test_moments_that_are_parameters(quote: str, names: str) -> None:
    headers = [(name.lower(), value) for name, value in sign_cavage(KEY, KEY_ID, POST).items()]
    moment = int(NOW.timestamp())
    stated = (
        f'keyId="{KEY_ID}",algorithm="hs2019",created={quote}{moment}{quote},'
        f'expires={quote}{moment + 60}{quote},headers="{names}",signature="{{}}"'
    )
    signed = _sign(headers, stated)
    [claim] = parse_signature("POST", "/inbox", signed)
    check_cover(claim, "POST", has_body=True)
    check_time(claim, signed, NOW)
    assert verify(claim, Request("POST", "/inbox", signed), KEY.public_key())
