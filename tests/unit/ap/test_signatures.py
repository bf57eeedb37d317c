"""What a signature must cover, when it is too old, and everything that must not verify."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA512
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedi.ap.signatures import (
    Claim,
    Outgoing,
    Request,
    cavage,
    check_cover,
    check_digest,
    check_time,
    parse_signature,
    rfc9421,
    sign,
    sign_cavage,
    sign_rfc9421,
    verify,
)
from fedi.ap.signatures.crypto import verifies
from fedi.ap.signatures.dates import http_date, parse_http_date
from fedi.kit.errors import Malformed, Unauthorized

NOW = datetime(2026, 7, 7, 12, 0, 30, tzinfo=UTC)
KEY_ID = "https://a.example/users/ana#main-key"
URL = "https://b.example/inbox"
BODY = b'{"type":"Like"}'
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def lower(headers: dict[str, str]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers.items()]


def signed(key: Any, dialect: str, method: str = "POST", url: str = URL) -> Request:
    outgoing = Outgoing(method, url, BODY if method == "POST" else None, NOW)
    if dialect == "cavage":
        headers = sign_cavage(key, KEY_ID, outgoing)
    else:
        headers = sign_rfc9421(key, KEY_ID, outgoing)
    return Request(method, url.removeprefix("https://b.example"), lower(headers))


def accepts(request: Request, key: Any, body: bytes = BODY, now: datetime = NOW) -> bool:
    """The whole way of a received POST or GET."""
    [claim] = parse_signature(request.method, request.target, request.headers)
    check_cover(claim, request.method, has_body=bool(body))
    check_time(claim, request.headers, now)
    check_digest(request.headers, body)
    return verify(claim, request, key.public_key())


def refused(request: Request, key: Any, body: bytes = BODY, now: datetime = NOW) -> bool:
    try:
        return not accepts(request, key, body, now)
    except (Unauthorized, Malformed):
        return True


def with_header(request: Request, name: str, value: str | None) -> Request:
    headers = [pair for pair in request.headers if pair[0] != name]
    if value is not None:
        headers.append((name, value))
    return Request(request.method, request.target, headers, request.scheme, request.authority)


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
def test_what_we_sign_verifies(rsa_key: Any, dialect: str) -> None:
    assert accepts(signed(rsa_key, dialect), rsa_key)
    assert accepts(signed(rsa_key, dialect, "GET", URL + "?page=1"), rsa_key, b"")


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
@pytest.mark.parametrize(
    "target", ["/inbox?x", "//inbox", "/users/b/inbox", "/Inbox", "/inbox/", "/%69nbox"]
)
def test_another_target_is_refused(rsa_key: Any, dialect: str, target: str) -> None:
    request = signed(rsa_key, dialect)
    assert refused(Request("POST", target, request.headers), rsa_key)


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
def test_another_host_or_method_is_refused(rsa_key: Any, dialect: str) -> None:
    request = signed(rsa_key, dialect)
    assert refused(with_header(request, "host", "c.example"), rsa_key)
    assert refused(with_header(request, "host", None), rsa_key)
    assert refused(Request("PUT", request.target, request.headers), rsa_key)


def test_a_get_may_leave_out_the_query_and_a_post_may_not(rsa_key: Any) -> None:
    get = signed(rsa_key, "cavage", "GET", URL)
    assert accepts(Request("GET", "/inbox?page=2", get.headers), rsa_key, b"")
    post = signed(rsa_key, "cavage", "POST", URL)
    assert refused(Request("POST", "/inbox?page=2", post.headers), rsa_key)
    newer = signed(rsa_key, "rfc9421", "GET", URL)
    assert refused(Request("GET", "/inbox?page=2", newer.headers), rsa_key, b"")


def claim_of(dialect: str, covered: list[str], created: int | None = 1) -> Claim:
    if dialect == "cavage":
        return Claim("cavage", KEY_ID, None, tuple(covered), b"", created=created)
    listed = " ".join(f'"{name}"' for name in covered)
    time = f";created={created}" if created is not None else ""
    [claim] = rfc9421.parse(f'sig1=({listed}){time};keyid="{KEY_ID}"', "sig1=:AAAA:")
    return claim


FULL = {
    "cavage": ["(request-target)", "host", "date", "digest"],
    "rfc9421": ["@method", "@target-uri", "content-digest"],
}


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
def test_every_part_must_be_covered(dialect: str) -> None:
    check_cover(claim_of(dialect, FULL[dialect]), "POST", has_body=True)
    for name in FULL[dialect]:
        rest = [other for other in FULL[dialect] if other != name]
        with pytest.raises(Unauthorized):
            check_cover(claim_of(dialect, rest), "POST", has_body=True)
    with pytest.raises(Unauthorized):
        check_cover(claim_of(dialect, []), "POST", has_body=True)
    with pytest.raises(Unauthorized):
        check_cover(claim_of(dialect, []), "GET", has_body=False)


def test_other_ways_to_cover_the_same() -> None:
    check_cover(
        claim_of("cavage", ["(request-target)", "host", "(created)", "digest"]),
        "POST",
        has_body=True,
    )
    split = ["@method", "@authority", "@path", "@query", "content-digest"]
    check_cover(claim_of("rfc9421", split), "POST", has_body=True)
    check_cover(
        claim_of("rfc9421", ["@method", "@authority", "@request-target"]), "GET", has_body=False
    )
    for wrong in (claim_of("rfc9421", ["@method", "@authority", "@path", "content-digest"]),
                  claim_of("rfc9421", FULL["rfc9421"], created=None),
                  claim_of("cavage", ["(request-target)", "host", "(created)", "digest"],
                  created=None)):  # fmt: skip
        with pytest.raises(Unauthorized):
            check_cover(wrong, "POST", has_body=True)


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
@pytest.mark.parametrize(
    ("shift", "good"),
    [(0, True), (11.9, True), (12.1, False), (-0.9, True), (-1.1, False), (13, False)],
)
def test_age(rsa_key: Any, dialect: str, shift: float, good: bool) -> None:
    request = signed(rsa_key, dialect)
    if dialect == "rfc9421":
        # Without `expires`, which our own signatures carry and which is tested below.
        outgoing = Outgoing("POST", URL, BODY, NOW)
        headers = sign_rfc9421(rsa_key, KEY_ID, outgoing, lifetime=None)
        request = Request("POST", "/inbox", lower(headers))
    now = NOW + timedelta(hours=shift)
    assert accepts(request, rsa_key, now=now) if good else refused(request, rsa_key, now=now)


def test_expiry_has_an_hour_of_grace() -> None:
    claim = Claim(
        "rfc9421",
        KEY_ID,
        None,
        (),
        b"",
        created=int(NOW.timestamp()),
        expires=int(NOW.timestamp()) + 60,
    )
    check_time(claim, [], NOW + timedelta(minutes=50))
    with pytest.raises(Unauthorized):
        check_time(claim, [], NOW + timedelta(minutes=62))


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 07 Jul 2026 12:00:30 GMT",
        "Tuesday, 07-Jul-26 12:00:30 GMT",
        "Tue Jul  7 12:00:30 2026",
        "Tue, 07 Jul 2026 14:00:30 +0200",
    ],
)
def test_dates_that_are_read(text: str) -> None:
    assert parse_http_date(text) == NOW.timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "Tue, 99 Foo 2026 12:00:30 GMT",
        "Tue, 07 Jul 99999 12:00:30 GMT",
        "x" * 29,
        "Tue, 07 Jul 0000 12:00:30 GMT",
        "0" * 5000,
        "Tue, 07 Jul 2026 99:00:30 GMT",
    ],
)
def test_dates_that_are_not(text: str) -> None:
    assert parse_http_date(text) is None
    claim = Claim("cavage", KEY_ID, None, ("date",), b"")
    with pytest.raises(Unauthorized):
        check_time(claim, [("date", text)], NOW)


def test_http_date_is_written_in_english() -> None:
    assert http_date(NOW) == "Tue, 07 Jul 2026 12:00:30 GMT"


def test_algorithms(rsa_key: Any, ed_key: Any) -> None:
    base = b"text"
    rsa, ed = rsa_key.public_key(), ed_key.public_key()
    with256, with_ed = sign(rsa_key, base), sign(ed_key, base)
    with512 = rsa_key.sign(base, padding.PKCS1v15(), SHA512())
    pss = rsa_key.sign(base, padding.PSS(padding.MGF1(SHA512()), 64), SHA512())
    for name in (None, "hs2019", "rsa-sha256", "rsa-v1_5-sha256"):
        assert verifies(rsa, name, with256, base)
    for name in (None, "hs2019", "rsa-sha512", "rsa-v1_5-sha512"):
        assert verifies(rsa, name, with512, base)
    assert verifies(rsa, "rsa-pss-sha512", pss, base)
    for name in (None, "hs2019", "ed25519"):
        assert verifies(ed, name, with_ed, base)


@pytest.mark.parametrize(
    "name",
    [
        "none",
        "hmac-sha256",
        "rsa-sha1",
        "sha256",
        "",
        "ed25519",
        "ecdsa-p256-sha256",
        "rsa-pss-sha512",
        "rsa-sha512",
    ],
)
def test_algorithms_that_do_not_fit(rsa_key: Any, ed_key: Any, name: str) -> None:
    assert not verifies(rsa_key.public_key(), name, sign(rsa_key, b"t"), b"t")
    if name != "ed25519":
        assert not verifies(ed_key.public_key(), name, sign(ed_key, b"t"), b"t")


def test_sha1_and_odd_signatures_never_verify(rsa_key: Any, ed_key: Any) -> None:
    weak = rsa_key.sign(b"t", padding.PKCS1v15(), SHA1())  # noqa: S303
    for key in (rsa_key.public_key(), ed_key.public_key()):
        for signature in (weak, b"", b"\0", b"\0" * 64, b"\xff" * 256, b"\0" * 5000):
            for name in (None, "hs2019", "rsa-sha256", "rsa-pss-sha512", "ed25519"):
                assert not verifies(key, name, signature, b"t")


@pytest.mark.parametrize("dialect", ["cavage", "rfc9421"])
@given(data=st.data())
@QUICK
def test_any_change_breaks_the_signature(rsa_key: Any, dialect: str, data: st.DataObject) -> None:
    request = signed(rsa_key, dialect)
    part = data.draw(st.sampled_from(["header", "body", "target", "method"]))
    if part == "body":
        position = data.draw(st.integers(0, len(BODY) - 1))
        body = (
            BODY[:position]
            + bytes([BODY[position] ^ data.draw(st.integers(1, 255))])
            + BODY[position + 1 :]
        )
        assert refused(request, rsa_key, body)
        return
    if part == "target":
        target = data.draw(
            st.text(
                st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20
            ).filter(lambda text: text != "/inbox")
        )
        assert refused(Request("POST", target, request.headers), rsa_key)
        return
    if part == "method":
        assert refused(
            Request(
                data.draw(st.sampled_from(["GET", "PUT", "DELETE"])), "/inbox", request.headers
            ),
            rsa_key,
        )
        return
    index = data.draw(st.integers(0, len(request.headers) - 1))
    name, value = request.headers[index]
    position = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=255))
    changed = value[:position] + letter + value[position + 1 :]
    headers = [*request.headers]
    headers[index] = (name, changed)
    mutated = Request("POST", "/inbox", headers)
    if refused(mutated, rsa_key):
        return
    # What is left means the same: the same text was signed, and the same signature was sent. Only
    # what no signature can cover may differ, such as the key id of the older dialect.
    [old], [new] = (parse_signature("POST", "/inbox", item.headers) for item in (request, mutated))
    dialects = {"cavage": cavage, "rfc9421": rfc9421}
    assert dialects[dialect].build_base(old, request) == dialects[dialect].build_base(new, mutated)
    assert old.signature == new.signature


@given(
    path=st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#\\"), max_size=30
    ),
    body=st.binary(max_size=64),
)
@QUICK
def test_round_trip(ed_key: Any, path: str, body: bytes) -> None:
    url = "https://b.example/" + path
    outgoing = Outgoing("POST", url, body, NOW, extra={"Collection-Synchronization": 'digest="00"'})
    for headers in (
        sign_cavage(ed_key, KEY_ID, outgoing, algorithm="hs2019"),
        sign_rfc9421(ed_key, KEY_ID, outgoing, algorithm="ed25519"),
    ):
        assert accepts(Request("POST", "/" + path, lower(headers)), ed_key, body)
