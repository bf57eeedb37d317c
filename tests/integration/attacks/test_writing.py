"""Hostile words: in posts, reactions and filters."""

from typing import Any
from urllib.parse import quote

import pytest

from fedi.core.announcements.service import publish
from fedi.core.filters.service import MOST_KEYWORDS, MOST_STATUSES
from tests.integration.attacks.conftest import Member, Site

NUMBERS = "9" * 4400


@pytest.mark.parametrize(
    "text",
    [
        f"#tag &#xE000;{NUMBERS}&#xE001;",
        "#tag [x](http://a.example/&#xE000;0&#xE001;)",
        '#tag [x](http://a.example "&#xE000;0&#xE001; onmouseover=x")',
        "#tag ![&#xE000;0&#xE001;](http://a.example/)",
        "[x](javascript&colon;alert(1)) [y](<javascript:alert(1)>) [z](data:text/html,x)",
        "[x](java&#10;script:alert(1)) <javascript:alert(1)> <script>alert(1)</script>",
    ],
)
async def test_markdown_that_forges_its_marks(site: Site, alice: Member, text: str) -> None:
    answer = await site.client.post(
        "/api/v1/statuses",
        json={"status": text, "content_type": "text/markdown"},
        headers=alice.headers,
    )
    assert answer.status_code == 200, answer.text
    content = answer.json()["content"]
    for bad in ('href="javascript', "<script", 'href="data', "onmouseover=x>", '="<'):
        assert bad not in content, content


async def react(site: Site, member: Member, name: str, number: int) -> int:
    path = f"/api/v1/announcements/{number}/reactions/{quote(name, safe='')}"
    return (await site.client.put(path, headers=member.headers)).status_code


async def test_a_reaction_is_an_emoji_and_nothing_else(site: Site, alice: Member) -> None:
    async with site.runtime.unit() as unit:
        number = await publish(unit, "https://a.test", "hear, hear")
        await unit.execute(
            "INSERT INTO custom_emojis (id, shortcode, file_key, static_key, content_type,"
            " created_at, updated_at) VALUES (1, 'kitten', $1, $1, 'image/png', now(), now())",
            "a" * 32 + ".png",
        )
    bad = ["FREE MONEY :kitten: here", "x::kitten", "<b>x</b> :kitten: ", "kitten: ", ":kitten:"]
    bad += ["KITTEN", "kitten\u200b", "\u202e", "a" * 5000, "\u2764" * 5000]
    for name in bad:
        assert await react(site, alice, name, number) in {404, 422}, name
    assert await react(site, alice, "kitten", number) == 200
    assert await react(site, alice, "\U0001f9a6", number) == 200
    rows = await site.runtime.db.fetch("SELECT name FROM announcement_reactions ORDER BY name")
    assert [row[0] for row in rows] == ["kitten", "\U0001f9a6"]


async def make_filter(site: Site, member: Member, count: int) -> dict[str, Any]:
    words = [{"keyword": f"word{number}"} for number in range(count)]
    answer = await site.client.post(
        "/api/v2/filters",
        json={"title": "t", "context": ["home"], "keywords_attributes": words},
        headers=member.headers,
    )
    return {"status": answer.status_code, **answer.json()}


async def test_filters_of_one_member_stay_few_enough_to_be_held_against_every_post(
    site: Site, alice: Member
) -> None:
    """Every page is held against all of them, in the process that serves everybody."""
    statuses = [(await make_filter(site, alice, MOST_KEYWORDS))["status"] for _ in range(6)]
    assert statuses[0] == 200
    assert statuses[-1] == 422
    count = await site.runtime.db.fetch("SELECT count(*) FROM filter_keywords")
    assert count[0][0] <= 2 * MOST_KEYWORDS


async def test_a_post_that_was_changed_very_often_is_still_a_short_answer(
    site: Site, alice: Member
) -> None:
    """Anybody may ask for it, and whoever wrote it may be elsewhere."""
    made = await site.client.post("/api/v1/statuses", json={"status": "now"}, headers=alice.headers)
    status_id = made.json()["id"]
    await site.runtime.db.fetch(
        "INSERT INTO status_edits (id, status_id, content, text, spoiler_text, sensitive,"
        " attachments, emojis, created_at) SELECT n, $1, repeat('x', 5000), '', '', false, '[]',"
        " '[]', now() FROM generate_series(1, 1000) n",
        int(status_id),
    )
    answer = await site.client.get(f"/api/v1/statuses/{status_id}/history")
    assert answer.status_code == 200
    assert len(answer.json()) <= 101
    assert answer.json()[-1]["content"] == "<p>now</p>"


async def test_single_posts_in_all_filters_of_one_member_stay_few(
    site: Site, alice: Member
) -> None:
    made = await site.client.post("/api/v1/statuses", json={"status": "x"}, headers=alice.headers)
    first, second = [(await make_filter(site, alice, 1))["id"] for _ in range(2)]
    await site.runtime.db.fetch(
        "INSERT INTO statuses (id, uri, account_id, local, visibility, content, created_at)"
        " SELECT n, 'https://a.test/n/' || n, $1, true, 0, '', now()"
        " FROM generate_series(1, $2::int) n",
        alice.account.id,
        MOST_STATUSES,
    )
    await site.runtime.db.fetch(
        "INSERT INTO filter_statuses (id, filter_id, status_id)"
        " SELECT n, $1, n FROM generate_series(1, $2::int) n",
        int(first),
        MOST_STATUSES,
    )
    answer = await site.client.post(
        f"/api/v2/filters/{second}/statuses",
        json={"status_id": made.json()["id"]},
        headers=alice.headers,
    )
    assert answer.status_code == 422
