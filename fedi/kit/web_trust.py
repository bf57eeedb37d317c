"""Who really asks: the client behind trusted proxies, and the host that it asked for.

Headers of proxies are believed only when the connection comes from one of the trusted networks.
In `X-Forwarded-For` the right-most address that is no trusted proxy is the client: everything to
the left of it was written by the client itself.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Proxies:
    """The networks whose `X-Forwarded-*` headers are believed."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def _trusts(self, address: str) -> bool:
        found = _parse(address)
        if found is None:
            return False
        return any(found.version == net.version and found in net for net in self._networks)

    def find_client(self, peer: str, forwarded_for: str) -> str:
        """The address of the client, given the peer's and the header's value.

        A `peer` without address came over a unix socket of ours and is trusted.
        """
        if not forwarded_for or (peer and not self.trusts(peer)):
            return peer
        client = peer
        for hop in reversed(forwarded_for[-2048:].split(",")):
            address = _parse(_without_port(hop.strip()))
            if address is None:
                break
            client = str(address)
            if not self.trusts(client):
                break
        return client


@lru_cache(maxsize=8192)
def limit_key(address: str) -> str:
    """What an address is counted under: itself, or the /64 that an IPv6 client owns."""
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found or address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _without_port(hop: str) -> str:
    """The address in `1.2.3.4`, `1.2.3.4:567`, `[::1]:567` or `::1`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def normalise_host(host: str, scheme: str) -> str:
    """A `Host` header in the one spelling that it is compared in."""
    name, colon, port = host.strip().lower().partition(":")
    return f"{name.rstrip('.')}{colon}{port}".removesuffix(_DEFAULT_PORTS.get(scheme, ":80"))


class Hosts:
    """The names that we answer to; for all others the answer is 421."""

    def __init__(self, names: Sequence[str], *, is_trial: bool) -> None:
        self._names = {normalise_host(name, "https") for name in names if name}
        self._names |= {normalise_host(name, "http") for name in names if name}
        self._is_trial = is_trial

    def knows(self, host: str, scheme: str) -> bool:
        """Whether `host` is one of ours; on a trial machine every loopback name is."""
        name = normalise_host(host, scheme)
        if name in self._names:
            return True
        return self._is_trial and is_loopback_name(name)


def is_loopback_name(host: str) -> bool:
    """Whether a `Host` names this very machine."""
    if host.startswith("["):
        return host.startswith("[::1]")
    name = host.partition(":")[0]
    return name in {"localhost", "127.0.0.1"} or name.endswith(".localhost")
