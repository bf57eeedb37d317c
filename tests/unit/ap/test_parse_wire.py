"""Every document of another server that we keep is read, today and after every change."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedi.ap.authority import PUBLIC, owns, visibility
from fedi.ap.documents import loads
from fedi.ap.parse import parse_activity, parse_actor, parse_collection, parse_keys, parse_note
from fedi.ap.vocabulary import Activity, Actor, Note
from fedi.ap.webfinger import parse_jrd
from fedi.kit.errors import RemoteNonsense

WIRE = Path(__file__).parents[2] / "wire"
DOCUMENTS = sorted(WIRE.rglob("*.json"))
READERS: dict[str, Any] = {
    "activity": parse_activity, "actor": parse_actor, "collection": parse_collection,
    "jrd": parse_jrd, "key": parse_keys, "note": parse_note,
}  # fmt: skip
ANA = "https://masto.example/users/ana"


def raw(name: str) -> Any:
    return loads((WIRE / f"{name}.json").read_bytes())


def note(name: str, **options: Any) -> Note:
    return parse_note(raw(name), **options)


def actor(name: str) -> Actor:
    return parse_actor(raw(name))


def activity(name: str) -> Activity:
    return parse_activity(raw(name))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_document_is_read(path: Path) -> None:
    document = loads(path.read_bytes())
    found = READERS[path.stem.partition("_")[0]](document)
    assert found
    if isinstance(found, Actor) and path.parent.name != "discourse":
        assert found.keys
        assert found.username != "unnamed"
    if isinstance(found, Note):
        assert owns(found.attributed_to, found.raw)
        assert found.content or found.is_vote or found.attachments
    if isinstance(found, Activity):
        assert found.objects


def test_there_are_many() -> None:
    assert len({path.parent.name for path in DOCUMENTS}) >= 20


def test_mastodon_actor() -> None:
    ana = actor("mastodon/actor_person")
    assert (ana.id, ana.type, ana.username, ana.locked, ana.bot) == (
        ANA,
        "Person",
        "ana",
        True,
        False,
    )
    assert ana.shared_inbox == "https://masto.example/inbox"
    assert ana.fields == (("Site", '<a href="https://ana.example" rel="me">ana.example</a>'),)
    assert [emoji.shortcode for emoji in ana.emojis] == ["bee"]
    assert ana.hashtags == ("bees",)
    assert ana.also_known_as == ("https://old.example/users/ana",)
    assert [(key.id, key.kind) for key in ana.keys] == [(ANA + "#main-key", "rsa")]
    assert ana.attribution_domains == ("blog.example",)
    assert (ana.discoverable, ana.indexable, ana.memorial) == (True, True, False)


def test_mastodon_note() -> None:
    found = note("mastodon/note")
    assert (found.summary, found.sensitive, found.language) == ("insects", True, "en")
    assert visibility(found.to, found.cc, ANA + "/followers") == "public"
    assert [(item.href, item.name) for item in found.mentions] == [
        ("https://beta.example/users/bo", "@bo@beta.example")
    ]
    assert found.hashtags == ("Bees",)
    [media] = found.attachments
    assert (media.type, media.alt, media.focal, media.width) == (
        "image",
        "A bee on a thistle",
        (0.1, -0.25),
        1600,
    )
    assert str(found.conversation).startswith("tag:")
    assert found.replies == ANA + "/statuses/501/replies"
    assert (found.likes_count, found.shares_count) == (3, 1)
    assert not found.is_vote


def test_mastodon_question_and_vote() -> None:
    poll = note("mastodon/note_question").poll
    assert poll
    assert [(option.name, option.votes) for option in poll.options] == [("yes", 2), ("no", 1)]
    assert (poll.multiple, poll.voters) == (False, 3)
    vote = parse_note(activity("mastodon/activity_vote").object)
    assert vote.is_vote
    assert vote.name == "yes"


def test_mastodon_activities() -> None:
    create = activity("mastodon/activity_create")
    assert create.object
    assert create.recipients == (PUBLIC, ANA + "/followers", "https://beta.example/users/bo")
    deleted = activity("mastodon/activity_delete_actor")
    assert deleted.actor == deleted.object_id == ANA
    assert activity("mastodon/activity_delete_post").object_id == ANA + "/statuses/501"
    assert activity("mastodon/activity_flag").object_ids == (
        "https://beta.example/users/spam",
        "https://beta.example/notes/66",
    )
    assert activity("mastodon/activity_move").target == "https://gamma.example/users/ana"


def test_collections() -> None:
    outbox = parse_collection(raw("mastodon/collection_outbox"))
    assert (outbox.total, outbox.first) == (812, ANA + "/outbox?page=true")
    page = parse_collection(raw("mastodon/collection_replies_page"))
    assert page.items[0] == ANA + "/statuses/504"
    assert isinstance(page.items[1], dict)
    embedded = parse_collection(raw("mastodon/note")["replies"])
    assert embedded.first_page
    assert embedded.first_page.next
    assert parse_collection(raw("lemmy/collection_moderators")).items == (
        "https://forum.example/u/mod",
    )


def test_gotosocial_scalars() -> None:
    found = note("gotosocial/note_scalars")
    assert found.to == (PUBLIC,)
    assert found.mentions[0].href == ANA
    assert found.attachments[0].alt == "a fox asleep"
    assert actor("gotosocial/actor_person").fields == (("Pronouns", "they"),)
    with pytest.raises(RemoteNonsense):
        actor("gotosocial/key_stub")
    [key] = parse_keys(raw("gotosocial/key_stub"))
    assert (key.id, key.owner) == (
        "https://gts.example/users/ro/main-key",
        "https://gts.example/users/ro",
    )
    votes = activity("gotosocial/activity_votes")
    assert [parse_note(item).name for item in votes.objects] == ["tea", "milk"]
    assert all(parse_note(item).is_vote for item in votes.objects)


def test_pleroma_family() -> None:
    found = note("pleroma/note")
    assert (found.language, found.summary, found.sensitive) == (None, None, False)
    assert found.attachments[0].url == "https://ple.example/media/1.png"
    assert found.emojis[0].shortcode == "ok"
    poll = note("pleroma/note_question_closed_future").poll
    assert poll
    assert (poll.closed, poll.multiple, poll.voters) == (False, True, None)
    assert poll.ends_at
    assert [option.votes for option in poll.options] == [4, 0]
    chat = note("pleroma/note_chat")
    assert chat.direct
    assert note("akkoma/note_local_public").language == "de"
    assert note("akkoma/note_local_public").quote == ANA + "/statuses/501"
    assert activity("akkoma/activity_emoji_react_custom").type == "EmojiReact"


def test_misskey() -> None:
    found = note("misskey/note_quote")
    assert (found.summary, found.sensitive) == ("", True)
    assert found.quote == ANA + "/statuses/501"
    assert found.in_reply_to == "https://miss.example/notes/9zj"
    assert visibility(found.to, found.cc, None) == "unlisted"
    assert found.attachments[0].sensitive
    poll = note("misskey/note_poll_votes").poll
    assert poll
    assert (poll.options[0].votes, poll.closed) == (7, True)
    undo = activity("misskey/activity_undo_like")
    assert undo.object_id is None
    assert undo.object
    assert undo.object["type"] == "Like"
    nyan = actor("misskey/actor_person")
    assert nyan.moved_to == "https://new.example/u/nyan"
    assert nyan.also_known_as == ("https://new.example/u/nyan",)


def test_lemmy() -> None:
    found = note("lemmy/note_page")
    assert found.name == "Bees in July & August"
    assert found.content.startswith(
        "<p><strong>Bees in July &amp; August</strong></p><p>see link</p>"
    )
    assert 'href="https://news.example/bees"' in found.content
    assert found.attachments[0].url == "https://other.example/pictrs/1.webp"
    announce = activity("lemmy/activity_announce_create")
    assert announce.object
    inner = parse_activity(announce.object)
    assert inner.type == "Create"
    assert "https://forum.example/c/garden" in inner.recipients


def test_peertube() -> None:
    found = note("peertube/note_video")
    assert found.attributed_to == "https://tube.example/accounts/kim"
    assert found.authors[1] == "https://tube.example/video-channels/hives"
    assert found.url == "https://tube.example/w/u1"
    [video] = found.attachments
    assert (video.type, video.url, video.height) == (
        "video",
        "https://tube.example/hls/1-480.mp4",
        480,
    )
    assert video.thumbnail == "https://tube.example/t/2.jpg"
    assert "second &lt;part&gt;" in found.content
    assert found.hashtags == ("bees",)
    assert actor("peertube/actor_person").icon_url == "https://tube.example/a600.png"


def test_pixelfed() -> None:
    found = note("pixelfed/note")
    assert len(found.mentions) == 1
    assert len(found.cc) == 2
    assert activity("pixelfed/activity_follow_no_to").recipients == ()
    assert actor("pixelfed/actor_person").indexable


def test_wordpress() -> None:
    found = note("wordpress/note_article")
    assert found.id == "https://blog.example/?p=41"
    assert found.summary is None, "an abstract is no warning"
    assert [item.url for item in found.attachments] == [
        "https://i0.wp.example/hive.jpg?fit=980%2C980&ssl=1"
    ]
    assert found.updated
    wes = actor("wordpress/actor_person")
    assert wes.keys[0].id == "https://blog.example/?author=2#main-key"
    assert wes.url == "https://www.blog.example/author/wes/"


def test_others() -> None:
    assert note("threads/note").id.endswith("/179/")
    assert note("bookwyrm/note_quotation").quote is None
    assert note("bookwyrm/note_review").content.startswith("<p><strong>Four stars")
    assert note("discourse/note_named").content == "<p>post body</p>"
    assert activity("discourse/activity_embedded_actor").actor == "https://disc.example/ap/actor/1"
    assert "&lt;b&gt;raw" in note("nodebb/note_article").content
    event = note("mobilizon/note_event").content
    assert "2026-09-01 08:00 UTC" in event
    assert "The &lt;old&gt; garden" in event
    assert note("bridgy/note_foreign_url").quote is None
    assert note("ghost/note_article").attachments[0].url == "https://ghost.example/i.jpg"
    snac = note("snac/note")
    assert (snac.language, snac.in_reply_to) == ("es", ANA + "/statuses/501")
    assert snac.mentions[1].name == ""
    assert snac.attachments[0].width is None
    assert not actor("snac/actor_person").locked
    assert actor("takahe/actor_person").discoverable


def test_keys_of_mitra_and_hubzilla() -> None:
    mitra = actor("mitra/actor_person")
    assert [(key.id.partition("#")[2], key.kind) for key in mitra.keys] == [
        ("main-key", "rsa"),
        ("ed25519-key", "ed25519"),
    ]
    assert ("Site", "https://li.example") in mitra.fields
    hub = actor("hubzilla/actor_person")
    assert len(hub.keys) == 1
    assert "https://hub.example/public_key_pem" in hub.key_ids


def test_accepts_of_every_kind() -> None:
    assert activity("mitra/activity_accept_iri").object_id == ANA + "#follows/1"
    nine = activity("friendica/activity_accept_nine")
    assert nine.object_id is None
    assert nine.object
    assert (nine.object["actor"], nine.object["object"]) == (ANA, nine.actor)
    assert activity("relay/activity_follow_public").object_id == PUBLIC


def test_terms_in_full() -> None:
    found = activity("compactor/activity_expanded_terms")
    assert (found.type, found.to) == ("Create", (PUBLIC,))
    inner = parse_note(found.object)
    assert (inner.type, inner.content, inner.to) == ("Note", "<p>terms in full</p>", (PUBLIC,))


def test_documents_are_plain_json() -> None:
    for path in DOCUMENTS:
        json.loads(path.read_text(encoding="utf-8"))
