"""Every kind of activity with poison in each value: one attempt, and nobody else notices."""

import copy
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from tests.integration.attacks.conftest import Site, site
from tests.integration.groups.conftest import Group
from tests.integration.inbound.conftest import World, certificates, far, settings, world
from tests.integration.inbound.consenting import OPEN, sent, stamp, write
from tests.integration.inbound.far import PUBLIC, Person
from tests.rig.aftermath import settle

__all__ = ["certificates", "far", "settings", "site", "world"]

HERE = "https://p.far.test/"
# As bytes, since no encoder writes all of it.
POISON = [
    rb'"\u0000"',
    rb'"a\u0000b"',
    rb'"\ud800"',
    rb'"\udc00\ud800x\u0000"',
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"9223372036854775808",
    b"-9223372036854775809",
    b"1.5e300",
    b"-1",
    b"true",
    b"null",
    b'""',
    b"[]",
    b"{}",
    b'[[{"id":[]}]]',
    b'{"id":7,"type":{}}',
    b'"9999-12-31T23:59:59-14:00"',
    b'"0001-01-01T00:00:00+14:00"',
    b'"2026-02-30T25:61:61Z"',
    b'"P' + b"9" * 400 + b'D"',
    b'"' + b"x" * 9000 + b'"',
    b'"' + "\u202e\u0301\U0001f9a6".encode() * 900 + b'"',
    b'"' + HERE.encode() + b"y" * 9000 + b'"',
    b'"https://[x/y"',
    b'"javascript:alert(1)"',
    b'"' + HERE.encode() + rb'\u0000"',
    b'"' + HERE.encode() + rb'\ud800"',
]
MARK = "(the poison goes here)"


@dataclass
class Scene:
    """Those who are on it, and what they do things to."""

    world: World
    bob: Person
    group: Group
    post: str
    page: str
    request: str
    other: str

    def note(self, **more: Any) -> dict[str, Any]:
        return self.bob.note(
            "poisoned",
            summary="a warning",
            sensitive=True,
            updated="2026-01-01T00:00:00Z",
            url=self.bob.id("@bob"),
            inReplyTo=self.post,
            conversation="tag:p.far.test,2026:1",
            context=self.bob.id("contexts"),
            replies=self.bob.id("replies"),
            likes={"id": self.bob.id("likes"), "type": "Collection", "totalItems": 3},
            contentMap={"de": "<p>vergiftet</p>"},
            quote=self.post,
            quoteAuthorization=f"{self.world.alice.uri}/approvals/1",
            interactionPolicy={"canQuote": {"automaticApproval": PUBLIC}},
            tag=[
                {"type": "Mention", "href": self.world.alice.uri, "name": "@alice@a.test"},
                {"type": "Hashtag", "href": f"{HERE}tags/x", "name": "#x"},
                {
                    "type": "Emoji",
                    "id": f"{HERE}emojis/1",
                    "name": ":blob:",
                    "updated": "2026-01-01T00:00:00Z",
                    "icon": {"type": "Image", "mediaType": "image/png", "url": f"{HERE}e.png"},
                },
            ],
            attachment=[
                {
                    "type": "Document",
                    "mediaType": "image/png",
                    "url": f"{HERE}a.png",
                    "name": "a picture",
                    "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
                    "focalPoint": [0.5, -0.5],
                    "width": 10,
                    "height": 10,
                    "duration": "PT5S",
                }
            ],
            **more,
        )

    def poll(self) -> dict[str, Any]:
        return self.bob.note(
            type="Question",
            endTime="2030-01-01T00:00:00Z",
            votersCount=3,
            oneOf=[
                {"type": "Note", "name": "yes", "replies": {"type": "Collection", "totalItems": 3}},
                {"type": "Note", "name": "no", "replies": {"type": "Collection", "totalItems": 0}},
            ],
        )

    def actor(self, person: Person) -> dict[str, Any]:
        return {
            **person.document(),
            "summary": "<p>hi</p>",
            "url": f"{HERE}@bob",
            "published": "2026-01-01T00:00:00Z",
            "manuallyApprovesFollowers": True,
            "discoverable": True,
            "icon": {"type": "Image", "mediaType": "image/png", "url": f"{HERE}i.png"},
            "attachment": [{"type": "PropertyValue", "name": "n", "value": "v"}],
            "alsoKnownAs": [f"{HERE}users/older"],
            "featured": f"{person.uri}/featured",
            "featuredTags": f"{person.uri}/tags",
            "endpoints": {"sharedInbox": f"https://{person.host}/inbox"},
        }


@pytest.fixture
async def scene(world: World) -> Scene:
    bob = world.far.actor("p.far.test", "bob", extra={"featured": f"{HERE}users/bob/featured"})
    await world.follow(bob)
    other = world.far.actor("p.far.test", "other", extra={"alsoKnownAs": [bob.uri]})
    group = Group(world.far)
    await world.follow(group.actor)
    _, post = await write(world, quote_policy=2)
    page = group.page(group.mod)
    await world.deliver(group.actor, group.announces(group.inner(group.mod, "Create", page)))
    quoted = bob.note("quote me", **OPEN)
    await world.deliver(bob, bob.creates(quoted))
    quoted_id = await world.value("SELECT id FROM statuses WHERE uri = $1", quoted["id"])
    await write(world, "so true", quoted_status_id=quoted_id)
    (request,) = [each["id"] for each in await sent(world) if each["type"] == "QuoteRequest"]
    return Scene(world, bob, group, post, page["id"], request, other.uri)


def by_bob(kind: str, **more: Any) -> Callable[[Scene], dict[str, Any]]:
    # Each time anew: whoever sends it may change it.
    return lambda scene: scene.bob.does(kind, scene.post, to=[PUBLIC], **copy.deepcopy(more))


def asks(kind: str, inner: str) -> Callable[[Scene], dict[str, Any]]:
    def make(scene: Scene) -> dict[str, Any]:
        deed: Any = scene.bob.does(inner, scene.post)
        if inner == "Create":
            deed = scene.bob.note(inReplyTo=scene.post)
        if inner == "Quote":
            deed = scene.bob.note(quote=scene.post)
        return scene.bob.does(kind, scene.post, instrument=deed)

    return make


def in_group(kind: str, **more: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda s: s.group.announces(s.group.inner(s.group.mod, kind, s.page, **more))


def undoes(kind: str) -> Callable[[Scene], dict[str, Any]]:
    return lambda s: s.bob.does("Undo", s.bob.does(kind, s.post, to=[PUBLIC], content="\U0001f9a6"))


CUSTOM = {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": f"{HERE}b.png"}}
FEATURED = f"{HERE}users/bob/featured"

KINDS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "Create": lambda s: s.bob.creates(s.note()),
    "Create of a poll": lambda s: s.bob.creates(s.poll()),
    "Create of a vote": lambda s: s.bob.creates(
        {**s.bob.note(inReplyTo=s.post, name="yes", to=[s.world.alice.uri]), "content": None}
    ),
    "Create of a page": lambda s: s.bob.creates(
        s.bob.note(type="Page", name="Title", audience=s.group.uri, mediaType="text/html")
    ),
    "Update of a post": lambda s: s.bob.does("Update", s.note(), to=[PUBLIC]),
    "Update of a poll": lambda s: s.bob.does("Update", s.poll(), to=[PUBLIC]),
    "Update of a person": lambda s: s.bob.does("Update", s.actor(s.bob), to=[PUBLIC]),
    "Update of a group": lambda s: s.group.actor.does(
        "Update",
        {**s.actor(s.group.actor), "postingRestrictedToMods": True, "sensitive": False},
        to=[PUBLIC],
    ),
    "Announce": by_bob("Announce", published="2026-01-01T00:00:00Z"),
    "Like": by_bob("Like"),
    "Like with an emoji": by_bob(
        "Like", content=":blob:", _misskey_reaction=":blob:", tag=[CUSTOM]
    ),
    "Dislike": by_bob("Dislike", audience="https://forum.far.test/users/garden"),
    "EmojiReact": by_bob("EmojiReact", content=":blob:", tag=[CUSTOM]),
    "QuoteRequest": asks("QuoteRequest", "Quote"),
    "LikeRequest": asks("LikeRequest", "Like"),
    "ReplyRequest": asks("ReplyRequest", "Create"),
    "AnnounceRequest": asks("AnnounceRequest", "Announce"),
    "FeatureRequest": lambda s: s.bob.does(
        "FeatureRequest", s.world.alice.uri, instrument=s.bob.id("collections")
    ),
    "Follow": lambda s: s.bob.does("Follow", s.world.alice.uri, to=[s.world.alice.uri]),
    "Accept": lambda s: s.bob.does(
        "Accept",
        {"id": s.request, "type": "Follow", "actor": s.world.alice.uri, "object": s.bob.uri},
    ),
    "Accept of a quote": lambda s: s.bob.does(
        "Accept",
        {"id": s.request, "type": "QuoteRequest", "actor": s.world.alice.uri, "object": s.post},
        result=stamp(s.bob, s.post, s.post),
    ),
    "Reject": lambda s: s.bob.does("Reject", s.bob.id(), content="no"),
    "Block": lambda s: s.bob.does("Block", s.world.alice.uri),
    "Block by a group": in_group(
        "Block", target="https://forum.far.test/users/garden", endTime="2030-01-01T00:00:00Z"
    ),
    "Move": lambda s: s.bob.does("Move", s.bob.uri, target=s.other),
    "Flag": lambda s: s.bob.does("Flag", [s.world.alice.uri, s.post], content="spam", summary="x"),
    "Add": lambda s: s.bob.does("Add", s.bob.id("notes"), target=FEATURED),
    "Add of a hashtag": lambda s: s.bob.does(
        "Add", {"type": "Hashtag", "name": "#x", "href": f"{HERE}x"}, target=f"{HERE}users/bob/tags"
    ),
    "Remove": lambda s: s.bob.does("Remove", s.bob.id("notes"), target=FEATURED),
    "Undo of a Like": undoes("Like"),
    "Undo of an Announce": undoes("Announce"),
    "Undo of a Follow": undoes("Follow"),
    "Undo of a Block": undoes("Block"),
    "Undo of an EmojiReact": undoes("EmojiReact"),
    "Delete": lambda s: s.bob.does(
        "Delete",
        {"id": s.bob.id("notes"), "type": "Tombstone", "deleted": "2026-01-01T00:00:00Z"},
        to=[PUBLIC],
    ),
    "Delete by a moderator": in_group("Delete", summary="rules"),
    "Lock": in_group("Lock"),
    "Vote in a group": in_group("Like"),
    "Post in a group": lambda s: s.group.announces(
        s.group.inner(s.group.mod, "Create", s.group.page(s.group.mod, updated="2026-01-01"))
    ),
    "Moderators": in_group("Add", target="https://forum.far.test/users/garden/moderators"),
    "Ignored": by_bob("View", result={"type": "Note", "content": "x"}),
}


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in it."""
    if so_far:
        yield so_far
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*so_far, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            yield from paths(inner, (*so_far, index))


def poisoned(activity: dict[str, Any], path: tuple[Any, ...], poison: bytes) -> bytes:
    changed = copy.deepcopy(activity)
    inside: Any = changed
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = MARK
    return orjson.dumps(changed).replace(f'"{MARK}"'.encode(), poison)


async def check_rows(world: World) -> None:
    """All have ended at once, but Undos, which wait for what they take back."""
    rows = await world.runtime.db.fetch(
        "SELECT type, state, attempts, reason FROM inbound"
        " WHERE state NOT IN (2, 3, 4) OR attempts > 1"
    )
    early = [tuple(row) for row in rows if not (row["state"] == 1 and row["type"] == "Undo")]
    assert early == []


async def let_time_pass(world: World) -> None:
    for table in ("inbound", "favourites", "undone"):
        await world.runtime.db.fetch(
            f"UPDATE {table} SET created_at = created_at - interval '11 minutes'"
        )
    await world.settle_clock()
    await world.drain()


@pytest.mark.parametrize("kind", KINDS)
async def test_poison_in_every_value(
    scene: Scene, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    world, make = scene.world, KINDS[kind]
    # Nobody is at home where the poison points; that is nothing to wait for.
    world.people.fetcher.turns = None
    sender = scene.group.actor if make(scene)["actor"] == scene.group.uri else scene.bob
    neighbour = world.far.actor("n.far.test", "nora")
    await world.follow(neighbour)
    ending = (await world.deliver(sender, make(scene)))[0] if "Undo" not in kind else (2, "")
    assert ending[0] in (2, 3), ("the twin without poison means something", ending)
    posted = good = 0
    world.expects_failure = True
    with caplog.at_level(logging.WARNING):
        for number, path in enumerate(list(paths(make(scene)))):
            # The same fields come in many kinds, so that each meets all of it.
            for poison in POISON[number % 3 :: 3]:
                body = poisoned(make(scene), path, poison)
                answer = await world.post(sender, body)
                expected = (202, 400, 401) if path == ("actor",) else (202, 400)
                assert answer.status_code in expected, (path, poison[:40], answer.text)
                posted += 1
            note = neighbour.note(f"beside {path}")
            assert (await world.post(neighbour, neighbour.creates(note))).status_code == 202
            good += 1
        await world.drain()
        await check_rows(world)
        await let_time_pass(world)
        await settle(world.runtime)
    broken = [r.getMessage() for r in caplog.records if r.exc_info or r.levelno >= logging.ERROR]
    assert broken == []
    assert await world.count("inbound", "state NOT IN (2, 3, 4)") == 0
    beside = "account_id = (SELECT id FROM accounts WHERE uri = $1)"
    assert await world.count("statuses", beside, neighbour.uri) == good
    assert posted >= len(POISON)


@pytest.mark.parametrize("kind", ["Create", "Create of a poll", "Post in a group", "EmojiReact"])
async def test_what_came_of_it_can_be_read(scene: Scene, site: Site, kind: str) -> None:
    """What was stored of poisoned activities harms no page and no list."""
    world, make = scene.world, KINDS[kind]
    sender = scene.group.actor if make(scene)["actor"] == scene.group.uri else scene.bob
    for number, path in enumerate(list(paths(make(scene)))):
        for poison in POISON[number % 2 :: 2]:
            await world.post(sender, poisoned(make(scene), path, poison))
    world.expects_failure = True
    await world.drain()
    await settle(world.runtime)
    reader = await site.member("reader")
    rows = await world.runtime.db.fetch(
        "SELECT id FROM statuses ORDER BY length(content) DESC, id DESC LIMIT 100"
    )
    assert len(rows) > 1
    get = site.client.get
    for row in rows:
        for more in ("", "/context"):
            answer = await get(f"/api/v1/statuses/{row['id']}{more}", headers=reader.headers)
            assert answer.status_code in (200, 404), answer.text
    for path in (
        "/api/v1/timelines/public?limit=40",
        "/api/v1/timelines/tag/x",
        "/api/v2/search?q=poisoned",
        "/api/v1/trends/tags",
        "/api/v1/directory",
    ):
        answer = await get(path, headers=reader.headers)
        assert answer.status_code == 200, (path, answer.text)
    accounts = await world.runtime.db.fetch("SELECT id, username, domain FROM accounts")
    for row in accounts:
        answer = await get(f"/api/v1/accounts/{row['id']}/statuses", headers=reader.headers)
        assert answer.status_code in (200, 404), answer.text
