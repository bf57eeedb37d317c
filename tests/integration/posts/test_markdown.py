"""Posts typed in markdown, and the language that posts are found to be in."""

import pytest

from fedi.core.statuses import queries
from fedi.federation.facts import Home, load_notes
from fedi.federation.render.note import render_note
from fedi.kit.errors import Invalid
from fedi.kit.language import detect_language
from tests.integration.posts.world import World
from tests.integration.posts.writing import change, row

TEXT = "**bees** of @bert in `@bert #code` #Bees https://e.org/_a_b_"


async def test_markdown_becomes_html_with_everything_in_it(world: World) -> None:
    anna, bert = await world.member("anna"), await world.member("bert")
    status_id = await world.post(anna, TEXT, content_type="text/markdown", mentions={"bert": bert})
    post = await row(world, "statuses", status_id)
    assert post["content"].startswith("<p><strong>bees</strong> of ")
    assert '<a href="https://a.test/@bert" class="u-url mention">' in post["content"]
    assert "<code>@bert #code</code>" in post["content"]
    assert 'href="https://e.org/_a_b"' in post["content"]
    assert post["tags"] == ["bees"]
    read = world.runtime.read()
    source = await queries.source(read, anna.id, status_id)
    assert (source.text, source.content_type) == (TEXT, "text/markdown")
    settings = world.runtime.settings
    home = Home(settings.origin, settings.local_domain)
    note = render_note((await load_notes(read, home, [status_id]))[status_id])
    assert note["source"] == {"content": TEXT, "mediaType": "text/markdown"}


async def test_an_edit_can_change_what_it_is_typed_in(world: World) -> None:
    anna = await world.member("anna")
    status_id = await world.post(anna, "*hi*")
    assert (await row(world, "statuses", status_id))["content"] == "<p>*hi*</p>"
    await change(world, anna, status_id, "*hi*", content_type="text/markdown")
    assert (await row(world, "statuses", status_id))["content"] == "<p><em>hi</em></p>"
    await change(world, anna, status_id, "*ho*")
    assert (await row(world, "statuses", status_id))["content"] == "<p><em>ho</em></p>"
    with pytest.raises(Invalid):
        await change(world, anna, status_id, "x", content_type="text/html")
    with pytest.raises(Invalid):
        await world.post(anna, "x", content_type="text/html")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://e.org/x.png)",
        '<img src="x" onerror="alert(1)">',
        "[x](data:text/html,<script>)",
        '<a href="https://e.org" onclick="x">y</a>',
        "\ue0000\ue001 \ue00099\ue001",
    ],
)
async def test_nothing_gets_in_that_plain_texts_cannot_hold(world: World, text: str) -> None:
    anna = await world.member("anna")
    status_id = await world.post(anna, text, content_type="text/markdown")
    content = (await row(world, "statuses", status_id))["content"]
    for bad in ("<script", "<img", 'href="javascript', 'href="data', '<a href="https://e.org" on'):
        assert bad not in content
    assert "\ue000" not in content


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning, how is everybody doing on this day?", "en"),
        ("Ich bin heute nicht zu Hause und das ist gut so.", "de"),
        ("今日はとても天気がいいです", "ja"),
        ("我今天非常高兴见到你们大家", "zh"),
        ("Привет, как ты? Это было бы хорошо", "ru"),
        ("lol", None),
        ("", None),
        ("https://example.org/the/and/is/that/of/you #the #and @you", None),
        ("lorem ipsum dolor sit amet consectetur", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert detect_language(text) == language
