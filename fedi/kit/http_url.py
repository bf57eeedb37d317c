"""Which URLs we are ready to fetch, in one spelling, so that no two parsers can differ on them.

    check_url   any text from a stranger → SplitUrl, or RemoteRefused
    Pins        the hosts that the configuration places at an address of its own choice

A URL passes when it is http(s) to a plain host name on a usual port. Addresses in place of names,
in whatever spelling, user names, backslashes, trailing dots and look-alike dots are refused
here, before anything is resolved or stored.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

from yarl import URL

from fedi.kit.addresses import parse_address
from fedi.kit.errors import RemoteRefused

MAX_URL = 4096
USUAL_PORTS = {"https": 443, "http": 80}

_URL = re.compile(
    r"(https?)://([^/?#@:\[\]\\]+)(?::([0-9]{1,5}))?([/?][^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
# Space and below, delete, the backslash that browsers take for a slash, and C1 controls.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# The last label starts with a letter, which no number-like spelling of an address does.
_HOST = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_PINNED_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_KEPT = "!#$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a named host is reached."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class SplitUrl:
    """A URL that was checked; `url` is the one spelling in which it is signed and sent."""

    url: str
    scheme: str
    host: str
    port: int
    target: str
    is_pinned: bool
    wire: URL = field(repr=False, compare=False)

    @property
    def may_carry(self) -> bool:
        """Whether content and signatures may travel: over TLS, or to a host the operator named."""
        return self.scheme == "https" or self.is_pinned


class Pins:
    """Hosts by exact name (`peer.test`) or suffix (`*.peers.test`), each at `address:port`."""

    def __init__(self, hosts: Mapping[str, str] | None = None) -> None:
        self._by_name = {name.lower(): _parse_pin(name, at) for name, at in (hosts or {}).items()}
        self.endpoints = frozenset((pin.address, pin.port) for pin in self._by_name.values())

    def find(self, host: str) -> Pin | None:
        """The pin for `host`; the exact name wins, then the longest suffix."""
        if not self._by_name:
            return None
        if pin := self._by_name.get(host):
            return pin
        _, _, parent = host.partition(".")
        while parent:
            if pin := self._by_name.get(f"*.{parent}"):
                return pin
            _, _, parent = parent.partition(".")
        return None


NO_PINS = Pins()


def check_url(url: str, pins: Pins = NO_PINS) -> SplitUrl:
    """Take a stranger's URL apart, or refuse it; nothing is resolved.

    Raises:
        RemoteRefused: The URL is not one that we would ever fetch.
    """
    if len(url) > MAX_URL:
        raise RemoteRefused("url", "longer than we read")
    parts = _URL.fullmatch(url)
    if parts is None or _FORBIDDEN.search(url):
        raise _refused(url, "not a plain http(s) URL")
    scheme, host = parts[1].lower(), _plain_host(parts[2], url)
    pin = pins.find(host)
    if not (_PINNED_HOST if pin else _HOST).fullmatch(host) or len(host) > 253:
        raise _refused(url, "not a host name")
    usual = USUAL_PORTS[scheme]
    port = int(parts[3] or usual)
    if port not in {443, 80} and not (pin and port == pin.port):
        raise _refused(url, "unusual port")
    target = _plain_target(parts[4] or "/", url)
    authority = host if port == usual else f"{host}:{port}"
    text = f"{scheme}://{authority}{target}"
    return SplitUrl(text, scheme, host, port, target, pin is not None, URL(text, encoded=True))


def join_url(base: SplitUrl, location: str, pins: Pins = NO_PINS) -> SplitUrl:
    """The checked URL that a `Location` header means, seen from `base`."""
    if len(location) > MAX_URL or _FORBIDDEN.search(location):
        raise RemoteRefused("redirect", "unreadable Location header")
    try:
        joined = urljoin(base.url, location)
    except ValueError as problem:
        raise RemoteRefused("redirect", "unreadable Location header") from problem
    return check_url(joined, pins)


def _plain_host(host: str, url: str) -> str:
    """The host in lower-case ASCII; a name that changes under Unicode folding is a disguise."""
    host = host.lower()
    if host.isascii():
        return host
    if unicodedata.normalize("NFKC", host) != host or "\u3002" in host:
        raise _refused(url, "disguised host name")
    try:
        return URL.build(scheme="https", host=host).raw_host or ""
    except ValueError as problem:
        raise _refused(url, "not a host name") from problem


def _plain_target(target: str, url: str) -> str:
    if target.startswith("?"):
        target = f"/{target}"
    try:
        return quote(target, safe=_KEPT)
    except UnicodeEncodeError as problem:
        raise _refused(url, "not Unicode text") from problem


def _parse_pin(name: str, at: str) -> Pin:
    """Read `address:port` or `[v6 address]:port`; a slip here is the operator's and says so."""
    address, _, port = at.rpartition(":")
    parsed = parse_address(address.removeprefix("[").removesuffix("]"))
    if parsed is None or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"outbound host {name!r}: {at!r} is not an address and port")
    return Pin(str(parsed), int(port))


def _refused(url: str, why: str) -> RemoteRefused:
    return RemoteRefused("url", f"{why}: {url[:200]!a}")
