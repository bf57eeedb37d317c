"""Rate limits through the client API: one count, however an address is spelled."""

import asyncio
from dataclasses import replace

import pytest

from fedi.config import Settings
from fedi.config.settings import Limits
from tests.integration.api.conftest import House, Member


@pytest.fixture
def settings(settings: Settings) -> Settings:
    limits = Limits(apps_per_10_minutes=4, token_per_5_minutes=40, statuses_per_3_hours=3)
    return replace(settings, limits=limits)


async def test_apps_are_counted_by_address_and_route(house: House) -> None:
    body = {"client_name": "App", "redirect_uris": "https://app.test/cb"}
    spellings = ("/api/v1/apps", "/api/v1/apps/", "/api//v1/apps", "/api/v1/apps?x=1")
    answers = await asyncio.gather(*(house.client.post(path, json=body) for path in spellings * 5))
    assert sum(answer.status_code == 200 for answer in answers) == 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json() == {"error": "Too many requests"}
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert int(refused.headers["retry-after"]) > 0
    forged = {"X-Forwarded-For": "203.0.113.7, 127.0.0.1"}
    assert (await house.client.post("/api/v1/apps", json=body, headers=forged)).is_success


async def test_every_answer_tells_how_much_is_left(house: House, alice: Member) -> None:
    first = await alice.get("/api/v1/timelines/home")
    second = await alice.get("/api/v1/statuses/1")
    assert (first.headers["x-ratelimit-limit"], second.status_code) == ("40", 404)
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert left == [39, 38]
    assert first.headers["x-ratelimit-reset"].endswith("Z")
    for number in range(3):
        posted = await alice.post("/api/v1/statuses", json={"status": str(number)})
        assert posted.headers["x-ratelimit-remaining"] == str(2 - number)
    assert (await alice.post("/api/v1/statuses", json={"status": "x"})).status_code == 429
    assert (await alice.get("/api/v1/timelines/home")).status_code == 200
