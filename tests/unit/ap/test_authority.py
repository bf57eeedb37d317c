"""Origins, ownership and audience."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.ap.authority import (
    PUBLIC,
    host_of,
    normalise_host,
    origin,
    owns,
    recipients_of,
    same_origin,
    tidy,
    visibility,
)
from fedi.ap.lenient import id_of

OURS = "https://our.host/users/1"

LOOKALIKES = [
    "https://our.host.evil.example/users/1", "https://our.host./users/1",
    "https://our.host:444/users/1", "http://our.host/users/1", "https://u@our.host/users/1",
    "https://u:p@our.host/users/1", "https://our.host:p@evil.example/users/1",
    "https://our.host@evil.example/", "https://our%2ehost/users/1",
    "https://our.host%2f.evil.example/",
    "https://our.h/ost", "https://our..host/", "https://.our.host/",
    "https://our.host\\.evil.example/", "https://evil.example\\@our.host/",
    "https://our.host%00.evil.example/",
    "https://our.host:443x/", "https://our.host:/", "https://our.host:0/",
    "https://our.host:99999/", "https:/our.host/", "https:our.host/", "//our.host/", "our.host",
    "https://our\uff0ehost/", "https://our\u3002host/", "https://\u043eur.host/",
    "https://our.ho\u017ft/", "https://our.host\u200b/", "https://our\u00ad.host/",
    "https://\uff4fur.host/", "https://our.host\t/",
    "https://our .host/", " https://our.host/", "https://[our.host]/", "https://our.host]/",
    "https://our_host/", "https://-our.host/", "https://our.host-/", "https://ou\u0308r.host/",
    "ftp://our.host/", "https://our.host:443:443/", "https://%6fur.host/", "https://our.host;x/",
    "https://our.host,x/", "https://xn--our.host/", "https://2130706433/", "https://0x7f.1/",
    "https://127.1/", "",
]  # fmt: skip


@pytest.mark.parametrize("url", LOOKALIKES)
def test_what_only_looks_like_ours_is_not(url: str) -> None:
    assert not same_origin(OURS, url)
    assert not owns(OURS, {"id": url, "attributedTo": OURS})


@pytest.mark.parametrize(
    "url",
    [
        "https://our.host",
        "https://OUR.HOST/x",
        "HTTPS://our.host/x",
        "https://our.host:443/x",
        "https://our.host?x",
        "https://our.host#x",
        "https://our.host:0443/x",
    ],
)
def test_other_spellings_of_ours(url: str) -> None:
    assert same_origin(OURS, url)


@pytest.mark.parametrize(("url", "found"), [
    ("https://Bücher.example/x", "https://xn--bcher-kva.example"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"), ("https://[::1]/x", "https://[::1]"),
    ("https://[0:0:0:0:0:0:0:1]:8443/", "https://[::1]:8443"),
    ("http://a.example:80", "http://a.example"), ("https://a.example:80", "https://a.example:80"),
    ("https://[::1%25eth0]/", None), ("https://256.1.1.1/", None), ("https://a.0x1/", None),
    ("https://" + "a." * 126 + "b", "https://" + "a." * 126 + "b"),
    ("https://" + "a" * 64 + ".example", None), ("https://" + "ü" * 300, None),
])  # fmt: skip
def test_origins(url: str, found: str | None) -> None:
    assert origin(url) == found


def test_hosts() -> None:
    assert host_of("https://A.example:8443/x") == "a.example:8443"
    assert normalise_host("a.example:1") is None
    assert not same_origin(None, None)
    assert not same_origin("x", "x")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("HTTPS://Bücher.Example:443/Inbox?a#b", "https://xn--bcher-kva.example/Inbox?a#b"),
        ("https://a.example", "https://a.example"),
        ("http://a.example:8080/inbox", "http://a.example:8080/inbox"),
        ("https://u@a.example/inbox", None),
        (None, None),
    ],
)
def test_one_spelling_of_an_address(url: str | None, found: str | None) -> None:
    assert tidy(url) == found


A, B = "https://a.example/users/1", "https://a.example/users/2"


@pytest.mark.parametrize(("document", "good"), [
    ({"id": "https://a.example/n/1", "attributedTo": A}, True),
    ({"id": "https://a.example/n/1", "attributedTo": {"id": A}}, True),
    ({"id": "https://a.example/n/1", "attributedTo": [{"type": "Group", "id": B},
    {"type": "Person", "id": A}]}, True), ({"id": "https://a.example/n/1", "actor": A}, True),
    ({"id": A}, True), ({"id": "https://a.example/n/1", "attributedTo": B}, False),
    ({"id": "https://b.example/n/1", "attributedTo": A}, False),
    ({"id": "https://a.example/n/1"}, False), ({"attributedTo": A}, False),
    ({"id": "https://a.example/n/1", "attributedTo": B, "actor": A}, False),
    ({"id": 5, "attributedTo": A}, False),
])  # fmt: skip
def test_ownership(document: dict[str, Any], good: bool) -> None:
    assert owns(A, document) is good


def test_visibility() -> None:
    followers = A + "/followers"
    assert visibility([PUBLIC], [followers], followers) == "public"
    assert visibility(["as:Public"], [], None) == "public"
    assert visibility([followers], ["Public"], followers) == "unlisted"
    assert visibility([followers], [], followers) == "private"
    assert visibility([B], [followers], followers) == "private"
    assert visibility([B], [], followers) == "direct"
    assert visibility([B + "/followers"], [], followers) == "direct"
    assert visibility(["https://a.example/#Public"], [], None) == "direct"
    assert visibility([], [], None) == "direct"


def test_recipients() -> None:
    assert recipients_of("as:Public", [A, {"id": B}, A, None, 5, "x"], {"id": "Public"}) == (
        PUBLIC,
        A,
        B,
    )


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    for url in (text, "https://" + text, "https://our.host" + text):
        found = origin(url)
        if found == "https://our.host" and id_of(url):
            assert url[8:].lower().startswith("our.host")
            assert not url[16:] or url[16] in "/?#:"
