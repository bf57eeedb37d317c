"""The proxy is wrong in one way; the doctor names it, and says nothing of it when it is right."""

from dataclasses import replace

import pytest

from tests.integration.doctor.conftest import ADDRESS, Found, Surgery
from tests.rig.faulty_proxy import Faults, http_date


def test_a_healthy_server_is_well(healthy: Found) -> None:
    assert not healthy.bad, [f for f in healthy.findings if f.severity != "ok"]
    looked_at = healthy.keys("ok")
    assert len(looked_at) > 20, looked_at


# fault, the keys of what must be named, and words that must be among those said
FAULTS = {
    "host rewritten": (Faults(host="127.0.0.1:3000"), {"host"}, "proxy_set_header Host"),
    "no X-Forwarded-Proto": (Faults(says_proto=False), {"forwarded_proto"}, "X-Forwarded-Proto"),
    "no X-Forwarded-For": (Faults(says_client=False), {"forwarded_for"}, "is missing"),
    "client believed": (Faults(believes_client=True), {"forwarded_for"}, "not touched"),
    "body limit": (Faults(most_body=100_000), {"body"}, "client_max_body_size"),
    "header limit": (Faults(most_header=1500), {"long"}, "large_client_header_buffers"),
    "digest stripped": (Faults(drop=("Digest",)), {"headers", "inbox"}, "digest is missing"),
    "date altered": (
        Faults(replace={"Date": http_date(-30)}),
        {"headers", "inbox"},
        "date was changed",
    ),
    "signature stripped": (Faults(drop=("Signature",)), {"headers", "inbox"}, "signature is miss"),
    "path decoded": (
        Faults(rewrite=lambda target: target.replace("%7E", "~").replace("%2F", "/")),
        {"path"},
        "proxy_pass",
    ),
    "query dropped": (
        Faults(rewrite=lambda target: target.partition("?")[0] if "echo" in target else target),
        {"path", "signed"},
        "rewrites addresses",
    ),
    "cache": (Faults(caches=True), {"cache"}, "proxy_cache"),
    "vary lost": (Faults(drop_answer=("Vary",)), {"cache"}, "Vary"),
    "no upgrade": (Faults(upgrades=False), {"websocket"}, "proxy_set_header Upgrade"),
    "pages under /.well-known": (
        Faults(pages=("/.well-known",)),
        {"webfinger", "host_meta", "nodeinfo"},
        "/.well-known",
    ),
    "cors doubled": (
        Faults(replace_answer={"Access-Control-Allow-Origin": "https://app.test"}),
        {"webfinger"},
        "Access-Control-Allow-Origin",
    ),
    "type of the actor": (
        Faults(replace_answer={"Content-Type": "application/json"}),
        {"actor"},
        "Content-Type",
    ),
    "redirect loop": (Faults(redirect="https://a.test/"), {"redirect"}, "Take out the redirect"),
    "inbox forbidden": (Faults(forbidden=("/inbox",)), {"inbox", "rate"}, "firewall"),
    "actor forbidden": (Faults(forbidden=("/actor",)), {"actor"}, "403"),
    "deliveries limited": (Faults(posts=10), {"rate"}, "limit_req"),
    "date of another time": (
        Faults(replace_answer={"Date": http_date(3600)}),
        {"clock"},
        "timedatectl",
    ),
    "compressed": (
        Faults(replace_answer={"Content-Encoding": "br"}),
        {"compressed"},
        "Content-Encoding",
    ),
    "another site": (Faults(pages=("/",)), {"door"}, "Something other than fedi"),
    "no upstream": (Faults(upstream_gone=True), {"upstream"}, "does not reach fedi"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_of_the_proxy_is_named(surgery: Surgery, healthy: Found, name: str) -> None:
    faults, keys, words = FAULTS[name]
    found = await surgery.visit_with(faults)
    assert keys <= found.bad, found.findings
    assert any(words in found.words(key) for key in keys), found.findings
    assert not keys & healthy.bad


@pytest.mark.parametrize(
    "name",
    ["body limit", "header limit", "no upgrade", "deliveries limited", "no X-Forwarded-Proto"],
)
async def test_and_nothing_else_is_said(surgery: Surgery, name: str) -> None:
    faults, keys, _ = FAULTS[name]
    found = await surgery.visit_with(faults)
    assert found.bad == keys, found.findings


async def test_a_slow_proxy(surgery: Surgery, healthy: Found) -> None:
    found = await surgery.visit_with(Faults(delay=0.3), slow=0.25)
    assert "slow" in found.keys("warning")
    assert "slow" not in healthy.bad


async def test_certificates(surgery: Surgery, healthy: Found) -> None:
    issue = surgery.issuer.issue
    cases = {
        "expired": (issue("old", ["a.test"], days=-1), "expired"),
        "another name": (issue("other", ["other.test"]), "for another name"),
        "incomplete": (issue("part", ["a.test"], whole=False), "fullchain.pem"),
    }
    for name, (certificate, words) in cases.items():
        found = await surgery.visit_behind(certificate)
        assert {"certificate", "door"} <= found.keys("problem"), (name, found.findings)
        assert words in found.words("certificate"), (name, found.findings)
        assert "WebFinger" in found.words("unseen"), "what could not be seen is said"
    assert "certificate" not in healthy.bad


async def test_a_certificate_that_expires_soon(surgery: Surgery) -> None:
    found = await surgery.visit_behind(surgery.issuer.issue("soon", ["a.test"], days=5))
    assert found.bad == {"certificate"}
    assert "expires soon" in found.words("certificate")


async def test_an_untrusted_proxy(surgery: Surgery) -> None:
    found = await surgery.visit_with(Faults(source="127.0.0.9"))
    assert found.bad == {"trusted_proxies"}
    assert "127.0.0.9" in found.words("trusted_proxies")


async def test_dns(surgery: Surgery, healthy: Found) -> None:
    pinless = surgery.settings({})

    async def nowhere(name: str) -> list[str]:
        raise OSError(f"{name}: no such name")

    found = await surgery.visit(pinless, resolve=nowhere)
    assert {"dns", "door"} <= found.keys("problem")
    assert "A record" in found.words("dns")

    async def here(name: str) -> list[str]:
        return [ADDRESS]

    found = await surgery.visit(pinless, resolve=here, https_port=surgery.proxy.port)
    assert "dns" in found.keys("warning"), "a private address is not what others see"
    assert "address" not in found.bad
    assert "door" in found.keys("warning"), "the guard does not go there, which proves nothing"
    assert "dns" not in healthy.bad


async def test_an_ipv6_address_where_nobody_listens(surgery: Surgery) -> None:
    async def both(name: str) -> list[str]:
        return [ADDRESS, "::1"]

    senses = {"resolve": both, "is_public": lambda _: True, "https_port": surgery.proxy.port}
    found = await surgery.visit(surgery.settings({}), **senses)
    assert "address" in found.bad
    assert "::1" in found.words("address")
    assert "IPv6" in found.words("address")
    assert "AAAA" in found.words("address")


async def test_port_80(surgery: Surgery, healthy: Found) -> None:
    proxy = surgery.proxy
    good = proxy.plain_port
    try:
        await proxy.listen_plain(ADDRESS, "")
        found = await surgery.visit()
        assert "plain" in found.keys("warning")
        await proxy.listen_plain(ADDRESS, "http://a.test/")
        found = await surgery.visit()
        assert "plain" in found.keys("warning")
    finally:
        proxy.plain_port = good
    assert "plain" not in healthy.bad


async def test_a_handle_domain_that_leads_nowhere(surgery: Surgery) -> None:
    settings = replace(surgery.settings(), handle_domain="handles.test")
    hosts = {**settings.outbound.hosts, "handles.test": f"{ADDRESS}:9"}
    found = await surgery.visit(replace(settings, outbound=replace(settings.outbound, hosts=hosts)))
    assert "webfinger" in found.keys("problem")
    assert "https://a.test$request_uri" in found.words("webfinger")
    assert "handles.test" in found.words("address")
