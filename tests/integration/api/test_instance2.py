"""What the server says of itself, whole: limits, rules, texts, figures, peers and blocks."""

from dataclasses import replace
from typing import Any

import pytest

from fedi.core.accounts import service as profile
from fedi.core.domains.service import Rule, block
from fedi.core.moderation import rules
from fedi.kit.errors import Invalid, NotFound
from tests.integration.api.conftest import House, Member
from tests.integration.api.rooms import ask

HERE = "/api/v1/instance"


async def test_every_attribute_is_there(house: House) -> None:
    now = (await house.client.get("/api/v2/instance")).json()
    assert set(now) >= {
        "domain", "title", "version", "source_url", "description", "wrapstodon", "usage",
        "thumbnail", "icon", "languages", "configuration", "registrations", "api_versions",
        "contact", "rules",
    }  # fmt: skip
    limits = now["configuration"]
    assert set(limits) >= {
        "urls", "vapid", "accounts", "statuses", "media_attachments", "polls", "translation",
        "timelines_access", "limited_federation",
    }  # fmt: skip
    assert limits["accounts"]["max_note_length"] == profile.MAX_NOTE
    assert limits["accounts"]["max_profile_fields"] == profile.MAX_FIELDS
    assert limits["statuses"]["max_media_attachments"] == house.runtime.settings.media.per_post
    assert "image/png" in limits["media_attachments"]["supported_mime_types"]
    assert limits["polls"]["max_options"] >= 4
    assert now["registrations"] == {
        "enabled": False,
        "approval_required": False,
        "reason_required": False,
        "message": None,
        "min_age": None,
        "url": None,
    }
    before = (await house.client.get(HERE)).json()
    assert before["configuration"]["polls"] == limits["polls"]
    longest = limits["polls"]["max_characters_per_option"]
    assert before["poll_limits"]["max_option_chars"] == longest
    assert before["rules"] == now["rules"] == []


async def test_rules(house: House) -> None:
    async with house.runtime.unit() as unit:
        first = await rules.add_rule(unit, " Be kind. ", "Really.")
        second = await rules.add_rule(unit, "No spam.")
    listed = (await house.client.get(f"{HERE}/rules")).json()
    assert listed == [
        {"id": str(first.id), "text": "Be kind.", "hint": "Really.", "translations": {}},
        {"id": str(second.id), "text": "No spam.", "hint": "", "translations": {}},
    ]
    assert (await house.client.get("/api/v2/instance")).json()["rules"] == listed
    async with house.runtime.unit() as unit:
        await rules.remove_rule(unit, first.id)
    assert len((await house.client.get(f"{HERE}/rules")).json()) == 1
    for text in ("", "x" * 301):
        with pytest.raises(Invalid):
            async with house.runtime.unit() as unit:
                await rules.add_rule(unit, text)
    with pytest.raises(NotFound):
        async with house.runtime.unit() as unit:
            await rules.remove_rule(unit, 1)


async def test_texts(house: House) -> None:
    said: dict[str, Any] = {
        "extended_description": "We are *here*.",
        "privacy_policy": "We keep **nothing**.",
        "privacy_policy_date": "2026-01-31",
        "terms_of_service": "Be good.",
        "terms_of_service_date": "2026-02-01",
    }
    about = (await ask(house, "GET", f"{HERE}/extended_description", said)).json()
    assert "<em>here</em>" in about["content"]
    assert about["updated_at"].endswith("Z")
    policy = (await ask(house, "GET", f"{HERE}/privacy_policy", said)).json()
    assert policy["updated_at"] == "2026-01-31T00:00:00.000Z"
    assert "<strong>nothing</strong>" in policy["content"]
    terms = (await ask(house, "GET", f"{HERE}/terms_of_service", said)).json()
    assert terms["effective_date"] == "2026-02-01"
    assert terms["effective"] is True
    assert terms["succeeded_by"] is None
    dated = await ask(house, "GET", f"{HERE}/terms_of_service/2026-02-01", said)
    assert dated.json() == terms
    for day in ("2026-02-02", "x", "%00"):
        answer = await ask(house, "GET", f"{HERE}/terms_of_service/{day}", said)
        assert answer.status_code == 404
    assert (await house.client.get(f"{HERE}/terms_of_service")).status_code == 404
    assert (await house.client.get(f"{HERE}/privacy_policy")).json()["content"] == ""
    assert (await house.client.get(f"{HERE}/extended_description")).json()["content"] == ""


async def test_weekly_figures(house: House, alice: Member) -> None:
    await alice.write("one")
    weeks = (await house.client.get(f"{HERE}/activity")).json()
    assert len(weeks) == 12
    assert all(isinstance(value, str) for week in weeks for value in week.values())
    assert weeks[0]["statuses"] == "1"
    assert weeks[0]["registrations"] == "1"
    assert int(weeks[0]["week"]) - int(weeks[1]["week"]) == 7 * 86_400
    hidden = await ask(house, "GET", f"{HERE}/activity", {"show_activity": False})
    assert hidden.status_code == 404


async def test_peers(house: House) -> None:
    async with house.runtime.unit() as unit:
        for name in ("b.test", "bb.test", "c.test"):
            await unit.execute(
                "INSERT INTO accounts (id, username, domain, uri, created_at)"
                " VALUES ($1, 'zoe', $2, 'https://' || $2 || '/zoe', now())",
                await unit.new_id(),
                name,
            )
    path = "/api/v1/peers/search"
    assert (await house.client.get(path, params={"q": "B"})).json() == ["b.test", "bb.test"]
    assert (await house.client.get(path, params={"q": "%"})).json() == []
    assert (await house.client.get(path)).json() == []
    for off in (path, f"{HERE}/peers"):
        assert (await ask(house, "GET", off, {"show_peers": False})).status_code == 404


async def test_blocked_domains_for_those_who_may_know(house: House, alice: Member) -> None:
    async with house.runtime.unit() as unit:
        await block(unit, "bad.test", Rule(comment="awful", public_comment="spam"))
        await block(unit, "quite.worse.test", Rule(severity="silence", obfuscate=True))
        await block(unit, "odd.test", Rule(severity="noop", reject_media=True))
    path = f"{HERE}/domain_blocks"
    assert (await house.client.get(path)).status_code == 401
    found = (await alice.get(path)).json()
    assert [(item["domain"], item["severity"], item["comment"]) for item in found] == [
        ("bad.test", "suspend", "spam"),
        ("quit*.*****.test", "silence", ""),
    ]
    assert len(found[0]["digest"]) == 64
    public = await ask(house, "GET", path, {"show_domain_blocks": "public"})
    assert public.json() == found
    nobody = await ask(house, "GET", path, {"show_domain_blocks": "nobody"}, token=alice.token)
    assert nobody.status_code == 404


async def test_lists_that_apps_ask_for(house: House) -> None:
    codes = (await house.client.get(f"{HERE}/languages")).json()
    assert {"code": "en", "name": "English"} in codes
    assert len({item["code"] for item in codes}) == len(codes) > 100
    assert (await house.client.get(f"{HERE}/translation_languages")).json() == {}
    assert (await house.client.get("/api/v1/custom_emojis")).json() == []


async def test_there_are_no_invitations(house: House) -> None:
    answer = await house.client.get("/invite/abc", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["error"]


async def test_registrations_are_told_truthfully(house: House) -> None:
    settings = house.runtime.settings
    changed = replace(
        settings, registration=replace(settings.registration, mode="approval", reason_required=True)
    )
    answer = await ask(house, "GET", "/api/v2/instance", settings=changed)
    assert answer.json()["registrations"]["approval_required"] is True
    assert answer.json()["registrations"]["reason_required"] is True
