"""What we send, held against what others insist on; nothing here needs a database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fedi.ap.context import context_for
from fedi.federation import render
from fedi.federation.publish.outgoing import encode
from fedi.federation.render import consent
from fedi.federation.render.facts import BoostFacts, Mention, NoteFacts, PollFacts, QuoteFacts
from fedi.federation.render.note import render_note

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ORIGIN = "https://a.test"
ACTOR = f"{ORIGIN}/ap/users/1"
QUOTED = "https://b.test/notes/1"

PLAIN = NoteFacts(
    id=5,
    uri=f"{ACTOR}/statuses/5",
    url=f"{ORIGIN}/@ana/5",
    origin=ORIGIN,
    author_id=1,
    author_uri=ACTOR,
    followers_uri=f"{ACTOR}/followers",
    visibility=0,
    content="<p>hello</p>",
    text="hello",
    spoiler_text="",
    sensitive=False,
    language="en",
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    edited_at=None,
    in_reply_to_uri=None,
    in_reply_to_account_id=None,
    context_uri=f"{ORIGIN}/contexts/5",
)
BO = Mention(2, "https://b.test/users/bo", "bo", "b.test")
BOOST = BoostFacts(
    id=6,
    uri=f"{ACTOR}/statuses/6/activity",
    author_id=1,
    author_uri=ACTOR,
    followers_uri=f"{ACTOR}/followers",
    visibility=0,
    created_at=PLAIN.created_at,
    object_uri=QUOTED,
    object_author_id=2,
    object_author_uri=BO.uri,
)


def test_the_context_defines_what_is_used_and_nothing_else() -> None:
    note = render_note(replace(PLAIN, quote=QuoteFacts(QUOTED, QUOTED)))
    first, *_, terms = context_for(note)
    assert first == "https://www.w3.org/ns/activitystreams"
    assert {"quote", "quoteUri", "quoteUrl", "_misskey_quote", "interactionPolicy"} <= set(terms)
    assert "EmojiReact" not in terms
    assert encode(note) == encode(render_note(replace(PLAIN, quote=QuoteFacts(QUOTED, QUOTED))))


@pytest.mark.parametrize("mentions", [(), (BO,), (BO, replace(BO, account_id=3))])
@pytest.mark.parametrize("visibility", range(4))
def test_lists_are_lists_however_little_is_in_them(
    visibility: int, mentions: tuple[Mention, ...]
) -> None:
    note = render_note(replace(PLAIN, visibility=visibility, mentions=mentions))
    create = render.render_create(replace(PLAIN, visibility=visibility, mentions=mentions))
    for document in (note, create):
        assert isinstance(document["to"], list)
        assert isinstance(document["cc"], list)
    assert (create["to"], create["cc"]) == (note["to"], note["cc"])
    for name in ("tag", "attachment"):
        assert isinstance(note[name], list)
    for rule in note["interactionPolicy"].values():
        assert isinstance(rule["automaticApproval"], list)
        assert isinstance(rule["manualApproval"], list)


def test_everybody_is_written_in_full_and_people_as_plain_ids() -> None:
    for document in (render.render_create(PLAIN), render.render_announce(BOOST)):
        text = encode(document).decode()
        assert '"as:Public"' not in text
        assert '"Public"' not in text
        assert document["actor"] == ACTOR
        assert PUBLIC in document["to"]
        assert isinstance(document["id"], str)
    assert render.render_announce(BOOST)["object"] == QUOTED
    assert render.render_like("x", ACTOR, QUOTED, BO.uri)["object"] == QUOTED
    assert render.render_follow("x", ACTOR, BO.uri)["object"] == BO.uri
    assert render_note(PLAIN)["attributedTo"] == ACTOR


def test_a_post_has_all_its_parts() -> None:
    note = render_note(PLAIN)
    assert set(note) >= {
        *("id", "type", "attributedTo", "content", "contentMap", "published", "url", "to", "cc"),
        *("inReplyTo", "summary", "sensitive", "tag", "attachment", "replies", "likes", "shares"),
        *("conversation", "context", "interactionPolicy", "source", "searchableBy"),
    }
    assert note["summary"] is None
    assert note["contentMap"] == {"en": "<p>hello</p>"}
    assert note["source"] == {"content": "hello", "mediaType": "text/plain"}
    assert note["published"] == "2026-01-02T03:04:05Z"
    assert "updated" not in note
    assert '"id":null' not in encode(note).decode()
    edited = render_note(replace(PLAIN, edited_at=datetime(2026, 1, 3, tzinfo=UTC)))
    assert edited["updated"] == "2026-01-03T00:00:00Z"


def test_tags_name_people_with_their_hosts_and_hashtags_with_pages() -> None:
    tags: list[dict[str, Any]] = render_note(
        replace(PLAIN, mentions=(BO,), tags=({"name": "Bees"},))
    )["tag"]
    assert tags[0] == {"type": "Mention", "href": BO.uri, "name": "@bo@b.test"}
    assert tags[1] == {"type": "Hashtag", "href": f"{ORIGIN}/tags/bees", "name": "#Bees"}


@pytest.mark.parametrize(("multiple", "kind"), [(True, "anyOf"), (False, "oneOf")])
@pytest.mark.parametrize("is_over", [True, False])
def test_polls(multiple: bool, kind: str, is_over: bool) -> None:
    poll = PollFacts(("a", "b"), (1, 2), multiple, PLAIN.created_at, is_over, 3)
    note = render_note(replace(PLAIN, poll=poll))
    assert note["type"] == "Question"
    assert [option["name"] for option in note[kind]] == ["a", "b"]
    assert all("id" not in option for option in note[kind])
    assert note["votersCount"] == 3
    assert note["endTime"] == "2026-01-02T03:04:05Z"
    assert ("closed" in note) == is_over


def test_a_quote_is_named_in_every_way() -> None:
    quote = QuoteFacts(QUOTED, "https://b.test/@bo/1", "https://b.test/stamps/1")
    note = render_note(replace(PLAIN, quote=quote))
    for name in ("quote", "quoteUri", "quoteUrl", "_misskey_quote"):
        assert note[name] == QUOTED
    assert note["quoteAuthorization"] == "https://b.test/stamps/1"
    (link,) = note["tag"]
    assert (link["type"], link["href"]) == ("Link", QUOTED)
    assert link["mediaType"].startswith("application/ld+json; profile=")
    assert 'class="quote-inline">RE: <a href="https://b.test/@bo/1"' in note["content"]


def test_attachments_carry_their_words_twice() -> None:
    media = {
        "media_type": "video/mp4",
        "url": "https://a.test/x.mp4",
        "description": "a cat",
        "blurhash": "LKO2?U%2Tw=w]~RBVZRi};RPxuwH",
        "width": 4,
        "height": 3,
        "focus": (0.5, -0.5),
        "duration": 12.5,
        "preview_url": "https://a.test/x.png",
    }
    (document,) = render_note(replace(PLAIN, attachments=(media,)))["attachment"]
    assert document == {
        "type": "Document",
        "mediaType": "video/mp4",
        "url": "https://a.test/x.mp4",
        "name": "a cat",
        "summary": "a cat",
        "blurhash": "LKO2?U%2Tw=w]~RBVZRi};RPxuwH",
        "width": 4,
        "height": 3,
        "focalPoint": [0.5, -0.5],
        "duration": "PT12.50S",
        "icon": {"type": "Image", "url": "https://a.test/x.png"},
    }


@pytest.mark.parametrize("renderer", [render_note, render.render_create])
def test_what_stays_here_is_never_rendered(renderer: Any) -> None:
    with pytest.raises(ValueError, match="local-only"):
        renderer(replace(PLAIN, local_only=True))


class TestPolicies:
    def test_they_are_always_said_in_full(self) -> None:
        assert render_note(replace(PLAIN, quote_policy=2))["interactionPolicy"] == {
            name: {"automaticApproval": [PUBLIC], "manualApproval": []}
            for name in ("canQuote", "canReply", "canLike", "canAnnounce")
        }

    @pytest.mark.parametrize("facts", [PLAIN, replace(PLAIN, visibility=2, quote_policy=2)])
    def test_nobody_is_the_author(self, facts: NoteFacts) -> None:
        policy = render_note(facts)["interactionPolicy"]
        assert policy["canQuote"] == {"automaticApproval": [ACTOR], "manualApproval": []}

    def test_rules_name_circles_and_whom_the_post_mentions(self) -> None:
        rules = {"reply": {"automatic": [ACTOR], "manual": [PUBLIC]}}
        policy = render_note(replace(PLAIN, rules=rules, mentions=(BO,)))["interactionPolicy"]
        assert policy["canReply"] == {
            "automaticApproval": [ACTOR, BO.uri],
            "manualApproval": [PUBLIC],
        }
        assert policy["canLike"]["automaticApproval"] == [PUBLIC]

    def test_what_was_allowed_says_where(self) -> None:
        note = render_note(replace(PLAIN, allowed_by="https://b.test/approvals/1"))
        assert note["approvedBy"] == note["replyAuthorization"] == "https://b.test/approvals/1"
        boost = render.render_announce(replace(BOOST, allowed_by="https://b.test/approvals/1"))
        assert boost["approvedBy"] == boost["announceAuthorization"]


def test_who_may_search() -> None:
    assert render_note(PLAIN)["searchableBy"] == [ACTOR]
    assert render_note(replace(PLAIN, searchable=True))["searchableBy"] == [PUBLIC]
    private = replace(PLAIN, searchable=True, visibility=2)
    assert render_note(private)["searchableBy"] == [ACTOR]


def test_a_stamp_never_shows_the_post_that_quotes() -> None:
    stamp = consent.render_stamp("https://a.test/s/1", ACTOR, QUOTED, PLAIN.uri)
    assert stamp["interactingObject"] == QUOTED
    terms = context_for(stamp)[1]
    assert {"QuoteAuthorization", "interactingObject", "interactionTarget"} <= set(terms)


def test_who_is_asked_reads_only_what_is_meant_for_them_too() -> None:
    quote = QuoteFacts(QUOTED, QUOTED)
    private = replace(PLAIN, visibility=2, quote=quote)
    for facts, shows in (
        (replace(PLAIN, quote=quote), True),
        (replace(private, mentions=(BO,)), True),
        (private, False),
    ):
        instrument = consent.render_quote_request(facts, QUOTED, BO.uri)["instrument"]
        assert (instrument["id"], instrument["quote"]) == (PLAIN.uri, QUOTED)
        assert ("content" in instrument) == shows
