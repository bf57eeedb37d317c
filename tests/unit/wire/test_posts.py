"""What fedi makes of the posts of other software, one by one."""

import pytest

from fedi.ap.authority import PUBLIC, owns, visibility
from fedi.ap.parse import parse_note
from fedi.ap.vocabulary import InteractionPolicy, Rule
from fedi.core.statuses.content import read_content
from fedi.kit.errors import RemoteNonsense
from tests.wire.reading import ANA, activity, collection, note, raw

QUOTED = "https://far.test/users/far/notes/1"
GTS = "https://gts.example/users/ro"


def test_mastodon_says_how_often_a_post_was_liked() -> None:
    found = note("mastodon/note_quote")
    assert (found.likes_count, found.shares_count, found.replies_count) == (41, 7, None)
    later = parse_note(activity("mastodon/activity_update_counts").object)
    assert (later.likes_count, later.shares_count) == (43, 8)


def test_mastodon_quotes_with_written_consent() -> None:
    found = note("mastodon/note_quote")
    assert found.quote == QUOTED
    assert found.quote_authorization == "https://far.test/users/far/stamps/1"
    assert found.interaction_policy == InteractionPolicy(quote=Rule((PUBLIC,), ()))


def test_old_names_that_are_no_addresses_are_keys_and_nothing_more() -> None:
    found = note("mastodon/note_tag_uris")
    assert found.in_reply_to is None
    assert str(found.conversation).startswith("tag:old.example")


def test_an_answer_to_an_old_name_is_found_by_its_address() -> None:
    stated = {"inReplyTo": "tag:old.example,2016:1", "inReplyToAtomUri": f"{ANA}/statuses/1"}
    assert note("mastodon/note_tag_uris", **stated).in_reply_to == f"{ANA}/statuses/1"


def test_gotosocial_policies_in_their_new_words() -> None:
    assert note("gotosocial/note_policies").interaction_policy == InteractionPolicy(
        like=Rule((PUBLIC,), ()),
        reply=Rule((GTS, f"{GTS}/followers"), (PUBLIC,)),
        announce=Rule((GTS,), ()),
        quote=Rule((), (f"{GTS}/followers",)),
    )


def test_gotosocial_policies_in_their_old_words() -> None:
    assert note("gotosocial/note_policies_old").interaction_policy == InteractionPolicy(
        like=Rule((PUBLIC,), ()),
        reply=Rule((GTS, f"{GTS}/followers"), (PUBLIC,)),
        announce=Rule((), ()),
    )


@pytest.mark.parametrize("said", [None, {}, [], {"canReply": {}}, {"canReply": None}, "all", 3])
def test_a_policy_that_says_nothing_is_none(said: object) -> None:
    assert note("gotosocial/note_policies", interactionPolicy=said).interaction_policy is None


def test_gotosocial_answers_that_were_allowed() -> None:
    name = "gotosocial/note_reply_approval_parent"
    assert note(name).reply_authorization == f"{ANA}/approvals/1"
    newer = note(name, replyAuthorization=f"{ANA}/stamps/2")
    assert newer.reply_authorization == f"{ANA}/stamps/2"


def test_gotosocial_describes_pictures_in_the_summary() -> None:
    assert note("gotosocial/note_scalars").attachments[0].alt == "a fox asleep"


def test_gotosocial_outboxes_name_posts_by_their_ids() -> None:
    [create] = collection("gotosocial/collection_outbox_page").items
    assert isinstance(create, dict)
    assert create["object"] == f"{GTS}/statuses/01B"


def test_pixelfed_without_comments() -> None:
    policy = note("pixelfed/note").interaction_policy
    assert policy
    assert policy.reply == Rule(("https://pix.example/users/lee",), ())
    assert policy.like == Rule((PUBLIC,), ())
    for said in ("[]", [], None, "nobody"):
        able = {"reply": said, "like": PUBLIC}
        reply = note("pixelfed/note", capabilities=able, commentsEnabled=True).interaction_policy
        assert reply
        assert reply.reply == policy.reply


def test_comments_are_off_by_a_switch_alone() -> None:
    found = note("lemmy/note_page_link").interaction_policy
    assert found == InteractionPolicy(reply=Rule(("https://other.example/u/kim",), ()))
    assert note("lemmy/note_page_link", commentsEnabled="true").interaction_policy is None


def test_pixelfed_scalars() -> None:
    found = note("pixelfed/note_scalars")
    assert visibility(found.to, found.cc, None) == "public"
    assert (found.summary, found.sensitive) == ("sea", True)
    assert [item.url for item in found.attachments] == ["https://pix.example/m/2.jpg"]
    assert found.interaction_policy
    assert found.interaction_policy.reply == Rule((PUBLIC,), ())


def test_pixelfed_mentions_once() -> None:
    found = note("pixelfed/note")
    assert (len(found.mentions), len(found.cc)) == (1, 2)


@pytest.mark.parametrize(
    "name",
    ["misskey/note_quote", "sharkey/note_quote", "threads/note_quote", "hollo/note"],
)
def test_the_line_of_a_quote_is_marked(name: str) -> None:
    found = note(name)
    assert found.quote
    content = read_content(found).content
    assert content.count('class="quote-inline"') >= 1
    before, _, line = content.partition('class="quote-inline"')
    assert "RE:" in line
    assert "RE:" not in before
    assert found.quote in line


def test_a_line_that_is_about_something_else_stays() -> None:
    link = '<a href="https://other.test/1">x</a>'
    for content in (f"<p>a<br>RE: {link}</p>", f"<p>RE: {link} and more</p>", "<p>RE: nothing</p>"):
        stored = read_content(note("misskey/note_quote", content=content)).content
        assert "quote-inline" not in stored


def test_what_was_typed_counts_when_there_is_nothing_else() -> None:
    assert note("sharkey/note_typed_only").content == "<p>just $[spin this]</p>"


def test_misskey_warning_without_words() -> None:
    found = note("misskey/note_quote")
    assert (found.summary, found.sensitive) == ("", True)


def test_misskey_polls_in_both_words_for_their_end() -> None:
    over = note("misskey/note_poll_votes").poll
    assert over
    assert over.closed
    running = note("misskey/note_poll_votes", closed=None, endTime="2999-01-01T00:00:00.000Z").poll
    assert running
    assert (running.closed, running.ends_at is not None) == (False, True)


def test_misskey_embeds_what_it_answers() -> None:
    assert note("misskey/note_quote").in_reply_to == "https://miss.example/notes/9zj"


def test_pleroma_posts_with_an_actor_are_no_activities() -> None:
    found = activity("pleroma/note_with_actor")
    assert (found.type, found.actor) == ("Create", "https://ple.example/users/pat")
    post = note("pleroma/note_with_actor")
    assert (post.type, post.language, post.content) == ("Note", None, "plain")
    assert (post.attachments[0].url, post.attachments[0].alt) == (
        "https://ple.example/media/2.png",
        "x",
    )


def test_pleroma_polls_end_when_they_say_that_they_are_closed() -> None:
    poll = note("pleroma/note_question_closed_future").poll
    assert poll
    assert (poll.closed, poll.voters, poll.ends_at is not None) == (False, None, True)


def test_akkoma_emojis_without_ids() -> None:
    for stated in (None, "", 3):
        tag = {"id": stated, "type": "Emoji", "name": "blob", "icon": {"url": "https://e.test/1"}}
        [emoji] = note("pleroma/note_with_actor", tag=tag).emojis
        assert (emoji.shortcode, emoji.id) == ("blob", None)


def test_akkoma_local_scope_widens_nothing() -> None:
    found = note("akkoma/note_local_public", cc=[])
    assert visibility(found.to, found.cc, None) == "direct"


def test_emojis_of_other_hosts() -> None:
    tags = raw("misskey/activity_emoji_host")["tag"]
    [emoji] = note("pleroma/note_with_actor", tag=tags).emojis
    assert (emoji.shortcode, emoji.url) == ("nya", "https://cat.example/nya.webp")


def test_lemmy_pages_that_are_links() -> None:
    found = note("lemmy/note_page_link")
    assert found.audience == ("https://forum.example/c/garden",)
    assert found.content.startswith("<p><strong>Only a link</strong></p>")
    assert '<a href="https://news.example/wasps">' in found.content
    assert found.attachments == ()
    assert found.language == "en"


def test_lemmy_comments_mention_their_group() -> None:
    found = note("lemmy/note_comment")
    assert found.audience == ("https://forum.example/c/garden",)
    assert found.mentions[1].href == found.audience[0], "which is how one tells it from a person"


def test_piefed_scalars_and_words() -> None:
    found = note("piefed/note_page")
    assert (found.sensitive, found.hashtags, found.interaction_policy) == (False, ("owls",), None)
    assert (found.attachments[0].alt, found.audience) == (
        "an owl",
        ("https://pie.example/c/birds",),
    )
    assert found.replies == "https://pie.example/post/11/replies"


def test_mbin_pages() -> None:
    found = note("mbin/note_page")
    assert found.summary is None, "an abstract is no warning"
    assert found.content.startswith("<p><strong>Tunes</strong></p><p>listen</p>")
    assert "https://music.example/5" in found.content
    assert found.hashtags == ("music",)


def test_peertube_films() -> None:
    found = note("peertube/note_video")
    [film] = found.attachments
    assert (film.url, film.duration) == ("https://tube.example/hls/1-480.mp4", 95.0)
    assert "<strong>short</strong>" in found.content, "markdown is read as such"
    assert "<p>1:35</p>" in found.content
    assert '<a href="https://tube.example/w/u1">' in found.content
    assert owns("https://tube.example/accounts/kim", found.raw)


def test_peertube_films_in_pieces_alone() -> None:
    found = note("peertube/note_hls_only")
    [film] = found.attachments
    assert (film.url, film.height, film.thumbnail) == (
        "https://tube.example/hls/2-720.mp4",
        720,
        "https://tube.example/t/9.jpg",
    )
    assert (found.summary, found.sensitive, found.authors[0]) == (
        "loud",
        True,
        "https://tube.example/accounts/kim",
    )
    assert "1:02:03" in found.content
    assert found.interaction_policy
    assert found.interaction_policy.reply == Rule(("https://tube.example/accounts/kim",), ())


def test_peertube_tells_of_likes_in_updates() -> None:
    found = parse_note(activity("peertube/activity_update_video").object)
    assert (found.likes_count, found.shares_count, found.replies_count) == (12, 2, 4)
    assert note("peertube/note_video").likes_count is None


def test_funkwhale_sounds() -> None:
    found = note("funkwhale/note_audio")
    assert found.url == "https://funk.example/library/tracks/1"
    [sound] = [item for item in found.attachments if item.type == "audio"]
    assert (sound.url, sound.duration) == ("https://funk.example/api/v1/listen/1.mp3", 181.0)
    assert "3:01" in found.content


def test_wordpress_addresses_stay_as_they_are() -> None:
    found = note("wordpress/note_reply")
    assert (found.id, found.attributed_to) == (
        "https://blog.example/?c=148",
        "https://blog.example/?author=2",
    )
    assert found.url == "https://blog.example/2026/07/keeping-bees/#comment-148"
    pictures = note("wordpress/note_article").attachments
    assert pictures[0].url == "https://i0.wp.example/hive.jpg?fit=980%2C980&ssl=1"


def test_articles_with_a_preview_alone() -> None:
    content = note("wordpress/note_preview_only").content
    assert content.startswith("<p><strong>Subscribers only</strong></p><p>The first lines.</p>")
    assert 'href="https://blog.example/2026/07/subscribers/"' in content


def test_articles_keep_their_body() -> None:
    found = note("writefreely/note_article")
    assert found.content.startswith("<p><strong>On moss</strong></p><h2>Green</h2><p>It grows.</p>")
    assert (found.language, found.hashtags, found.summary) == ("en", ("moss",), None)
    titled = note("writefreely/note_article", content="<h1>On moss</h1><p>It grows.</p>")
    assert titled.content.count("On moss") == 1, "a title is not said twice"
    ghost = note("ghost/note_article")
    assert visibility(ghost.to, ghost.cc, None) == "public"
    assert "<p>long</p>" in ghost.content


def test_forums_keep_the_topic() -> None:
    found = note("nodebb/note_article")
    assert (found.context, found.audience) == (
        "https://bb.example/topic/2",
        ("https://bb.example/category/3",),
    )
    assert found.content.count("whole text") == 1
    topic = note("discourse/note_named")
    assert (topic.name, topic.content) == ("A topic", "<p>post body</p>")
    assert topic.context == "https://disc.example/ap/collection/1"
    assert topic.audience == ("https://disc.example/ap/actor/2",)


def test_threads_addresses() -> None:
    found = note("threads/note_quote")
    assert found.id.endswith("/180/")
    assert found.url == "https://www.threads.net/@joe/post/C1"
    assert (found.likes_count, found.replies_count) == (100, 9)


def test_friendica_hidden_recipients_are_no_mentions() -> None:
    found = note("friendica/note_page")
    assert found.mentions == ()
    assert "https://beta.example/users/bo" in found.recipients
    assert "https://beta.example/users/bo" not in (*found.to, *found.cc)
    assert found.attachments == ()
    wafrn = note("wafrn/note_bcc")
    assert wafrn.mentions == ()
    assert visibility(wafrn.to, wafrn.cc, None) == "public"


def test_hubzilla_embeds_the_actor_and_lists_addresses() -> None:
    found = activity("hubzilla/activity_embedded_actor")
    assert found.actor == raw("hubzilla/actor_person")["id"]
    post = parse_note(found.object)
    assert post.url == "https://hub.example/item/1"
    assert post.context_history == "https://hub.example/conversation/1/history"


def test_streams_votes_with_an_empty_text() -> None:
    assert note("streams/note_vote").is_vote
    assert not note("streams/note_vote", content="a word").is_vote


def test_links_to_objects_that_are_quotes() -> None:
    for name in ("hollo/note", "mitra/note_link_tag"):
        assert note(name, quoteUrl=None).quote == QUOTED
    tags = [{**raw("mitra/note_link_tag")["tag"][0], "rel": "alternate"}]
    assert note("mitra/note_link_tag", tag=tags).quote is None


def test_bookwyrm_kinds() -> None:
    assert "<p>4/5</p>" in note("bookwyrm/note_review").content
    assert note("bookwyrm/note_comment").content == "<p>halfway through</p>"
    rating = note("bookwyrm/note_rating").content
    assert "Rated a book" in rating
    assert "4.5/5" in rating
    assert note("bookwyrm/note_quotation").quote is None, "quoted words are no address"


def test_mobilizon_events() -> None:
    found = note("mobilizon/note_event")
    assert "2026-09-01 08:00 UTC \u2013 2026-09-01 12:00 UTC" in found.content
    assert "The &lt;old&gt; garden" in found.content
    assert '<a href="https://mobi.example/events/1">' in found.content
    assert found.attachments[0].type == "image"
    assert owns("https://mobi.example/@olga", found.raw), "who arranged it speaks for it"
    assert owns("https://mobi.example/@garden_club", found.raw)
    assert not owns("https://mobi.example/@else", found.raw)
    online = note("mobilizon/note_event_online").content
    assert "<p>Hall, 1 Elm St, Ghent, Belgium</p>" in online
    assert '<a href="https://meet.example/seeds">' in online


def test_mentions_without_a_name() -> None:
    found = note("smithereen/note")
    assert (found.mentions[0].href, found.mentions[0].name) == (ANA, "")
    assert found.in_reply_to == f"{ANA}/statuses/501"
    assert found.conversation == "https://smith.example/posts/0"


def test_gnu_social_links_to_what_it_answers() -> None:
    found = note("gnusocial/note")
    assert found.in_reply_to == f"{ANA}/statuses/501"
    assert str(found.conversation).startswith("tag:quit.example")
    assert found.to == (PUBLIC,)


def test_owncast_sends_one_as_a_scalar() -> None:
    found = activity("owncast/activity_create")
    assert found.to == (PUBLIC,)
    post = parse_note(found.object)
    assert (len(post.attachments), post.hashtags) == (1, ("live",))


def test_outboxes_without_an_id() -> None:
    page = collection("emissary/collection_outbox_page")
    assert page.id is None
    assert isinstance(page.items[0], dict)


def test_featured_posts_may_be_objects() -> None:
    [item] = collection("bridgy/collection_featured").items
    assert isinstance(item, dict)
    assert item["id"] == "https://bsky.brid.example/convert/ap/at://x/1"


def test_numbers_and_switches_as_words() -> None:
    poll = note("oddities/note_expired_poll").poll
    assert poll
    assert (poll.options[0].votes, poll.voters, poll.closed, poll.multiple) == (0, 7, True, True)
    assert poll.ends_at
    assert poll.ends_at.isoformat() == "2026-01-01T09:00:00.500000+00:00"


@pytest.mark.parametrize(
    "kind", ["EncryptedMessage", "PrivateMessage", "Welcome", "Tombstone", "Person", "Like"]
)
def test_what_is_no_post(kind: str) -> None:
    with pytest.raises(RemoteNonsense):
        parse_note({**raw("hollo/note"), "type": kind})


def test_kinds_that_nobody_has_met_yet() -> None:
    found = note("hollo/note", type="Potluck", name="Friday", tag=[], quoteUrl=None)
    assert (found.type, found.content[:34]) == ("Potluck", "<p><strong>Friday</strong></p><p>s")


def test_many_pictures_are_all_kept() -> None:
    many = [{"type": "Image", "url": f"https://p.test/{number}.png"} for number in range(40)]
    assert len(note("hollo/note", attachment=many).attachments) == 32


@pytest.mark.parametrize(
    ("stated", "length"),
    [
        ("PT95S", 95.0), ("PT1H2M3.5S", 3723.5), ("P1DT1S", 86401.0), (12, 12.0), ("pt1m", 60.0),
        ("PT0S", None), ("soon", None), (-1, None), (True, None), (None, None), ("P", None),
        (["PT1S"], 1.0), (1e30, None),
    ],
)  # fmt: skip
def test_durations(stated: object, length: float | None) -> None:
    [film] = note("peertube/note_video", duration=stated).attachments
    assert film.duration == length


def test_relay_follows_name_everybody() -> None:
    found = activity("misskey/activity_follow_relay")
    assert (found.object_id, found.actor) == (PUBLIC, "https://miss.example/users/sys")


def test_reports_about_one() -> None:
    found = activity("iceshrimp/activity_flag")
    assert found.object_ids == ("https://beta.example/users/spam",)


def test_announces_of_a_page() -> None:
    found = activity("lemmy/activity_announce_page")
    assert found.object_id == note("lemmy/note_page").id


def test_consent_to_a_follow_with_the_public_in_copy() -> None:
    found = activity("bonfire/activity_accept")
    assert (found.type, found.object_id) == ("Accept", f"{ANA}#follows/9")


def test_deeds_that_nobody_needs_here() -> None:
    assert activity("owncast/activity_view").type == "View"
    assert activity("mbin/activity_lock").object_id == "https://mag.example/m/music/t/5/tunes"
