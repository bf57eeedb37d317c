"""Integrity proofs: one wrong word and the document proves nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.ap.jcs import canonical
from fedi.ap.proofs import create_proof, read_proofs, verify_proof
from fedi.ap.signatures.keys import generate_ed25519
from fedi.kit.errors import Malformed, Unauthorized

NOW = datetime(2026, 7, 7, 12, tzinfo=UTC)
ACTOR = "https://a.example/users/ana"
KEY_ID = ACTOR + "#ed25519-key"


@pytest.fixture(scope="module")
def document(ed_key: Any) -> dict[str, Any]:
    bare = {"@context": ["https://www.w3.org/ns/activitystreams"], "id": "https://a.example/1",
    "type": "Like",
            "actor": ACTOR, "object": "https://b.example/1",
            "nested": {"b": [1, 2.5, None, True], "a": "ü"}}  # fmt: skip
    return create_proof(bare, ed_key, KEY_ID, NOW)


def proves(document: dict[str, Any], key: Any, actor: str = ACTOR, now: datetime = NOW) -> bool:
    proofs = read_proofs(document, actor, now)
    return bool(proofs) and all(verify_proof(document, proof, key) for proof in proofs)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def test_order_and_space_do_not_matter(document: dict[str, Any], ed_key: Any) -> None:
    assert proves(document, ed_key.public_key())
    assert proves(reordered(document), ed_key.public_key())


def test_every_value_matters(document: dict[str, Any], ed_key: Any) -> None:
    key = ed_key.public_key()
    for name in document:
        if name not in ("proof", "@context"):
            assert not proves({**document, name: "x"}, key)
            assert not proves(
                {other: value for other, value in document.items() if other != name}, key
            )
    assert not proves({**document, "extra": 1}, key)


def test_a_longer_context_may_follow(document: dict[str, Any], ed_key: Any) -> None:
    longer = {**document, "@context": [*document["@context"], "https://x.example/ns"]}
    assert proves(longer, ed_key.public_key())
    for other in (["https://x.example/ns"], ["https://x.example/ns", *document["@context"]], None):
        with pytest.raises(Unauthorized):
            proves({**document, "@context": other}, ed_key.public_key())


def test_another_key_proves_nothing(document: dict[str, Any], rsa_key: Any) -> None:
    assert not proves(document, generate_ed25519().public_key())
    assert not proves(document, rsa_key.public_key())


@pytest.mark.parametrize("change", [
    {"type": "Ed25519Signature2020"}, {"cryptosuite": "eddsa-rdfc-2022"},
    {"proofPurpose": "authentication"}, {"proofPurpose": None},
    {"verificationMethod": "https://evil.example/users/ana#k"}, {"verificationMethod": None},
    {"verificationMethod": {"x": 1}},
    {"expires": "2026-07-07T11:59:59Z"}, {"expires": "never"}, {"created": "2026-07-07T14:00:00Z"},
    {"created": 5}, {"proofValue": "zzz0"},
    {"proofValue": None}, {"proofValue": ["z1"]}, {"proofValue": "z" * 3000},
])  # fmt: skip
def test_claims_that_are_refused(document: dict[str, Any], change: dict[str, Any]) -> None:
    bad = {**document["proof"], **change}
    for proof in (bad, [bad], [document["proof"], bad], [document["proof"]] * 9, "x", [5]):
        with pytest.raises(Unauthorized):
            read_proofs({**document, "proof": proof}, ACTOR, NOW)


def test_changed_options_do_not_verify(document: dict[str, Any], ed_key: Any) -> None:
    for change in (
        {"created": "2026-07-07T12:00:01Z"},
        {"verificationMethod": ACTOR + "#other"},
        {"expires": "2027-01-01T00:00:00Z"},
        {"proofValue": "z1"},
    ):
        assert not proves(
            {**document, "proof": {**document["proof"], **change}}, ed_key.public_key()
        )


def test_no_proof_is_no_error(document: dict[str, Any]) -> None:
    assert read_proofs({"id": "x"}, ACTOR, NOW + timedelta(days=1)) == []


@pytest.mark.parametrize(("value", "written"), [
    (0, "0"), (-0.0, "0"), (1.0, "1"), (1e21, "1e+21"), (1e20, "100000000000000000000"),
    (1e-6, "0.000001"), (1e-7, "1e-7"), (123456.789, "123456.789"),
    (4.5, "4.5"), (-1.5e-9, "-1.5e-9"), (333333333.33333329, "333333333.3333333"),
    (2**53, "9007199254740992"), (2**53 + 1, "9007199254740992"), (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"), (True, "true"), (None, "null"),
    ("\u20ac$\x0f\nA'B\"\\\\\"/", '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
    ({"\ufb33": 1, "\U0001f600": 2, "a": 3}, '{"a":3,"\U0001f600":2,"\ufb33":1}'), ([], "[]"),
    ({}, "{}"), ({"b": [], "a": {}}, '{"a":{},"b":[]}'),
])  # fmt: skip
def test_canonical_json(value: Any, written: str) -> None:
    assert canonical(value).decode() == written


_LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(_TREES)
def test_simple_documents_are_written_like_all_others(value: Any) -> None:
    # A key beyond plain letters takes the whole document the long way.
    assert canonical({"\U0001f600": value}) == ('{"\U0001f600":'.encode() + canonical(value) + b"}")


def test_what_json_cannot_say() -> None:
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    for value in (
        float("nan"),
        float("inf"),
        10**400,
        {1: 2},
        object(),
        "\ud800",
        {"\ud800": 1},
        deep,
        b"x",
    ):
        with pytest.raises(Malformed):
            canonical(value)
