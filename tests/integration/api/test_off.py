"""What is switched off answers in its form, and what was removed is gone; embedding; health."""

from typing import Any

import httpx
import pytest
from starlette.routing import Router

from fedi.health import Health
from tests.integration.api.conftest import House, Member

LISTS = [
    ("/api/v1/accounts/{me}/identity_proofs", []),
    ("/api/v1/accounts/{me}/collections", {"collections": []}),
    ("/api/v1/accounts/{me}/in_collections", {"collections": []}),
    ("/api/v1_alpha/accounts/{me}/collections", {"collections": []}),
    ("/api/v1_alpha/accounts/{me}/in_collections", {"collections": []}),
    ("/api/v1/annual_reports", {"annual_reports": [], "accounts": [], "statuses": []}),
    ("/api/v1/annual_reports/2026/state", {"state": "ineligible"}),
    ("/api/v1/donation_campaigns", {}),
    ("/api/v1/instance/translation_languages", {}),
]


@pytest.mark.parametrize(("path", "body"), LISTS)
async def test_empty_forms(alice: Member, path: str, body: Any) -> None:
    answer = await alice.get(path.replace("{me}", alice.id))
    assert answer.status_code == 200
    assert answer.json() == body


REFUSED = [
    ("POST", "/api/v1/collections", 403),
    ("POST", "/api/v1_alpha/collections", 403),
    ("GET", "/api/v1/collections/1", 404),
    ("PATCH", "/api/v1/collections/1", 404),
    ("PUT", "/api/v1/collections/1", 404),
    ("DELETE", "/api/v1/collections/1", 404),
    ("POST", "/api/v1/collections/1/items", 404),
    ("DELETE", "/api/v1/collections/1/items/2", 404),
    ("POST", "/api/v1/collections/1/items/2/revoke", 404),
    ("GET", "/api/v1/annual_reports/2026", 404),
    ("POST", "/api/v1/annual_reports/2026/read", 404),
    ("POST", "/api/v1/annual_reports/2026/generate", 404),
    ("GET", "/api/proofs", 404),
    ("GET", "/api/v1/search", 404),
    ("GET", "/api/v1/statuses/1/card", 404),
    ("GET", "/api/v1/reports", 404),
    ("POST", "/api/v1/notifications/dismiss", 404),
    ("GET", "/api/v2_alpha/notifications", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), REFUSED)
async def test_refused_in_words(alice: Member, method: str, path: str, status: int) -> None:
    answer = await alice.call(method, path, json={} if method != "GET" else None)
    assert answer.status_code == status
    assert answer.json()["error"]


EMBED = "/api/oembed"


async def test_a_public_post_can_be_embedded(house: House, alice: Member) -> None:
    post = await alice.write("A <script> & more")
    answer = await house.client.get(EMBED, params={"url": post["url"], "maxwidth": "300"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["type"] == "rich"
    assert body["version"] == "1.0"
    assert body["width"] == 300
    assert body["author_url"] == post["account"]["url"]
    assert body["html"].startswith("<blockquote")
    assert "<script" not in body["html"]
    hidden = await alice.write("words", spoiler_text="warning <b>")
    body = (await house.client.get(EMBED, params={"url": hidden["url"]})).json()
    assert "words" not in body["html"]
    assert "warning &lt;b" in body["html"]


async def test_what_cannot_be_embedded(house: House, alice: Member) -> None:
    private = await alice.write("secret", visibility="private")
    direct = await alice.write("secret", visibility="direct")
    own = await house.client.get(EMBED, params={"url": private["url"], "access_token": alice.token})
    assert own.status_code == 404
    for url in (private["url"], direct["url"], "https://a.test/@alice/1", "x", "a" * 9000):
        assert (await alice.get(EMBED, params={"url": url})).status_code == 404, url[:50]
    assert (await house.client.get(EMBED)).status_code == 400
    public = await alice.write("hello")
    for more in ({"maxwidth": "-5"}, {"maxwidth": "99999999"}):
        answer = await house.client.get(EMBED, params={"url": public["url"], **more})
        assert answer.json()["width"] == 400
    bad = await house.client.get(EMBED, params={"url": public["url"], "maxwidth": "wide"})
    assert bad.status_code == 400
    xml = await house.client.get(EMBED, params={"url": public["url"], "format": "xml"})
    assert xml.status_code == 404


async def test_health_in_the_words_of_apps(house: House) -> None:
    transport = httpx.ASGITransport(Router(Health(house.runtime).routes()))
    async with httpx.AsyncClient(transport=transport, base_url="https://a.test") as client:
        plain = await client.get("/health")
        assert plain.text == "OK"
        told = await client.get("/health", headers={"accept": "application/json"})
        assert told.json() == {"status": "UP"}
