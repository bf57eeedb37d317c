"""Long posts as articles, and what different readers make of them."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from fedi.ap.parse import parse_note
from fedi.federation import render
from fedi.federation.render.facts import Mention, NoteFacts, PollFacts, QuoteFacts
from fedi.federation.render.note import render_note
from fedi.kit.text import clean_html, plain_text, render_markdown, render_plain
from tests.unit.test_rendering import ACTOR, PLAIN

LONG = "Some words about bees & <flowers>. " * 60


def article(text: str, *, markdown: bool = False, **more: Any) -> dict[str, Any]:
    renderer = render_markdown if markdown else render_plain
    rendered = renderer(text, {}, lambda tag: f"https://a.test/tags/{tag}")
    return render_note(facts(rendered.html, text, **more))


def facts(content: str, text: str, **more: Any) -> NoteFacts:
    return replace(PLAIN, content=content, text=text, is_article=True, **more)


def test_it_has_title_abstract_text_link_and_short_form() -> None:
    found = article(f"On bees & <b>honey</b>\n\n{LONG}")
    assert found["type"] == "Article"
    assert found["name"] == "On bees & <b>honey</b>", "plain text: nothing of it is markup"
    assert found["url"] == PLAIN.url
    assert found["summary"].startswith("Some words about bees &amp; &lt;flowers&gt;. Some")
    assert found["summary"].endswith("\u2026")
    assert len(html.unescape(found["summary"])) <= 400
    assert found["content"].startswith("<p>Some words about bees &amp; &lt;flowers&gt;.")
    assert found["contentMap"] == {"en": found["content"]}
    assert found["source"]["content"].startswith("On bees")
    preview = found["preview"]
    assert (preview["type"], preview["attributedTo"]) == ("Note", ACTOR)
    assert "id" not in preview
    assert preview["content"] == (
        "<p><strong>On bees &amp; &lt;b&gt;honey&lt;/b&gt;</strong></p>"
        f"<p>{found['summary']}</p>"
        f'<p><a href="{PLAIN.url}">{PLAIN.url}</a></p>'
    )
    assert clean_html(preview["content"]).startswith("<p><strong>On bees")


def test_all_else_is_as_in_a_note() -> None:
    many: dict[str, Any] = {
        "mentions": (Mention(2, "https://b.test/users/bo", "bo", "b.test"),),
        "attachments": ({"url": "https://a.test/x.png", "media_type": "image/png"},),
        "tags": ("bees",),
        "quote": QuoteFacts("https://b.test/notes/1", "https://b.test/notes/1"),
        "visibility": 1,
    }
    text = f"<p>Bees</p><p>{LONG}</p>"
    found = render_note(facts(text, "Bees", **many))
    note = render_note(replace(facts(text, "Bees", **many), is_article=False))
    assert set(found) - set(note) == {"name", "preview"}
    assert {key for key in note if note[key] != found[key]} == {
        "type", "summary", "content", "contentMap",
    }  # fmt: skip
    assert found["content"] == note["content"].replace("<p>Bees</p>", "")
    assert found["content"].startswith('<p class="quote-inline">RE: ')


@pytest.mark.parametrize(
    ("text", "markdown", "title", "is_moved"),
    [
        ("# On *bees*\n\nThey hum.", True, "On bees", True),
        ("On bees\n\nThey hum.", True, "On bees", True),
        ("# On bees\n\nThey hum.", False, "On bees", True),
        ("On bees\nThey hum.", False, "On bees", True),
        ("On bees\nThey hum.", True, "On bees", True),
        # Marks across both lines would be torn, links would get lost, and a title is short.
        ("**On bees\nthey hum** a lot.", True, "On bees", False),
        ("On #bees\n\nThey hum.", False, "On #bees", False),
        (f"{LONG}\n\nThey hum.", False, None, False),
        # There must be something left, and nobody's name is a title.
        ("On bees", False, "On bees", False),
        ("@bob\n\nOn bees", False, "On bees", False),
        ("@bob On bees\n\nThey hum.", False, "On bees", False),
        ("> On bees\n\nThey hum.", True, "On bees", False),
        ("- bees\n- wasps", True, "bees", False),
    ],
)
def test_the_first_line_is_the_title(
    text: str, title: str | None, *, markdown: bool, is_moved: bool
) -> None:
    found = article(text, markdown=markdown)
    if title is None:
        title = f"{LONG[:149].rpartition(' ')[0]}\u2026"
    assert found["name"] == title
    assert len(found["name"]) <= 150
    whole = article(text, markdown=markdown, poll=PollFacts((), (), False, None, False, 0))
    assert (found["content"] == whole["content"]) is not is_moved
    assert clean_html(found["content"]) == clean_html(clean_html(found["content"]))
    assert ("On bees" in found["content"]) is (not is_moved and title == "On bees")
    assert found["content"].count("<p>") == found["content"].count("</p>")


def test_without_words_there_is_no_title() -> None:
    found = article("@bob")
    assert found["type"] == "Article"
    assert "name" not in found
    assert found["preview"]["content"].startswith("<p>@bob</p><p><a ")


def test_a_warning_hides_everything_below_it() -> None:
    found = article(f"He dies\n\n{LONG}", spoiler_text="the end of the <film>", sensitive=True)
    assert found["name"] == found["summary"] == "the end of the <film>"
    assert found["sensitive"] is True
    assert "He dies" in found["content"]
    preview = found["preview"]
    assert (preview["summary"], preview["sensitive"]) == (found["summary"], True)
    assert preview["content"] == f'<p><a href="{PLAIN.url}">{PLAIN.url}</a></p>'
    # Pictures alone are no reason to hide words, but readers take a summary for a warning then.
    found = article(f"Bees\n\n{LONG}", sensitive=True)
    assert (found["name"], found["summary"]) == ("Bees", None)
    assert "Some words" in found["preview"]["content"]


def test_the_title_of_a_note_for_a_group_says_nothing_that_a_warning_hides() -> None:
    group = Mention(3, "https://c.test/c/films", "films", "c.test")
    hidden = replace(facts("<p>He dies</p>", "He dies", group=group), is_article=False)
    assert render_note(hidden)["name"] == "He dies"
    assert render_note(replace(hidden, spoiler_text="the end"))["name"] == "the end"
    assert "name" not in render_note(replace(hidden, spoiler_text="!!!"))


def test_create_and_update_carry_it_and_a_poll_is_a_question() -> None:
    long = facts(f"<p>Bees</p><p>{LONG}</p>", "Bees")
    for activity in (render.render_create(long), render.render_note_update(long, "https://a/1")):
        assert activity["object"] == render_note(long)
    poll = PollFacts(("a", "b"), (0, 0), False, None, False, 0)
    assert render_note(replace(long, poll=poll))["type"] == "Question"


# --- readers ------------------------------------------------------------------------------------


def test_a_reader_of_short_posts_shows_title_abstract_and_link() -> None:
    """Mastodon and its kin ignore the content: title, summary and link are all they show."""
    found = article(f"On bees\n\n{LONG}")
    shown = f"<h2>{html.escape(found['name'])}</h2>{found['summary']}{found['url']}"
    assert plain_text(shown).startswith("On bees\n\nSome words about bees & <flowers>.")
    assert not re.search(r"<[a-z]", found["summary"]), "those who escape it show no markup"


def test_a_reader_of_forums_shows_title_and_text() -> None:
    """Lemmy and its kin: a title of at most 200 characters, and the text below it."""
    group = Mention(3, "https://c.test/c/bees", "bees", "c.test")
    found = article(f"On bees\n\n{LONG}", group=group)
    assert found["name"] == "On bees"
    assert len(found["name"]) <= 200
    assert "On bees" not in found["content"], "the title is not said twice"
    assert found["audience"] == group.uri


def test_fedi_shows_the_whole() -> None:
    note = parse_note(article(f"On bees & so on\n\n{LONG}"))
    assert note.type == "Article"
    assert note.content.startswith("<p><strong>On bees &amp; so on</strong></p><p>Some words")
    assert note.content.endswith(f'<p><a href="{PLAIN.url}">{PLAIN.url}</a></p>')
    assert (note.summary, note.sensitive) == (None, False)
    warned = parse_note(article(LONG, spoiler_text="bees", sensitive=True))
    assert (warned.summary, warned.sensitive) == ("bees", True)
