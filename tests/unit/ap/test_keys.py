"""Reading keys of others: sloppy spellings are read, weak, huge and broken keys are refused."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fedi.ap.signatures import multibase, sign
from fedi.ap.signatures.crypto import verifies
from fedi.ap.signatures.keys import (
    dump_private,
    generate_ed25519,
    kind_of,
    load_private,
    load_public,
    to_multibase,
    to_pem,
)
from fedi.kit.errors import Unauthorized
from tests.cpu import tries


def pkcs1(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()


def spki(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_sloppy_spellings(rsa_key: Any) -> None:
    pem = spki(rsa_key)
    body = "".join(pem.split("\n")[1:-2])
    variants = [
        pem, pem.strip(), pem.replace("\n", "\r\n"), pem.replace("\n", "\n\n"),
        "\n\n  " + pem + "\n\n", pkcs1(rsa_key),
        pem.replace("\n", "\\n"), f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----",
        f"-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----",
        to_multibase(rsa_key.public_key()),
    ]  # fmt: skip
    for variant in variants:
        assert to_pem(load_public(variant)) == pem


def test_ed25519_in_both_spellings() -> None:
    key = generate_ed25519().public_key()
    assert to_multibase(load_public(to_pem(key))) == to_multibase(load_public(to_multibase(key)))
    assert kind_of(load_public(to_pem(key))) == "ed25519"


def with_numbers(exponent: int, modulus: int) -> str:
    """A PKCS#1 key of any numbers, written by hand since no library makes them."""

    def integer(value: int) -> bytes:
        raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return b"\x02" + length(len(raw)) + raw

    def length(size: int) -> bytes:
        if size < 128:
            return bytes([size])
        raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes([128 + len(raw)]) + raw

    inner = integer(modulus) + integer(exponent)
    return multibase.encode(bytes.fromhex("8524") + b"\x30" + length(len(inner)) + inner)


def weak_keys() -> list[str]:
    odd = (1 << 2047) + 12345 * 2 + 1
    return [
        spki(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - weak on purpose
        with_numbers(65537, (1 << 511) + 1),
        with_numbers(65537, (1 << 2046) + 1),
        with_numbers(65537, (1 << 8199) + 1),
        with_numbers(65537, (1 << 16383) + 1),
        with_numbers(1, odd), with_numbers(2, odd), with_numbers(65536, odd),
        with_numbers((1 << 200) + 1, odd), with_numbers(odd - 2, odd),
        with_numbers(65537, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("text", weak_keys())
def test_weak_and_huge_keys_are_refused_at_once(text: str) -> None:
    for window in tries(0.05):
        with window, pytest.raises(Unauthorized):
            load_public(text)


def test_the_size_borders() -> None:
    for bits in (2048, 8192):
        assert load_public(with_numbers(65537, (1 << (bits - 1)) + 1))


def broken_keys() -> list[str]:
    return [
        "", "x", "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nÄ\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "z", "z0OIl", "zabc", "m" + "A" * 50, "z6Mk", "z" + "1" * 1500, "z" + "z" * 1590,
        "z" * 5000, "\ud800", "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVdA",
        spki(ec.generate_private_key(ec.SECP256R1())), spki(dsa.generate_private_key(2048)),
    ]  # fmt: skip


@pytest.mark.parametrize("text", broken_keys())
def test_broken_keys_are_refused(text: str) -> None:
    with pytest.raises(Unauthorized):
        load_public(text)


def test_own_keys_survive_storage(rsa_key: Any, ed_key: Any) -> None:
    for key in (rsa_key, ed_key):
        again = load_private(dump_private(key))
        assert verifies(key.public_key(), None, sign(again, b"t"), b"t")


def test_base58_keeps_leading_zeros() -> None:
    for raw in (b"", b"\0", b"\0\0a", b"abc", bytes(range(34))):
        assert multibase.decode(multibase.encode(raw)) == raw
