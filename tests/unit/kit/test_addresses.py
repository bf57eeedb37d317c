"""The address table: each line by itself, its edges, and every form in which IPv4 hides in IPv6."""

from ipaddress import ip_network

import pytest

from fedi.kit import addresses
from fedi.kit.addresses import is_public, parse_address


@pytest.mark.parametrize("network", [*addresses.REFUSED_V4, *addresses.REFUSED_V6])
def test_every_line_of_the_table_is_refused_from_edge_to_edge(network: str) -> None:
    net = ip_network(network)
    assert not is_public(str(net.network_address))
    assert not is_public(str(net.broadcast_address))
    assert not is_public(str(net.network_address + net.num_addresses // 2))


@pytest.mark.parametrize("network", addresses.REFUSED_V4)
def test_every_ipv4_line_is_refused_inside_every_carrier(network: str) -> None:
    inner = ip_network(network).network_address
    for carrier in addresses.CARRIES_V4:
        assert not is_public(str(ip_network(carrier).network_address + int(inner)))


NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.19.255.255",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # compatible
    "::8.8.8.8",
    "::ffff:127.0.0.1",  # mapped
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",  # translated (SIIT)
    "::ffff:0:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::127.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",  # 6to4
    "2002:808:808::1",
    "2001:0:7f00:1::",  # Teredo
    "2001::ffff:8080:8080",
    "2a00:1450:4001::5efe:127.0.0.1",  # ISATAP
    "2a00:1450:4001:0:200:5efe:10.0.0.1",
    "fe80::5efe:127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450:4001::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "ff02::1",
    "100::1",
    "100:0:0:1::1",
    "5f00::1",
    "2001:db8::1",
    "2001:2::1",
    "2001:10::1",
    "3fff::1",
    "4000::1",
]

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2003::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2a00:1450:4001::5efe:8.8.8.8",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "localhost",
            "2130706433",
            "127.1",
            "0x7f.1",
            "0177.0.0.1",
            "127.0.0.1 ",
            "1.2.3.4.5",
        ),
        *("[::1]", "1.2.3", "\uff18.8.8.8", "::ffff:127.1", "8.8.8.8/32"),
    ],
)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert parse_address(text) is None
    assert not is_public(text)
