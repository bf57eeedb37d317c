"""Which addresses are "the public internet": own tables, because they say what strangers can reach.

The rule allows, it does not forbid: an IPv6 address must lie in 2000::/3 and an address of either
family must lie in no network of the table. Addresses of one family that carry one of the other
are judged by what they carry, or refused where carrying itself is the danger. The standard
library's own notion of a global address is not used: it calls several of these networks global,
and it changes between Python releases.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

REFUSED_V4: dict[str, str] = {
    "0.0.0.0/8": "this host on this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared by carriers (CGNAT)",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local, cloud metadata services",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112 name service sinks",
    "192.52.193.0/24": "multicast tunnels (AMT)",
    "192.88.99.0/24": "6to4 relays, withdrawn",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "AS112 name service sinks",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, and the broadcast address",
    "168.63.129.16/32": "the inner service of a large cloud, on a public number",
}

GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

# Only networks inside 2000::/3: what lies outside is refused without a line here.
REFUSED_V6: dict[str, str] = {
    "2001::/23": "protocol assignments: Teredo, benchmarks, overlay identifiers",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4: the packet would go to the IPv4 address inside",
    "2620:4f:8000::/48": "AS112 name service sinks",
    "3ffe::/16": "the former test network, returned",
    "3fff::/20": "documentation",
}

# IPv6 networks whose last 32 bits are the IPv4 address that is really reached.
CARRIES_V4: dict[str, str] = {
    "::ffff:0:0/96": "mapped: the socket layer itself speaks IPv4",
    "64:ff9b::/96": "the well-known translation prefix (NAT64)",
}

_V4 = tuple(IPv4Network(network) for network in REFUSED_V4)
_V6 = tuple(IPv6Network(network) for network in REFUSED_V6)
_CARRIERS = tuple(IPv6Network(network) for network in CARRIES_V4)

# An interface identifier of this form makes a router of an ISATAP site tunnel to the IPv4 address
# in the last 32 bits, whatever the prefix is. The mask leaves out the universal/local bit.
_ISATAP = 0x00005EFE
_ISATAP_MASK = 0xFDFFFFFF


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in `text`, strictly dotted or colon form without a zone; None for all else."""
    try:
        return IPv6Address(text) if ":" in text and "%" not in text else IPv4Address(text)
    except ValueError:
        return None


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """Whether a connection to `address` stays on the public internet."""
    parsed = parse_address(address) if isinstance(address, str) else address
    if isinstance(parsed, IPv6Address):
        return _is_public_v6(parsed)
    return parsed is not None and not any(parsed in network for network in _V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    number = int(address)
    inner = IPv4Address(number & 0xFFFFFFFF)
    if any(address in network for network in _CARRIERS):
        return is_public(inner)
    if address not in GLOBAL_UNICAST_V6 or any(address in network for network in _V6):
        return False
    is_isatap = (number >> 32) & _ISATAP_MASK == _ISATAP
    return not is_isatap or is_public(inner)
