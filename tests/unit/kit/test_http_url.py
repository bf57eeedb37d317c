"""What a URL from a stranger must look like before anything is done with it."""

import pytest

from fedi.kit.errors import RemoteRefused
from fedi.kit.http_url import Pin, Pins, check_url, join_url

ODD_HOSTS = [
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1",
    "8.8.8.8",
    "127.0.0.0x1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[fe80::1%25eth0]",
    "fe80::1",
    "localhost",
    "localhost.",
    "a.test.",
    "a..test",
    ".a.test",
    "a.test%00",
    "a.test%2e",
    "127\uff0e0\uff0e0\uff0e1",
    "a\u3002test",
    "a\uff61test",
    "\uff41.test",
    "\u2460.test",
    "user@a.test",
    "user:pass@a.test",
    "a.test\\@b.test",
    "b.test\\",
    "a.test:80@b.test",
    "-a.test",
    "a-.test",
    "a.test:22",
    "a.test:8443",
    "a.test:0",
    "a.test:99999",
    "a.test:",
    "a.test:+443",
    "a.test:\u0664\u0664\u0663",
    "a b.test",
    "a\t.test",
    "a\n.test",
    "a\x00.test",
    "x" * 64 + ".test",
    ".".join(["x" * 60] * 5) + ".test",
    "",
]


@pytest.mark.parametrize("host", ODD_HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_odd_hosts_are_refused(scheme: str, host: str) -> None:
    with pytest.raises(RemoteRefused):
        check_url(f"{scheme}://{host}/x")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https",
        "https:",
        "https:a.test",
        "https:/a.test",
        "https:///a.test",
        "//a.test/",
        "/path",
        "ftp://a.test/",
        "file:///etc/passwd",
        "gopher://a.test/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "java\nscript:alert(1)",
        " https://a.test/",
        "https://a.test/ ",
        "https://a.test/a b",
        "https://a.test/\\..\\b",
        "https://a.test/\ud800",
        "https://a.test/" + "x" * 5000,
    ],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(RemoteRefused) as caught:
        check_url(url)
    assert len(str(caught.value).encode()) <= 1024


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://a.test", "https://a.test/"),
        ("HTTPS://A.Test:443/X#y", "https://a.test/X"),
        ("http://a.test:80/?q", "http://a.test/?q"),
        ("http://a.test?q=1#x?y", "http://a.test/?q=1"),
        ("https://a.test:80/", "https://a.test:80/"),
        ("https://a_b.x-y.test/%2f//;a=b?c=[d]&e", "https://a_b.x-y.test/%2f//;a=b?c=[d]&e"),
        ("https://a.test/\xfc?\xe9", "https://a.test/%C3%BC?%C3%A9"),
        ('https://a.test/"<{|}>', "https://a.test/%22%3C%7B%7C%7D%3E"),
        ("https://b\xfccher.test/", "https://xn--bcher-kva.test/"),
        ("https://xn--bcher-kva.test/", "https://xn--bcher-kva.test/"),
        ("https://1.a.test/", "https://1.a.test/"),
    ],
)
def test_every_good_url_gets_one_spelling(url: str, same: str) -> None:
    checked = check_url(url)
    assert checked.url == same
    assert checked.url == str(checked.wire)
    assert checked.target == checked.wire.raw_path_qs
    assert checked.host == checked.wire.raw_host
    assert checked.port == checked.wire.port
    assert check_url(same) == checked


def test_a_pin_is_found_by_exact_name_then_by_longest_suffix() -> None:
    pins = Pins(
        {
            "Peer.test": "127.0.0.3:443",
            "*.peers.test": "127.0.0.4:8443",
            "*.far.peers.test": "[::1]:80",
        }
    )
    assert pins.find("peer.test") == Pin("127.0.0.3", 443)
    assert pins.find("sub.peer.test") is None
    assert pins.find("peers.test") is None
    assert pins.find("notpeers.test") is None
    a, b = pins.find("a.b.peers.test"), pins.find("a.far.peers.test")
    assert a == Pin("127.0.0.4", 8443)
    assert b == Pin("::1", 80)


def test_a_pinned_host_may_be_named_with_its_port_and_without_a_dot() -> None:
    pins = Pins({"localhost": "127.0.0.1:8001", "peer.test": "127.0.0.3:8443"})
    assert check_url("http://localhost:8001/x", pins).may_carry
    assert check_url("http://peer.test/", pins).may_carry
    assert check_url("https://peer.test:8443/", pins).is_pinned
    assert not check_url("http://other.test/", pins).may_carry
    for url in ["https://peer.test:8444/", "http://127.0.0.3:8443/", "http://127.0.0.1:8001/"]:
        with pytest.raises(RemoteRefused):
            check_url(url, pins)


@pytest.mark.parametrize(
    "at", ["", "peer:443", "127.0.0.3", "127.0.0.3:", "127.0.0.3:0", "127.0.0.3:70000", ":443"]
)
def test_a_slip_in_the_configuration_is_said(at: str) -> None:
    with pytest.raises(ValueError, match=r"peer\.test"):
        Pins({"peer.test": at})


def test_a_location_is_read_from_where_it_was_sent() -> None:
    base = check_url("https://a.test/x/y?z")
    assert join_url(base, "/p").url == "https://a.test/p"
    assert join_url(base, "p").url == "https://a.test/x/p"
    assert join_url(base, "?q").url == "https://a.test/x/y?q"
    assert join_url(base, "//b.test/p").url == "https://b.test/p"
    for bad in [
        "//127.0.0.1/",
        "http:\\\\b.test",
        "/\tx",
        "ftp://a.test/",
        "//[",
        "/" + "x" * 9000,
    ]:
        with pytest.raises(RemoteRefused):
            join_url(base, bad)
