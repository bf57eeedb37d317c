"""The habits of other software that break servers which do not know of them, and our tests.

One row for each habit: whose it is, what they do, the documents of this folder that show it, and
the tests that prove what fedi makes of it. Some rows are about nothing that we must do, and say so.
"""

from dataclasses import dataclass

POSTS = "tests/unit/wire/test_posts.py::test_"
ACTORS = "tests/unit/wire/test_actors.py::test_"
SIGNED = "tests/unit/wire/test_signed.py::test_"
SHOWN = "tests/integration/wire/test_shown.py::test_"
SENT = "tests/integration/wire/test_sent.py::test_"
PARSED = "tests/unit/ap/test_parse_wire.py::test_"
FIELDS = "tests/unit/ap/test_parse_fields.py::test_"
HOSTILE = "tests/unit/ap/test_parse_hostile.py::test_"
LENIENT = "tests/unit/ap/test_lenient.py::test_"
FETCH = "tests/unit/ap/test_fetch.py::test_"
FINGER = "tests/unit/ap/test_webfinger.py::test_"
SIGNATURES = "tests/unit/ap/test_signatures.py::test_"
VECTORS = "tests/unit/ap/test_signature_vectors.py::test_"
SIGNING = "tests/integration/inbound/test_signing.py::test_"
INBOX = "tests/integration/inbound/test_inbox.py::test_"
VARIANTS = "tests/integration/inbound/test_variants.py::test_"
IDENTITY = "tests/integration/inbound/test_identity.py::test_"
ORDER = "tests/integration/inbound/test_order.py::test_"
VOTES = "tests/integration/inbound/test_votes.py::test_"
BACKFILL = "tests/integration/inbound/test_backfill.py::test_"
RELAYS = "tests/integration/inbound/test_relays.py::test_"
FOLLOWS = "tests/integration/people/test_receive_follows.py::test_"
RESOLVE = "tests/integration/people/test_resolve.py::test_"
DELIVER = "tests/integration/outbound/test_deliver.py::test_"
PUBLISH = "tests/integration/outbound/test_publish.py::test_"
SERVE = "tests/integration/outbound/test_serve.py::test_"
HOSTS = "tests/unit/federation/test_delivery_hosts.py::test_"
MANNERS = "tests/integration/outbound/test_manners.py::test_"
SECURE = "tests/integration/outbound/test_secure_mode.py::test_"
REACTIONS = "tests/integration/inbound/test_emoji_reactions.py::test_"
GROUPS = "tests/integration/groups/test_remote_groups.py::test_"
POSTING = "tests/integration/groups/test_posting.py::test_"
VERDICT = "tests/unit/federation/test_verdict.py::test_"


@dataclass(frozen=True, slots=True)
class Quirk:
    """One habit. `without` says why it needs no test of ours."""

    key: str
    software: str
    habit: str
    documents: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    without: str = ""


def row(
    key: str,
    software: str,
    habit: str,
    *tests: str,
    documents: tuple[str, ...] = (),
    without: str = "",
) -> Quirk:
    return Quirk(key, software, habit, documents, tests, without)


KEYS = (
    row("key-fetch-loop", "all with signed fetches", "Their keys need our key, and ours theirs.",
        f"{SERVE}lets_signers_in_where_every_fetch_must_be_signed",
        f"{SERVE}secure_mode_asks_for_a_signature_on_every_route",
        f"{SIGNING}a_key_of_ours_knocks_in_vain"),
    row("gotosocial-key-stub", "GoToSocial", "The address of the key serves a stub of the actor.",
        f"{PARSED}gotosocial_scalars", f"{SIGNING}key_ids_as_others_write_them",
        documents=("gotosocial/key_stub", "gotosocial/actor_hidden")),
    row("query-in-target", "GoToSocial, Akkoma, Mastodon", "The query is signed, or is not.",
        f"{SIGNATURES}a_get_may_leave_out_the_query_and_a_post_may_not",
        f"{MANNERS}the_query_is_left_out_for_who_wants_that",
        f"{SECURE}the_query_may_be_signed_or_left_out"),
    row("threads-digest-label", "Threads", "A digest labelled in small letters does not count.",
        f"{SIGNED}a_digest_is_labelled_in_capitals"),
    row("signed-date", "PeerTube, Pixelfed", "Signatures without a date are refused.",
        f"{SIGNED}a_date_is_sent_and_signed_in_both_dialects"),
    row("pleroma-created", "Pleroma", "The pseudo header (created) is not understood.",
        f"{SIGNED}old_verifiers_read_every_parameter"),
    row("lemmy-created", "Lemmy", "Signed (created) and (expires) and no date.",
        f"{SIGNED}moments_that_are_parameters"),
    row("discourse-parameters", "Discourse", "Moments in quotes, and embedded actors.",
        f"{SIGNED}moments_that_are_parameters", f"{PARSED}others",
        documents=("discourse/activity_embedded_actor",)),
    row("pixelfed-silent-refusal", "Pixelfed", "200 to the newer signature, and then nothing.",
        f"{MANNERS}the_first_knock", f"{MANNERS}who_advertises_is_believed_once",
        f"{HOSTS}two_second_knocks_in_a_row_change_the_order",
        f"{DELIVER}the_second_knock_goes_first_after_it_was_let_in_twice"),
    row("misskey-reduced-actor", "Misskey", "A smaller actor to whom it does not believe.",
        f"{HOSTILE}no_actors", f"{SECURE}a_bad_signature_gets_no_lesser_answer",
        f"{RESOLVE}knocks_again_in_the_other_dialect_and_remembers"),
    row("peertube-key-id", "PeerTube", "Signs with the actor's id in place of the key's.",
        f"{SIGNING}key_ids_as_others_write_them", documents=("peertube/actor_person",)),
    row("mastodon-delete-flood", "Mastodon", "Tells everybody of actors that nobody knows.",
        f"{INBOX}farewells_of_strangers_cost_nothing",
        f"{INBOX}the_410_of_a_known_actor_is_proof_of_its_farewell",
        documents=("mastodon/activity_delete_actor",)),
    row("mastodon-delete-retry", "Mastodon", "Repeats a refused farewell for days.",
        f"{INBOX}farewells_of_strangers_cost_nothing"),
)  # fmt: skip

FOLLOWING = (
    row("accept-by-id", "Mitra, Guppe", "Accepts name the Follow and do not hold it.",
        f"{FOLLOWS}accept_by_id", f"{PARSED}accepts_of_every_kind",
        documents=("mitra/activity_accept_iri", "gotosocial/activity_accept_iri")),
    row("peertube-accept-of-ours", "PeerTube", "An invented Follow, under an id of our host.",
        f"{FOLLOWS}accept_by_pair_with_a_strange_id",
        documents=("peertube/activity_accept_foreign_id",)),
    row("friendica-accept-nine", "Friendica, Misskey", "Accepts of a Follow that is called 9.",
        f"{FOLLOWS}accept_by_pair_with_a_strange_id", f"{PARSED}accepts_of_every_kind",
        documents=("friendica/activity_accept_nine",)),
    row("takahe-reused-id", "Takahē", "The Accept has the id of the Follow.",
        f"{PUBLISH}an_accept_echoes_the_follow_and_can_be_sent_again",
        documents=("takahe/activity_accept_reused_id",)),
)  # fmt: skip

SHAPES = (
    row("scalars-refused", "Pixelfed, PieFed, Pleroma", "Lists of one must still be lists.",
        f"{SENT}lists_are_lists_even_of_one", f"{PUBLISH}no_document_holds_an_empty_id"),
    row("lemmy-literal-public", "Lemmy", "Knows one spelling of the public collection.",
        f"{SENT}the_public_is_written_in_full"),
    row("embedded-actors", "Misskey, Lemmy", "Ids are compared as text, and may be objects.",
        f"{SENT}people_are_named_by_their_ids", f"{HOSTILE}the_actor_in_any_shape"),
    row("gotosocial-scalars", "GoToSocial", "One of something is no list.",
        f"{PARSED}gotosocial_scalars", f"{LENIENT}one_and_many",
        documents=("gotosocial/note_scalars",)),
    row("lemmy-reports", "Lemmy, Mastodon", "One id and a summary, or a list and a content.",
        f"{POSTS}reports_about_one",
        "tests/integration/outbound/test_people.py::test_a_forum_is_told_of_one_post",
        documents=("mastodon/activity_flag",)),
    row("lemmy-announces-twice", "Lemmy", "Announces a page, and once more its Create.",
        f"{GROUPS}one_post_though_it_is_announced_twice", f"{POSTS}announces_of_a_page",
        "tests/integration/posts/test_receive.py::test_one_note_is_one_post",
        documents=("lemmy/activity_announce_page", "lemmy/activity_announce_create")),
    row("lemmy-mod-delete", "Lemmy", "A moderator's Delete needs a reason and the public.",
        f"{POSTING}likes_and_deletes_of_posts_in_a_group_go_there_too"),
    row("lemmy-two-selves", "Lemmy, PieFed", "A person and a group of one name.",
        f"{FINGER}a_forum_has_a_person_and_a_group_of_one_name",
        documents=("lemmy/jrd_two_selves",)),
    row("lemmy-mentions-group", "Lemmy", "Mentions the community, so that answers reach it.",
        f"{POSTS}lemmy_comments_mention_their_group",
        f"{POSTING}an_answer_goes_to_the_group_and_notifies_nobody_for_it",
        documents=("lemmy/note_comment",)),
    row("wordpress-ids", "WordPress", "Ids are queries, and every slash counts.",
        f"{POSTS}wordpress_addresses_stay_as_they_are", f"{ACTORS}addresses_with_a_query",
        documents=("wordpress/note_reply", "wordpress/note_comment", "wordpress/actor_person")),
    row("wordpress-entities", "WordPress", "Addresses of pictures are escaped as in HTML.",
        f"{POSTS}wordpress_addresses_stay_as_they_are", documents=("wordpress/note_article",)),
    row("wordpress-follow-to", "WordPress", "A Follow that is addressed to nobody is lost.",
        f"{PUBLISH}follow_and_its_undo"),
    row("pixelfed-follow-without-to", "Pixelfed", "Follows address nobody; mentions stand twice.",
        f"{PARSED}pixelfed", f"{POSTS}pixelfed_mentions_once",
        documents=("pixelfed/activity_follow_no_to", "pixelfed/note")),
    row("pixelfed-content-type", "Pixelfed", "Posts with a content type of its own.",
        f"{INBOX}content_types"),
    row("pixelfed-verifier", "Pixelfed", "Rebuilds the path without query; wants every quote.",
        f"{SIGNED}old_verifiers_read_every_parameter"),
    row("webfinger-200-for-none", "PieFed, WordPress, Hubzilla", "200 for who does not exist.",
        f"{FINGER}answers_that_lead_nowhere"),
    row("threads-addresses", "Threads", "Pages on another host, ids that end in a slash.",
        f"{POSTS}threads_addresses", f"{IDENTITY}a_url_elsewhere_is_for_show_only",
        documents=("threads/note", "threads/note_quote", "threads/actor_person")),
    row("threads-undo", "Threads", "An Undo must hold what it undoes.",
        f"{PUBLISH}follow_and_its_undo"),
    row("misskey-same-host", "Misskey, Sharkey", "All ids of an actor stand on its host.",
        f"{SENT}ids_stand_on_one_origin"),
    row("misskey-type-lists", "Misskey", "Lists of types are not read.",
        f"{SENT}every_type_is_one_word_and_no_id_is_empty"),
)  # fmt: skip

MISSKEY = (
    row("misskey-likes-are-reactions", "Misskey", "A Like carries an emoji.",
        f"{REACTIONS}of_likes_with_emojis_the_last_one_counts",
        f"{REACTIONS}undo_in_any_form_and_any_order",
        documents=("misskey/activity_like_reaction", "misskey/activity_undo_like")),
    row("misskey-ignores-edits", "Misskey", "Edits of posts are not read.",
        without="nothing that we could do"),
    row("misskey-empty-warning", "Misskey", "A warning without words is an invisible space.",
        f"{POSTS}misskey_warning_without_words", f"{SHOWN}a_warning_without_words",
        f"{POSTS}misskey_polls_in_both_words_for_their_end", f"{HOSTILE}activities_without_an_id",
        documents=("misskey/note_quote", "misskey/note_poll_votes")),
    row("misskey-embedded-parent", "Misskey", "What is answered stands there whole.",
        f"{POSTS}misskey_embeds_what_it_answers"),
    row("misskey-parents", "Misskey", "Refuses an answer whose parent it cannot fetch.",
        f"{SERVE}what_is_not_for_all_looks_as_if_it_were_not_there"),
    row("misskey-quote-line", "Misskey, Sharkey, Iceshrimp", "Quotes end in a line RE: address.",
        f"{POSTS}the_line_of_a_quote_is_marked",
        f"{SHOWN}the_line_of_a_quote_goes_when_the_quote_is_there", f"{SHOWN}lines_of_every_shape",
        documents=("misskey/note_quote", "sharkey/note_quote")),
    row("misskey-relay-follow", "Misskey", "The Follow of a relay has an id of its own form.",
        f"{POSTS}relay_follows_name_everybody", f"{VARIANTS}who_takes_us_for_a_relay_is_told_no",
        documents=("misskey/activity_follow_relay", "relay/activity_follow_public")),
)  # fmt: skip

PLEROMA = (
    row("pleroma-post-with-actor", "Akkoma, Pleroma", "Posts have an actor as activities do.",
        f"{POSTS}pleroma_posts_with_an_actor_are_no_activities",
        documents=("pleroma/note_with_actor",)),
    row("akkoma-anonymous-emojis", "Akkoma", "Emojis without ids, names without colons.",
        f"{POSTS}akkoma_emojis_without_ids",
        documents=("akkoma/activity_emoji_react_custom", "iceshrimp/note")),
    row("pleroma-closed", "Pleroma", "A running poll says when it will be closed.",
        f"{POSTS}pleroma_polls_end_when_they_say_that_they_are_closed",
        documents=("pleroma/note_question_closed_future",)),
    row("litepub-contexts", "Akkoma, Pleroma", "Contexts of their own, and no language as one.",
        f"{FETCH}contexts_are_never_fetched",
        f"{POSTS}pleroma_posts_with_an_actor_are_no_activities"),
    row("akkoma-foreign-emoji", "Akkoma", "Reactions with emojis of a third host.",
        f"{POSTS}emojis_of_other_hosts",
        f"{REACTIONS}an_emoji_react_is_one_like_and_told_of_once",
        documents=("akkoma/activity_emoji_react_custom",)),
    row("akkoma-local-scope", "Akkoma", "A public of the server alone.",
        f"{POSTS}akkoma_local_scope_widens_nothing", documents=("akkoma/note_local_public",)),
    row("akkoma-signed-host", "Akkoma", "The signed host must be its own.",
        f"{SIGNATURES}another_host_or_method_is_refused",
        f"{VECTORS}signing_cavage_gives_the_same_bytes"),
)  # fmt: skip

MASTODON = (
    row("mastodon-webfinger", "Mastodon", "Who cannot be found by name is refused.",
        f"{SERVE}webfinger_takes_every_form", f"{SERVE}has_every_part_that_others_look_for"),
    row("mastodon-context", "Mastodon", "Documents without the vocabulary are refused.",
        f"{SENT}the_vocabulary_is_named"),
    row("mastodon-one-author", "Mastodon", "Only the first author counts.",
        f"{SENT}people_are_named_by_their_ids", f"{SENT}ids_stand_on_one_origin"),
    row("mastodon-content-type", "Mastodon", "Fetched documents need the exact content type.",
        f"{SERVE}ld_json_for_those_who_ask_for_it"),
    row("mastodon-articles", "Mastodon", "Articles are shown as a title and a link.",
        f"{SENT}posts_are_notes_since_many_show_of_others_only_a_link"),
    row("mastodon-undo-by-id", "Mastodon", "Undo of a Like needs the Like itself.",
        f"{PUBLISH}like_and_its_undo_go_to_the_author_alone"),
    row("mastodon-content-type-signed", "Mastodon", "Signs the content type as well.",
        f"{SIGNATURES}what_we_sign_verifies"),
    row("mastodon-accept-echo", "Mastodon", "Accepts must hold the Follow.",
        f"{PUBLISH}an_accept_echoes_the_follow_and_can_be_sent_again"),
    row("mastodon-origin-counts", "Mastodon", "The origin says how often a post was liked.",
        f"{SHOWN}origin_counts_are_told_apart", f"{SHOWN}what_we_know_better_is_shown",
        f"{POSTS}mastodon_says_how_often_a_post_was_liked",
        documents=("mastodon/note_quote", "mastodon/activity_update_counts")),
    row("mastodon-500-on-newer", "Mastodon", "500 to some of the newer signatures.",
        without="older signatures go first, so that it is not met"),
    row("mastodon-property-value", "Mastodon", "Fields stand under an odd address of a term.",
        f"{ACTORS}a_single_field_and_missing_endpoints", f"{PARSED}mastodon_actor"),
    row("mastodon-linked-signatures", "Mastodon", "Signatures inside of documents.",
        "tests/integration/inbound/test_forwarding.py::test_receivers_judge_the_older_signature"),
)  # fmt: skip

OTHERS = (
    row("bookwyrm-kinds", "BookWyrm", "Kinds of its own, and quoted words that are no address.",
        f"{POSTS}bookwyrm_kinds", f"{SHOWN}every_post_is_stored_and_shown",
        documents=("bookwyrm/note_quotation", "bookwyrm/note_review", "bookwyrm/note_comment",
                   "bookwyrm/note_rating")),
    row("bookwyrm-unsigned-first", "BookWyrm", "Asks without a signature, then with one.",
        f"{SERVE}secure_mode_asks_for_a_signature_on_every_route"),
    row("peertube-film", "PeerTube", "Many addresses of one film, markdown, bare hashtags.",
        f"{POSTS}peertube_films", f"{POSTS}peertube_films_in_pieces_alone", f"{SHOWN}a_film",
        f"{POSTS}peertube_tells_of_likes_in_updates",
        documents=("peertube/note_video", "peertube/note_hls_only",
                   "peertube/activity_update_video")),
    row("peertube-two-authors", "PeerTube", "A film is an account's and a channel's.",
        f"{PARSED}peertube", f"{SHOWN}a_film", f"{ACTORS}channels_belong_to_somebody",
        documents=("peertube/note_video", "peertube/actor_group")),
    row("peertube-views", "PeerTube, Owncast", "Views are activities; pictures come in sizes.",
        f"{POSTS}deeds_that_nobody_needs_here", f"{ACTORS}pictures_in_every_shape",
        documents=("peertube/activity_view", "owncast/activity_view")),
    row("mobilizon-events", "Mobilizon", "An event is a group's, and a person arranged it.",
        f"{POSTS}mobilizon_events", f"{SHOWN}an_event",
        documents=("mobilizon/note_event", "mobilizon/note_event_online")),
    row("friendica-kinds", "Friendica", "Notes, pages and articles; hidden recipients.",
        f"{POSTS}friendica_hidden_recipients_are_no_mentions",
        f"{SHOWN}every_post_is_stored_and_shown",
        documents=("friendica/note_article", "friendica/note_page")),
    row("hubzilla-embedding", "Hubzilla", "The actor whole, addresses in lists.",
        f"{POSTS}hubzilla_embeds_the_actor_and_lists_addresses",
        f"{PARSED}keys_of_mitra_and_hubzilla",
        documents=("hubzilla/activity_embedded_actor", "hubzilla/actor_person")),
    row("streams-empty-votes", "Streams", "Votes with an empty text.",
        f"{POSTS}streams_votes_with_an_empty_text", f"{FIELDS}votes",
        documents=("streams/note_vote",)),
    row("mentions-without-name", "Smithereen, GNU social, Lotide", "Mentions without a name.",
        f"{POSTS}mentions_without_a_name", f"{POSTS}gnu_social_links_to_what_it_answers",
        documents=("smithereen/note", "gnusocial/note")),
    row("forum-topics", "NodeBB, Discourse", "Topics as collections, the whole text as abstract.",
        f"{POSTS}forums_keep_the_topic", f"{SHOWN}where_answers_and_threads_are_listed",
        documents=("nodebb/note_article", "discourse/note_named")),
    row("nodebb-unsigned-digest", "NodeBB", "The digest is there, but is not signed.",
        f"{SIGNING}every_part_must_be_covered"),
    row("bonfire-invalid-accepted", "Bonfire", "Takes what does not verify and drops it.",
        f"{MANNERS}the_first_knock", f"{HOSTS}two_second_knocks_in_a_row_change_the_order"),
    row("bonfire-public-accept", "Bonfire", "Consent to a Follow with the public in copy.",
        f"{POSTS}consent_to_a_follow_with_the_public_in_copy",
        f"{PUBLISH}an_accept_echoes_the_follow_and_can_be_sent_again",
        documents=("bonfire/activity_accept",)),
    row("bridgy-hosts", "Bridgy Fed", "Id, page and inbox on three hosts; pins as objects.",
        f"{POSTS}featured_posts_may_be_objects", f"{IDENTITY}a_url_elsewhere_is_for_show_only",
        documents=("bridgy/note_foreign_url", "bridgy/collection_featured")),
    row("owncast-scalars", "Owncast", "Lists of one become what is in them.",
        f"{POSTS}owncast_sends_one_as_a_scalar", documents=("owncast/activity_create",)),
    row("mitra-habits", "Mitra", "No shared inbox; the summary is no warning.",
        f"{ACTORS}a_single_field_and_missing_endpoints", f"{SERVE}webfinger_takes_every_form",
        documents=("mitra/note_link_tag", "mitra/actor_person")),
    row("hollo-proofs", "Hollo", "Two keys, and a proof in every document.",
        "tests/integration/inbound/test_proofs.py::test_a_proof_is_as_good_as_a_signature",
        documents=("hollo/note", "hollo/actor_person")),
    row("snac-order", "snac", "Signs in an order of its own; mentions without a host.",
        f"{SIGNED}what_is_signed_may_stand_in_any_order", f"{PARSED}others",
        documents=("snac/note",)),
    row("votes-exactly", "GoToSocial, snac", "Votes must be of the exact form.",
        "tests/integration/posts/test_polls.py"),
)  # fmt: skip

GOTOSOCIAL = (
    row("gotosocial-signed-everything", "GoToSocial", "No shared inbox; 400 is the end.",
        f"{DELIVER}what_an_answer_means", f"{PUBLISH}a_foreign_shared_inbox_is_not_believed"),
    row("gotosocial-pins", "GoToSocial", "Pins are not told of; the list has ids alone.",
        "tests/integration/inbound/test_pins.py::test_the_first_look_at_a_profile"),
    row("gotosocial-alt", "GoToSocial, Honk", "Descriptions stand in the summary.",
        f"{POSTS}gotosocial_describes_pictures_in_the_summary",
        f"{SENT}descriptions_stand_in_both_places"),
    row("gotosocial-outbox", "GoToSocial", "Outboxes name posts by their ids.",
        f"{POSTS}gotosocial_outboxes_name_posts_by_their_ids",
        f"{BACKFILL}an_outbox_in_every_shape", documents=("gotosocial/collection_outbox_page",)),
    row("gotosocial-policies", "GoToSocial", "Policies in old and in new words.",
        f"{POSTS}gotosocial_policies_in_their_new_words",
        f"{POSTS}gotosocial_policies_in_their_old_words",
        f"{POSTS}gotosocial_answers_that_were_allowed", f"{SHOWN}policies_are_kept",
        documents=("gotosocial/note_policies", "gotosocial/note_policies_old",
                   "gotosocial/note_reply_approval_parent")),
    row("gotosocial-many-votes", "GoToSocial", "Several votes in one Create.",
        f"{VOTES}several_choices_in_one_create", documents=("gotosocial/activity_votes",)),
)  # fmt: skip

REST = (
    row("ghost-articles", "Ghost", "Articles with a preview; both dialects.",
        f"{POSTS}articles_keep_their_body", f"{ACTORS}pictures_in_every_shape",
        documents=("ghost/note_article", "ghost/actor_person")),
    row("wordpress-either-dialect", "WordPress", "The newer signature, if switched on.",
        f"{INBOX}both_dialects_are_understood"),
    row("takahe-strictness", "Takahē", "A minute for the date; splits at commas.",
        f"{SIGNED}old_verifiers_read_every_parameter"),
    row("takahe-ignores", "Takahē", "Passes over what it does not know.",
        without="nothing that we could do"),
    row("relays-differ", "Relays", "Want services, lists, and no farewells.",
        f"{SENT}lists_are_lists_even_of_one",
        f"{RELAYS}an_announce_brings_the_post_and_is_no_boost",
        documents=("relay/activity_announce", "relay/activity_follow_public")),
    row("tootik-random-401", "tootik", "Now and then refuses the older signature.",
        f"{MANNERS}the_order_of_knocks",
        f"{DELIVER}the_second_knock_goes_first_after_it_was_let_in_twice"),
    row("emissary-pages", "Emissary", "Pages of an outbox without an id.",
        f"{POSTS}outboxes_without_an_id", f"{FETCH}pages_without_an_id",
        documents=("emissary/collection_outbox_page",)),
    row("iceshrimp-scalars", "Iceshrimp", "Reports about one id; no id may be null.",
        f"{POSTS}reports_about_one", f"{SENT}every_type_is_one_word_and_no_id_is_empty",
        documents=("iceshrimp/activity_flag", "iceshrimp/note")),
    row("wafrn-bcc", "wafrn", "Recipients that are hidden, and not meant.",
        f"{POSTS}friendica_hidden_recipients_are_no_mentions",
        f"{HOSTILE}hidden_recipients_count_and_are_told_apart", documents=("wafrn/note_bcc",)),
    row("mbin-magazines", "Mbin", "Empty outboxes, locks, announces of announces.",
        f"{POSTS}mbin_pages", f"{GROUPS}an_announced_announce_is_looked_into_once",
        f"{GROUPS}locks_and_bans_come_and_go", f"{POSTS}deeds_that_nobody_needs_here",
        documents=("mbin/note_page", "mbin/activity_lock")),
    row("piefed-habits", "PieFed", "Text for flags; knows one word of who may search.",
        f"{POSTS}piefed_scalars_and_words", f"{ACTORS}the_newer_word_on_search_overrides",
        f"{ACTORS}groups_name_their_moderators",
        documents=("piefed/note_page", "piefed/actor_group", "piefed/actor_person")),
    row("tag-uris", "old Mastodon, OStatus", "Names that are no addresses.",
        f"{POSTS}old_names_that_are_no_addresses_are_keys_and_nothing_more",
        f"{POSTS}an_answer_to_an_old_name_is_found_by_its_address",
        documents=("mastodon/note_tag_uris",)),
    row("shared-inbox-leak", "Zap, Friendica", "What is for some went to all followers there.",
        f"{PUBLISH}a_direct_post_goes_to_personal_inboxes_only",
        "tests/integration/posts/test_receive.py::test_a_name_in_the_text_is_no_permission"),
    row("misskey-emoji-names", "Misskey", "Emojis of reactions are named with their host.",
        f"{POSTS}emojis_of_other_hosts", documents=("misskey/activity_emoji_host",)),
    row("compacted-documents", "JSON-LD compactors", "Short, long and full spellings of terms.",
        f"{PARSED}terms_in_full", f"{LENIENT}plain_keys",
        documents=("compactor/activity_expanded_terms",)),
    row("pages-for-403", "proxies in front", "A page in place of an answer.",
        f"{VERDICT}a_page_that_says_no_is_believed_after_three_tries"),
    row("pixelfed-no-comments", "Pixelfed", "Comments are off: the text of an empty list.",
        f"{POSTS}pixelfed_without_comments", f"{POSTS}comments_are_off_by_a_switch_alone",
        documents=("pixelfed/note", "pixelfed/note_scalars")),
    row("misskey-small-inbox", "Misskey", "Bodies of more than 64 kB are refused.",
        "tests/integration/wire/test_sent.py::test_large_bodies_are_written_down"),
    row("misskey-late-verdict", "Misskey", "Says yes, and verifies later.",
        f"{MANNERS}the_first_knock", f"{HOSTS}two_second_knocks_in_a_row_change_the_order"),
    row("misskey-hidden-collections", "Misskey", "403 for a list that is hidden.",
        f"{BACKFILL}outboxes_that_are_none"),
    row("errors-to-signed-gets", "old Mastodon, Takahē, PeerTube", "500 to a signed request.",
        f"{MANNERS}an_old_server_that_stumbles_over_signatures"),
    row("wordpress-relays", "WordPress", "Relays that announce; moves that are pulled.",
        f"{RELAYS}an_announce_brings_the_post_and_is_no_boost",
        documents=("relay/activity_announce",)),
)  # fmt: skip

QUIRKS = (
    *KEYS, *FOLLOWING, *SHAPES, *MISSKEY, *PLEROMA, *MASTODON, *OTHERS, *GOTOSOCIAL, *REST
)  # fmt: skip
