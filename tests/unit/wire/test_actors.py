"""What fedi makes of the actors of other software."""

import pytest

from tests.wire.reading import actor


def test_groups_name_their_moderators() -> None:
    found = actor("piefed/actor_group")
    assert found.moderators == "https://pie.example/c/birds/moderators"
    assert found.posting_restricted
    lemmy = actor("lemmy/actor_group")
    assert str(lemmy.moderators).startswith(lemmy.id)
    assert not lemmy.posting_restricted


def test_moderators_of_another_server_are_none() -> None:
    evil = "https://evil.example/c/birds/moderators"
    assert actor("piefed/actor_group", attributedTo=evil, moderators=None).moderators is None
    assert actor("piefed/actor_group", type="Person").moderators is None


def test_copies_are_of_the_same_person() -> None:
    other, copy = "https://a.example/users/1", "https://b.example/users/2"
    found = actor("hollo/actor_person", alsoKnownAs=other, copiedTo=[copy, other])
    assert found.also_known_as == (other, copy)
    assert actor("hollo/actor_person", alsoKnownAs=None, copiedTo=copy).also_known_as == (copy,)


def test_channels_belong_to_somebody() -> None:
    found = actor("peertube/actor_group")
    assert (found.type, found.icon_url, found.image_url) == (
        "Group",
        "https://tube.example/a600.png",
        "https://tube.example/b1920.jpg",
    )


@pytest.mark.parametrize(
    ("stated", "may_be_searched"),
    [
        ("https://www.w3.org/ns/activitystreams#Public", True),
        ("as:Public", True),
        (["https://x.test/followers"], False),
        ([], False),
        ("", False),
    ],
)
def test_the_newer_word_on_search_overrides(stated: object, *, may_be_searched: bool) -> None:
    found = actor("piefed/actor_person", searchableBy=stated, indexable=not may_be_searched)
    assert found.indexable is may_be_searched
    assert actor("piefed/actor_person", searchableBy=None, indexable="true").indexable


def test_pages_for_strangers_may_be_empty() -> None:
    found = actor("gotosocial/actor_hidden")
    assert (found.hides_public, found.hides_unlisted) == (True, True)
    open_one = actor("gotosocial/actor_hidden", hidesToPublicFromUnauthedWeb=None)
    assert (open_one.hides_public, open_one.hides_unlisted) == (False, True)


def test_what_a_server_can_do() -> None:
    assert actor("hollo/actor_person").implements == (
        "https://datatracker.ietf.org/doc/html/rfc9421",
        "https://example.org/other",
    )
    assert actor("piefed/actor_person").implements == ()
    for odd in (None, [], "x", {"implements": 3}, {"implements": [None, {"name": "x"}]}):
        assert actor("hollo/actor_person", generator=odd).implements == ()


def test_counts_that_come_along() -> None:
    page = {"type": "OrderedCollection", "id": "https://hollo.example/@holly/x"}
    found = actor(
        "hollo/actor_person",
        followers={**page, "totalItems": 12},
        following={**page, "totalItems": "3"},
        outbox={**page, "totalItems": -1},
    )
    assert (found.followers_count, found.following_count, found.statuses_count) == (12, 3, 0)
    assert found.followers == page["id"]
    assert actor("hollo/actor_person").followers_count is None


def test_addresses_with_a_query() -> None:
    found = actor("wordpress/actor_person")
    assert found.id == "https://blog.example/?author=2"
    assert found.keys[0].id == "https://blog.example/?author=2#main-key"


def test_pictures_in_every_shape() -> None:
    assert actor("ghost/actor_person").icon_url == "https://ghost.example/icon.png"
    assert actor("funkwhale/actor_person").url == "https://funk.example/@fay"
    assert actor("mobilizon/actor_group").icon_url is None
    assert actor("peertube/actor_person").icon_url == "https://tube.example/a600.png"


def test_a_single_field_and_missing_endpoints() -> None:
    assert actor("hollo/actor_person").fields == (("Site", "x"),)
    assert actor("ghost/actor_person").shared_inbox is None
    assert actor("mitra/actor_person").shared_inbox is None


def test_names_in_several_languages() -> None:
    found = actor(
        "funkwhale/actor_person", name=None, nameMap={"fr": "Fay"}, summaryMap={"fr": "x"}
    )
    assert (found.name, found.summary) == ("Fay", "x")
