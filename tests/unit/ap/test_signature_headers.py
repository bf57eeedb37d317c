"""Reading the headers of signatures and digests: many spellings, and none that surprises."""

import contextlib
from base64 import b64encode
from hashlib import sha256, sha512

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi.ap.signatures import (
    Headers,
    Request,
    check_cover,
    check_digest,
    parse_signature,
    rfc9421,
)
from fedi.kit.errors import Malformed, Unauthorized

KEY_ID = "https://a.example/users/ana#main-key"
BODY = b'{"type":"Like"}'
QUICK = settings(max_examples=100, deadline=None)


def b64(raw: bytes) -> str:
    return b64encode(raw).decode()


RIGHT, WRONG = b64(sha256(BODY).digest()), b64(sha256(b"x").digest())
RIGHT512 = b64(sha512(BODY).digest())


@pytest.mark.parametrize("headers", [
    [("digest", f"SHA-256={RIGHT}")],
    [("digest", f"sha-256={RIGHT}")],
    [("digest", f"MD5=AAAA,SHA-256={RIGHT}")],
    [("digest", f"SHA-512={RIGHT512}")],
    [("content-digest", f"sha-256=:{RIGHT}:")],
    [("content-digest", f"sha-512=:{RIGHT512}:, unknown=:AAAA:")],
    [("digest", f"SHA-256={RIGHT}"), ("content-digest", f"sha-256=:{RIGHT}:")],
])  # fmt: skip
def test_digests_that_fit(headers: Headers) -> None:
    check_digest(headers, BODY)
    with pytest.raises(Unauthorized):
        check_digest(headers, BODY + b" ")


@pytest.mark.parametrize("headers", [
    [],
    [("digest", f"SHA-256={WRONG}")],
    [("digest", f"SHA-256={RIGHT},SHA-256={WRONG}")],
    [("digest", f"SHA-256={WRONG}"), ("digest", f"SHA-256={RIGHT}")],
    [("digest", f"SHA-256={RIGHT}"), ("content-digest", f"sha-256=:{WRONG}:")],
    [("digest", "MD5=AAAA")],
    [("digest", "SHA-256=")],
    [("digest", "SHA-256=%%%")],
    [("digest", f"SHA-256={RIGHT[:-4]}")],
    [("digest", "SHA-256=" + "A" * 5000)],
    [("content-digest", f"sha-256={RIGHT}")],
    [("content-digest", f"sha-256=:{RIGHT}:, sha-256=:{WRONG}:")],
    [("content-digest", "((((")],
])  # fmt: skip
def test_digests_that_do_not(headers: Headers) -> None:
    with pytest.raises((Unauthorized, Malformed)):
        check_digest(headers, BODY)


def test_a_get_needs_no_digest_unless_it_states_one() -> None:
    check_digest([], b"")
    with pytest.raises(Unauthorized):
        check_digest([("digest", f"SHA-256={RIGHT}")], b"")


GOOD = (
    f'keyId="{KEY_ID}",algorithm="rsa-sha256",'
    'headers="(request-target) host date digest",signature="AAAA"'
)


@pytest.mark.parametrize("value", [
    GOOD, "Signature " + GOOD, GOOD.replace(",", " , "), GOOD.replace('"AAAA"', "AAAA"),
    GOOD + ',unknown="x"',
    GOOD + ',created=1402170695,expires="1402170999"',
])  # fmt: skip
def test_header_spellings_that_are_read(value: str) -> None:
    [claim] = parse_signature("POST", "/inbox", [("signature", value)])
    assert claim.key_id == KEY_ID
    assert claim.covered == ("(request-target)", "host", "date", "digest")
    [other] = parse_signature(
        "POST", "/inbox", [("authorization", "Signature " + value.removeprefix("Signature "))]
    )
    assert other == claim


@pytest.mark.parametrize("value", [
    "", "x", "Signature", '"', "keyId=", 'keyId="a"', 'signature="AAAA"', GOOD + ',keyId="b"',
    GOOD.replace("AAAA", "A"),
    GOOD.replace("AAAA", "ÄÄÄÄ"), GOOD.replace("host date", "host host"), GOOD[:-1],
    GOOD.replace('"', "'"),
    GOOD + ",created=soon", GOOD + ",created=-5", GOOD + ",created=" + "9" * 40,
    GOOD.replace(KEY_ID, "k" * 3000),
    GOOD + "," + "x" * 20000, "a=" * 10000, ",".join(f"p{n}=1" for n in range(40)), GOOD + ' "',
    "keyId" + " " * 9000 + "=x",
    GOOD.replace("host date", " ".join(f"h{n}" for n in range(100))),
])  # fmt: skip
def test_headers_that_cannot_be_read(value: str) -> None:
    with pytest.raises(Malformed):
        parse_signature("POST", "/inbox", [("signature", value)])


def test_no_signature_and_two_signatures() -> None:
    for headers in ([], [("authorization", "Bearer x")]):
        with pytest.raises(Unauthorized):
            parse_signature("POST", "/inbox", headers)
    with pytest.raises(Malformed):
        parse_signature("POST", "/inbox", [("signature", GOOD), ("signature", GOOD)])


@pytest.mark.parametrize("inputs", [
    "", "sig1", "sig1=", "sig1=()", "sig1=1", 'sig1=("@method"', 'sig1=("@method")x',
    'sig1=("@method" "@method")', "sig1=(@method)",
    'sig1=("@METHOD")', 'sig1=("a""b")', 'sig1=("a");created=x', 'sig1=("a");created="1"',
    'sig1=("a");created=1;created=2',
    'sig1=("a");keyid=5', 'sig1=("a"),', 'sig1=("a"),sig1=("b")', 'sig2=("a")',
    'sig1=("a' + "\\" * 999, "(" * 9000, "a=(" * 5000,
    'sig1=("é")', 'sig1=("a");keyid="' + "k" * 3000 + '"', "sig1=(" + '"a" ' * 100 + ")",
    "x" * 20000,
])  # fmt: skip
def test_signature_inputs_that_cannot_be_read(inputs: str) -> None:
    headers = [("signature-input", inputs), ("signature", "sig1=:AAAA:")]
    try:
        [claim] = parse_signature("POST", "/inbox", headers)
    except (Malformed, Unauthorized):
        return
    # What can be read as far as the grammar goes must then fail for what it lacks.
    with pytest.raises(Unauthorized):
        check_cover(claim, "POST", has_body=True)


def test_signature_input_without_its_signature() -> None:
    inputs = ("signature-input", 'sig1=("@method");created=1;keyid="k"')
    for signature in (
        [],
        [("signature", "sig2=:AAAA:")],
        [("signature", "sig1=5")],
        [("signature", GOOD)],
    ):
        with pytest.raises(Malformed):
            parse_signature("POST", "/inbox", [inputs, *signature])


def test_several_labels_are_several_claims() -> None:
    headers = [
        (
            "signature-input",
            f'a=("@method");created=1;keyid="{KEY_ID}";tag="x", b=("@path");nonce="n"',
        ),
        ("signature", "a=:AAAA:, b=:BBBB:"),
    ]
    first, second = parse_signature("GET", "/", headers)
    assert (first.label, first.tag, first.created) == ("a", "x", 1)
    assert (second.label, second.nonce, second.signature) == ("b", "n", b"\x04\x10\x41")


def base_lines(components: str, request: Request) -> list[str]:
    [claim] = rfc9421.parse(f'sig1=({components});created=1;keyid="k"', "sig1=:AAAA:")
    return rfc9421.build_base(claim, request).decode().split("\n")[:-1]


REQUEST = Request("GET", "/a%20b/c?x=1&name=a%20b&y=~", [
    ("host", "B.Example:443"), ("x-list", " a "), ("x-list", "b\r\n  c"),
    ("content-digest", "sha-256=:AAAA:,  sha-512=:BBBB:"), ("x-dict", 'a=1, b=2;x="y", c=(1 2), d'),
])  # fmt: skip


@pytest.mark.parametrize(("component", "value"), [
    ('"@method"', "GET"), ('"@authority"', "b.example"), ('"@scheme"', "https"),
    ('"@path"', "/a%20b/c"),
    ('"@query"', "?x=1&name=a%20b&y=~"), ('"@request-target"', "/a%20b/c?x=1&name=a%20b&y=~"),
    ('"@target-uri"', "https://b.example/a%20b/c?x=1&name=a%20b&y=~"), ('"x-list"', "a, b c"),
    ('"x-list";bs', ":YQ==:, :YiBj:"), ('"@query-param";name="name"', "a%20b"),
    ('"@query-param";name="y"', "%7E"),
    ('"content-digest";sf', "sha-256=:AAAA:, sha-512=:BBBB:"), ('"x-dict";key="b"', '2;x="y"'),
    ('"x-dict";key="c"', "(1 2)"), ('"x-dict";key="d"', "?1"),
    ('"content-digest";key="sha-512"', ":BBBB:"),
])  # fmt: skip
def test_components(component: str, value: str) -> None:
    assert base_lines(component, REQUEST) == [f"{component}: {value}"]


@pytest.mark.parametrize("component", [
    '"@status"', '"@unknown"', '"@method";req', '"@query-param"', '"@query-param";name="none"',
    '"@query-param";name=5', '"missing"',
    '"x-list";sf', '"x-list";tr', '"x-dict";key="zz"', '"x-dict";key=5', '"x-list";bs;sf',
    '"host";req', '"x-list";key="a"',
])  # fmt: skip
def test_components_that_cannot_be_rebuilt(component: str) -> None:
    with pytest.raises((Unauthorized, Malformed)):
        base_lines(component, REQUEST)


@given(value=st.text(max_size=300), inputs=st.text(max_size=300))
@QUICK
def test_no_header_raises_anything_else(value: str, inputs: str) -> None:
    for headers in (
        [("signature", value)],
        [("signature-input", inputs), ("signature", value)],
        [("digest", value), ("content-digest", inputs)],
    ):
        with contextlib.suppress(Malformed, Unauthorized):
            check_digest(headers, b"x")
        with contextlib.suppress(Malformed, Unauthorized):
            for claim in parse_signature("POST", "/", headers):
                check_cover(claim, "POST", has_body=True)


def test_a_signed_query_parameter_comes_once() -> None:
    request = Request("GET", "/x?a=1&a=2", [("host", "b.example")])
    inputs = 'sig1=("@query-param";name="a");created=1;keyid="k"'
    [claim] = rfc9421.parse(inputs, "sig1=:AAAA:")
    with pytest.raises(Unauthorized):
        rfc9421.build_base(claim, request)
