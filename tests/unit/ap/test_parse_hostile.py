"""Hostile documents: limits hold, only RemoteNonsense is raised, nobody speaks for another."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedi.ap import parse
from fedi.ap.documents import loads
from fedi.ap.parse import parse_activity, parse_actor, parse_collection, parse_keys, parse_note
from fedi.kit.errors import RemoteNonsense

WIRE = Path(__file__).parents[2] / "wire"
A = "https://a.example/users/1"
NOTE: dict[str, Any] = {
    "id": "https://a.example/n/1",
    "type": "Note",
    "attributedTo": A,
    "content": "x",
}
ACTOR: dict[str, Any] = {
    "id": A,
    "type": "Person",
    "inbox": A + "/inbox",
    "preferredUsername": "ana",
}
PEM = json.loads((Path(__file__).parent / "vectors" / "vectors.json").read_text())["rsa_public_pem"]
READERS = (parse_activity, parse_note, parse_actor, parse_collection, parse_keys)

SCALARS = st.sampled_from([
    None, True, False, 0, -1, 2**40, 1.5, float("inf"), float("nan"), "", "x", "\0", "\u200b",
    "https://a.example/1", "https://b.example/1", "as:Public", "Public",
    "9999-12-31T23:59:59-14:00",
    "2026-01-01T00:00:00Z", "Note", "Create", "x" * 3000, [], {}, "javascript:alert(1)",
    "data:text/html,x", "&#x3c;script&#x3e;", "ü", "\ud800", "true", "5", "-5", "9" * 5000,
])  # fmt: skip
KEYS = st.sampled_from(
    [
        "id",
        "type",
        "href",
        "url",
        "name",
        "content",
        "@id",
        "@value",
        "mediaType",
        "totalItems",
        "items",
        "first",
        "tag",
        "icon",
        "owner",
        "publicKeyPem",
        "sharedInbox",
    ]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
BASES = [json.loads(path.read_text()) for path in sorted(WIRE.rglob("*.json"))]
FIELDS = sorted(
    {key for base in BASES for key in base}
    | {
        "contentMap",
        "oneOf",
        "anyOf",
        "closed",
        "endTime",
        "startTime",
        "location",
        "searchableBy",
        "quote",
        "image",
        "duration",
        "target",
        "bto",
        "items",
        "orderedItems",
        "blurhash",
        "focalPoint",
        "audience",
    }
)
QUICK = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_with_all(document: Any) -> None:
    for reader in READERS:
        with contextlib.suppress(RemoteNonsense):
            reader(document)


@given(
    st.sampled_from(BASES),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING, min_size=1, max_size=5),
)
@QUICK
def test_poison_in_any_field(base: dict[str, Any], poison: dict[str, Any]) -> None:
    read_with_all({**base, **poison})
    if isinstance(base.get("object"), dict):
        read_with_all({**base, "object": {**base["object"], **poison}})
        read_with_all({**base["object"], **poison})


@given(ANYTHING)
@QUICK
def test_anything_at_all(value: Any) -> None:
    read_with_all(value)


def test_wrong_types_everywhere() -> None:
    for base in BASES:
        for key in base:
            for value in (
                None,
                True,
                5,
                -1.5,
                "x",
                [],
                {},
                [[]],
                [{}],
                {"id": {}},
                [None],
                "\ud800",
                ["https://a.example/1"] * 3,
            ):
                read_with_all({**base, key: value})


@pytest.mark.parametrize("document", [
    None, 5, "x", [], {}, {"id": "https://a.example/1"}, {**NOTE, "id": None},
    {**NOTE, "id": "tag:x"}, {**NOTE, "id": "https://a.example/" + "x" * 2031},
    {**NOTE, "type": None},
    {**NOTE, "attributedTo": None}, {**NOTE, "type": "Create"}, {**NOTE, "type": "Person"},
    {**NOTE, "type": "Tombstone"}, {**NOTE, "type": "OrderedCollection"},
    {"id": NOTE["id"], "type": "Strange", "attributedTo": A}, [NOTE],
])  # fmt: skip
def test_no_notes(document: Any) -> None:
    with pytest.raises(RemoteNonsense):
        parse_note(document)


@pytest.mark.parametrize("document", [
    None, [], {}, {**ACTOR, "id": None}, {**ACTOR, "inbox": None},
    {**ACTOR, "inbox": "javascript:1"}, {**ACTOR, "type": "Note"},
    {**ACTOR, "id": "https://a.example/" + "x" * 2031},
    {**ACTOR, "inbox": "https://a.example/" + "x" * 2031},
])  # fmt: skip
def test_no_actors(document: Any) -> None:
    with pytest.raises(RemoteNonsense):
        parse_actor(document)


LIKE: dict[str, Any] = {
    "id": "https://a.example/l/1",
    "type": "Like",
    "actor": A,
    "object": "https://b.example/1",
}


@pytest.mark.parametrize("document", [
    None, [], {}, {**LIKE, "type": None}, {**LIKE, "actor": None}, {**LIKE, "actor": "did:key:x"},
    {**LIKE, "id": "did:key:x"}, {**LIKE, "id": 5},
    {**LIKE, "id": "https://a.example/" + "x" * 2031},
    {**LIKE, "object": {"id": "https://a.example/" + "x" * 2031}},
])  # fmt: skip
def test_no_activities(document: Any) -> None:
    with pytest.raises(RemoteNonsense):
        parse_activity(document)


def test_activities_without_an_id() -> None:
    for missing in (
        {**LIKE, "id": None},
        {**LIKE, "id": ""},
        {key: value for key, value in LIKE.items() if key != "id"},
    ):
        assert parse_activity(missing).id is None


def test_the_actor_in_any_shape() -> None:
    for shape in (A, {"id": A}, [A], [{"id": A, "type": "Person"}]):
        found = parse_activity({**LIKE, "actor": shape})
        assert (found.actor, found.actors) == (A, (A,))
    two = parse_activity({**LIKE, "actor": ["https://m.example/u", A]})
    assert two.actors == ("https://m.example/u", A)


def test_bare_posts_become_their_create() -> None:
    found = parse_activity({**NOTE, "to": ["as:Public"]})
    assert (found.type, found.actor, found.id, found.object_id) == (
        "Create",
        A,
        NOTE["id"] + "#create",
        NOTE["id"],
    )
    pleroma = parse_activity({**NOTE, "actor": "https://other.example/u"})
    assert pleroma.actor == A


def test_hidden_recipients_count_and_are_told_apart() -> None:
    found = parse_activity(
        {
            **LIKE,
            "to": A,
            "bto": "https://b.example/1",
            "bcc": ["https://b.example/2"],
            "audience": {"id": "https://b.example/3"},
        }
    )
    assert len(found.recipients) == 4
    assert (found.to, found.cc) == ((A,), ())


@pytest.mark.parametrize(
    "value",
    [
        {"url": A},
        ["https://a.example/1", {"x": 1}],
        5,
        {"href": {"href": A}},
        {"id": A, "verify": False},
        [[A]],
        True,
        {"toString": 1},
    ],
)
def test_an_address_is_text_or_nothing(value: Any) -> None:
    for key in (
        "inbox",
        "outbox",
        "followers",
        "following",
        "featured",
        "icon",
        "image",
        "url",
        "movedTo",
        "alsoKnownAs",
        "publicKey",
        "endpoints",
        "sharedInbox",
    ):
        try:
            found = parse_actor({**ACTOR, key: value})
        except RemoteNonsense:
            continue
        for field in (
            "inbox",
            "shared_inbox",
            "outbox",
            "followers",
            "following",
            "featured",
            "icon_url",
            "image_url",
            "url",
            "moved_to",
        ):
            assert isinstance(getattr(found, field), str | None)


def test_dangerous_addresses_do_not_pass() -> None:
    for bad in (
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "java\nscript:x",
        "file:///etc/passwd",
        " javascript:x",
        "&#106;avascript:x",
    ):
        post = parse_note(
            {
                **NOTE,
                "url": bad,
                "attachment": [
                    {"type": "Image", "url": bad},
                    {"type": "Image", "href": bad, "icon": bad},
                ],
                "tag": [
                    {"type": "Mention", "href": bad},
                    {"type": "Emoji", "name": "x", "icon": bad},
                ],
                "quote": bad,
                "inReplyTo": bad,
            }
        )
        assert (
            post.url,
            post.attachments,
            post.mentions,
            post.emojis,
            post.quote,
            post.in_reply_to,
        ) == (None, (), (), (), None, None)


def test_shared_inbox_only_at_home() -> None:
    def shared(url: str, inbox: str = A + "/inbox") -> str | None:
        return parse_actor(
            {**ACTOR, "inbox": inbox, "endpoints": {"sharedInbox": url}}
        ).shared_inbox

    assert shared("https://a.example/inbox")
    assert shared("https://in.example/all", "https://in.example/1")
    assert shared("https://victim.example/inbox") is None
    assert shared("https://a.example.evil.example/inbox") is None


def test_the_followers_of_somebody_else() -> None:
    found = parse_actor(
        {
            **ACTOR,
            "followers": "https://victim.example/users/v/followers",
            "url": "https://victim.example/@v",
        }
    )
    assert found.followers is None
    assert found.url is None


def test_the_keys_of_somebody_else() -> None:
    victim = "https://v.example/users/v"
    good = {"id": A + "#main-key", "owner": A, "publicKeyPem": PEM}
    for bad in (
        {**good, "owner": victim},
        {**good, "controller": victim, "owner": None},
        {**good, "id": victim + "#main-key"},
        {**good, "owner": 5, "publicKeyPem": "x"},
        5,
        [],
        victim + "#main-key",
    ):
        found = parse_actor({**ACTOR, "publicKey": [bad, good], "assertionMethod": bad})
        assert [key.id for key in found.keys] == [A + "#main-key"]
        assert all(key_id.startswith(A) for key_id in found.key_ids)


def test_a_key_document_claims_its_owner_and_no_more() -> None:
    [key] = parse_keys(
        {"id": "https://m.example/key", "owner": "https://v.example/users/v", "publicKeyPem": PEM}
    )
    assert (key.id, key.owner) == ("https://m.example/key", "https://v.example/users/v")
    assert parse_keys({"id": "https://m.example/key", "publicKeyPem": PEM}) == ()


def test_context_games_change_nothing() -> None:
    context = [
        "https://evil.example/huge",
        {
            "actor": "https://evil.example/x",
            "kind": "@type",
            "object": {"@reverse": "actor"},
            "who": "as:actor",
        },
    ]
    found = parse_activity(
        {
            **LIKE,
            "@context": context,
            "kind": "Delete",
            "who": "https://v.example/u",
            "@graph": [LIKE],
            "as:actor": "https://v.example/u",
            "@type": "Delete",
            "@id": "https://v.example/1",
        }
    )
    assert (found.type, found.actor, found.id) == ("Like", A, LIKE["id"])


def test_deep_documents_do_not_recurse() -> None:
    inner: Any = "https://a.example/1"
    for _ in range(60):
        inner = {
            "type": "Note",
            "id": "https://a.example/1",
            "inReplyTo": inner,
            "object": inner,
            "first": inner,
            "tag": [inner],
            "url": [inner],
        }
    read_with_all(inner)
    assert (
        parse.parse_note({**NOTE, "inReplyTo": loads(json.dumps(NOTE).encode())}).in_reply_to
        == NOTE["id"]
    )
