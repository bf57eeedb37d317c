"""Push messages: the example of RFC 8291, and a receiver written from the standards alone."""

import base64
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from fedi.kit import webpush
from fedi.kit.errors import Invalid
from tests.rig.push import Phone

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SENDER_PUBLIC = (
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
)
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(webpush.decode(text), "big")
    return ec.derive_private_key(number, ec.SECP256R1())


def test_the_example_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webpush, "STEP", 1)
    browser = webpush.read_browser(PUBLIC, AUTH)
    key = private_key(SENDER)
    assert webpush.encode(webpush.point_of(key)) == SENDER_PUBLIC
    sealed = webpush.seal_message(PLAIN, browser, standard=True, key=key, salt=webpush.decode(SALT))
    assert webpush.encode(sealed.body) == MESSAGE
    assert sealed.headers == {"Content-Encoding": "aes128gcm"}


def test_the_receiver_reads_the_example() -> None:
    phone = Phone(private_key(PRIVATE), webpush.decode(AUTH))
    assert phone.open({"content-encoding": "aes128gcm"}, webpush.decode(MESSAGE)) == PLAIN


@pytest.mark.parametrize("standard", [True, False])
@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, webpush.MAX_PLAIN])
def test_what_is_sealed_can_be_opened(standard: bool, length: int) -> None:
    phone = Phone.new()
    browser = webpush.read_browser(phone.p256dh, phone.auth_text)
    plain = b"x" * length
    sealed = webpush.seal_message(plain, browser, standard=standard)
    headers = {name.lower(): value for name, value in sealed.headers.items()}
    assert phone.open(headers, sealed.body) == plain
    assert len(sealed.body) <= 4096
    with pytest.raises(InvalidTag):
        Phone.new().open(headers, sealed.body)


@pytest.mark.parametrize("standard", [True, False])
def test_length_says_little(standard: bool) -> None:
    browser = webpush.read_browser(PUBLIC, AUTH)
    sizes = {
        len(webpush.seal_message(b"x" * n, browser, standard=standard).body) for n in (1, 200, 512)
    }
    assert len(sizes) == 1
    with pytest.raises(Invalid):
        webpush.seal_message(b"x" * (webpush.MAX_PLAIN + 1), browser, standard=standard)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        (PUBLIC, "short"),
        (PUBLIC[:-4], AUTH),
        (webpush.encode(b"\x04" + b"\x01" * 64), AUTH),
        (webpush.encode(b"\x00" * 65), AUTH),
        ("é" * 87, AUTH),
        (PUBLIC, "!" * 22),
    ],
)
def test_keys_that_are_none(p256dh: str, auth: str) -> None:
    with pytest.raises(Invalid):
        webpush.read_browser(p256dh, auth)


def test_keys_in_any_spelling() -> None:
    padded = base64.b64encode(webpush.decode(PUBLIC)).decode()
    assert webpush.read_browser(padded, f"{AUTH}==") == webpush.read_browser(PUBLIC, AUTH)


def read_token(token: str, public: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check a signed token with the public key, by RFC 7515 alone."""
    head, claims, signature = token.split(".")
    raw = webpush.decode(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.decode(public))
    key.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    return orjson.loads(webpush.decode(head)), orjson.loads(webpush.decode(claims))


def test_the_server_names_itself() -> None:
    vapid = webpush.Vapid(webpush.make_private())
    endpoint = "https://push.test:8443/abc?x=1"
    value = vapid.headers(endpoint, contact="mailto:a@b.test", expires=1234, standard=True)[
        "Authorization"
    ]
    kind, _, rest = value.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert kind == "vapid"
    assert fields["k"] == vapid.public
    head, claims = read_token(fields["t"], vapid.public)
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {"aud": "https://push.test:8443", "exp": 1234, "sub": "mailto:a@b.test"}
    old = vapid.headers(endpoint, contact="mailto:a@b.test", expires=1234, standard=False)
    assert old["Crypto-Key"] == f"p256ecdsa={vapid.public}"
    token = old["Authorization"].removeprefix("WebPush ")
    assert read_token(token, vapid.public)[1] == claims
    with pytest.raises(InvalidSignature):
        read_token(token, PUBLIC)
