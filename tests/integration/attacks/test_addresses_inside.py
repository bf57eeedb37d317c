"""Addresses that a hostile server writes anywhere: none of them leads inside this machine.

Whatever the process connects to is seen, by a hook of the interpreter. Each place is also filled
with an honest address, which must be asked: a server that asks nobody would pass otherwise.
"""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import suppress
from typing import Any

import orjson
import pytest

from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.resolve import resolve_handle
from fedi.core.accounts.turns import Turns
from fedi.core.cards import service as cards
from fedi.core.groups.moderators import read_moderators
from fedi.core.media.remote import RemoteFiles
from fedi.core.relays import NewRelay, add_relay
from fedi.core.threads import chores as threads
from fedi.federation.delivery.pump import Deliverer, Pace
from fedi.federation.reading import backfill
from fedi.kit.errors import FediError
from fedi.worker import CHORE_HANDLERS
from tests.integration.cards.conftest import Site
from tests.integration.inbound.conftest import World, certificates, settings, world
from tests.integration.inbound.consenting import OPEN, stamp, write
from tests.integration.inbound.far import AS2, PUBLIC, Person
from tests.integration.outbound.conftest import until
from tests.rig.aftermath import settle
from tests.rig.certificates import Certificates

__all__ = ["certificates", "settings", "world"]

HOST = "m.far.test"
INSIDE = "127.0.0.77"
connected: set[str] = set()
_seeing: list[bool] = []


def _see(event: str, arguments: Any) -> None:
    if event == "socket.connect" and _seeing:
        connected.add(str(arguments[1]))


@pytest.fixture(scope="module", autouse=True)
def _hook() -> None:
    sys.addaudithook(_see)


@pytest.fixture
def seen() -> Generator[set[str], None, None]:
    """Where the process connects to from now on."""
    connected.clear()
    _seeing.append(True)
    yield connected
    _seeing.clear()


@pytest.fixture
async def far(certificates: Certificates) -> AsyncGenerator[Site, None]:
    """All other servers, which can redirect as well."""
    played = Site()
    server = await asyncio.start_server(played.serve, "127.0.0.2", 0, ssl=certificates.for_server())
    played.port = server.sockets[0].getsockname()[1]
    yield played
    server.close()


async def _resolve(host: str) -> Sequence[str]:
    """A name server of the attacker."""
    if host == "six.test":
        return ["::ffff:127.0.0.77"]
    if host == "both.test":
        return ["8.8.8.8", INSIDE]
    return [INSIDE]


@pytest.fixture
async def mallory(world: World) -> Person:
    world.people.turns = Turns(gap=0.0)
    world.expects_failure = True
    world.runtime.http._resolve = _resolve
    return await known(world, "mallory")


async def known(world: World, name: str, **extra: Any) -> Person:
    """Somebody hostile whom alice follows."""
    person = world.far.actor(HOST, name, extra=extra)
    await world.follow(person)
    return person


def bounce(world: World, url: str) -> str:
    """An address of the attacker's own that leads on to `url`."""
    assert isinstance(world.far, Site)
    far = world.far
    name = f"https://{HOST}/bounce/{len(far.pages)}"
    return far.write(name, "", status=302, location=url)


async def chores(world: World) -> None:
    for _ in range(3):
        rows = await world.runtime.db.fetch("SELECT * FROM chores WHERE state < 2 ORDER BY id")
        await world.runtime.db.fetch("UPDATE chores SET state = 2 WHERE state < 2")
        for kind in dict.fromkeys(row["kind"] for row in rows):
            mine = [row for row in rows if row["kind"] == kind]
            await CHORE_HANDLERS[kind](world.people, mine)
            await world.runtime.tasks.wait(10)


async def look_around(world: World) -> None:
    """Members look at everything that has come: threads, profiles, pictures, links."""
    fetch = world.runtime.db.fetch
    for row in await fetch("SELECT id FROM statuses WHERE NOT local"):
        await threads.crawl(world.people, {"status": row["id"]})
    for row in await fetch("SELECT id, actor_type FROM accounts WHERE domain IS NOT NULL"):
        await backfill.look(world.people, row["id"])
        group = await get_by_id(world.runtime.read(), row["id"])
        with suppress(FediError):
            await read_moderators(world.people, group, anew=True)
    files = RemoteFiles(world.people)
    pictures = await fetch(
        "SELECT avatar_url AS text FROM accounts UNION SELECT header_url FROM accounts"
        " UNION SELECT image_url FROM preview_cards UNION SELECT url FROM status_reactions"
        " UNION SELECT attachments::text || emojis::text FROM statuses"
    )
    for row in pictures:
        for url in re.findall(r"https?://[^\s\"]+", row["text"] or ""):
            with suppress(FediError):
                await files.get(url)


async def nothing_due(world: World) -> bool:
    return not await world.count("deliveries", "state = 0")


async def send(world: World) -> None:
    """Deliver what is due, once."""
    pace = Pace(deadline=3, short_deadline=2, set_aside=0.2, patience=1)
    deliverer = Deliverer(world.runtime, world.people, pace=pace)
    task = asyncio.ensure_future(deliverer.run())
    deliverer.ring()
    await until(lambda: nothing_due(world))
    await deliverer.stop()
    await task


async def live(world: World) -> None:
    """Everything that follows, for as long as anything does."""
    for _ in range(2):
        await world.drain()
        await settle(world.runtime)
        await chores(world)
    await look_around(world)
    await chores(world)
    await send(world)


Plant = Callable[[World, str, str], Awaitable[None]]


def of_profile(make: Callable[[Person, str], dict[str, Any]]) -> Plant:
    """The address stands in the profile of somebody whom alice follows and writes to."""

    async def plant(world: World, url: str, name: str) -> None:
        person = await known(world, name)
        person.extra = make(person, url)
        person.publish()
        await world.deliver(person, person.does("Follow", world.alice.uri))
        await world.deliver(person, person.does("Update", person.document()))
        with suppress(FediError):
            await write(world, f"hello @{name}@{HOST}")

    return plant


def of_post(make: Callable[[World, str], dict[str, Any]], **more: Any) -> Plant:
    """The address stands in a post of somebody whom alice follows."""

    async def plant(world: World, url: str, name: str) -> None:
        person = await known(world, name)
        note = person.note(**{**more, **make(world, url)})
        world.far.documents[note["id"]] = {"@context": AS2, **note}
        await world.deliver(person, person.creates(note))

    return plant


def of_deed(make: Callable[[Person, str, str], dict[str, Any]]) -> Plant:
    """The address stands in what somebody does, mostly to a post of alice's."""

    async def plant(world: World, url: str, name: str) -> None:
        person = await known(world, name, featured=f"https://{HOST}/users/{name}/featured")
        _, post = await write(world, interaction_policy=None)
        await world.deliver(person, make(person, post, url))

    return plant


async def handle(world: World, url: str, _name: str) -> None:
    """The host of the address is asked for an account."""
    authority = url.split("/")[2]
    with suppress(FediError):
        await resolve_handle(world.people, f"x@{authority}")


async def webfinger(world: World, url: str, name: str) -> None:
    """A handle that leads to the address, and a template that does."""
    person = world.far.actor(HOST, name)
    link = {"rel": "self", "type": "application/activity+json", "href": url}
    jrd = {"subject": f"acct:{name}@{HOST}", "links": [link]}
    lrdd = {"subject": "x", "links": [{"rel": "lrdd", "template": f"{url}?x={{uri}}"}]}
    for key in list(world.far.documents):
        if f":{name}" in key or f"%3A{name}" in key:
            world.far.documents[key] = jrd
    with suppress(FediError):
        await resolve_handle(world.people, f"{name}@{HOST}")
    world.far.documents["https://h.far.test/.well-known/host-meta"] = lrdd
    world.far.documents["https://h.far.test/.well-known/host-meta.json"] = lrdd
    with suppress(FediError):
        await resolve_handle(world.people, f"{name}@h.far.test")
    assert person.uri


async def key(world: World, url: str, name: str) -> None:
    """The signature names the address as its key's."""
    person = world.far.actor(HOST, name)
    person.key_id = url
    await world.post(person, person.does("Like", "https://a.test/nothing"))


async def relay(world: World, url: str, name: str) -> None:
    """The address is that of a relay, which somebody typed in."""
    with suppress(FediError):
        async with world.runtime.unit() as unit:
            await add_relay(unit, "https://a.test", NewRelay("mastodon", url, None))
    await settle(world.runtime)
    assert name


async def quoted(world: World, url: str, name: str) -> None:
    """Consent to a quote of alice's is said to be at the address."""
    person = await known(world, name)
    note = person.note("quote me", **OPEN)
    await world.deliver(person, person.creates(note))
    number = await world.value("SELECT id FROM statuses WHERE uri = $1", note["id"])
    await write(world, "so true", quoted_status_id=number)
    await settle(world.runtime)
    rows = await world.runtime.db.fetch("SELECT body FROM activities ORDER BY id DESC")
    sent = [orjson.loads(row["body"]) for row in rows]
    request = next(each for each in sent if each["type"] == "QuoteRequest")
    await world.deliver(person, person.does("Accept", request, result=url))


async def page(world: World, url: str, name: str) -> None:
    """The address stands in the preview of a page."""
    assert isinstance(world.far, Site)
    link = world.far.write(
        f"https://{HOST}/pages/{name}",
        f'<title>t</title><meta property="og:image" content="{url}">'
        f'<meta property="og:video" content="{url}"><meta property="og:url" content="{url}">'
        f'<link rel="alternate" type="application/json+oembed" href="{url}">'
        f'<meta http-equiv="refresh" content="0;url={url}"><link rel="canonical" href="{url}">',
    )
    person = await known(world, name)
    note = person.note(content=f'<p><a href="{link}">{link}</a></p>')
    await world.deliver(person, person.creates(note))
    await settle(world.runtime)
    with suppress(FediError):
        await cards.make_card(world.people, link)


async def further(world: World, url: str, name: str) -> None:
    """The address is that of the next page of a list of answers."""
    answers = f"https://{HOST}/answers/{name}"
    first = {"type": "CollectionPage", "partOf": answers, "items": [], "next": url}
    document = {"@context": AS2, "id": answers, "type": "Collection", "first": first}
    world.far.documents[answers] = document
    await of_post(lambda _world, _url: {"replies": answers})(world, url, name)


def emoji(url: str) -> dict[str, Any]:
    return {"type": "Emoji", "name": ":e:", "icon": {"type": "Image", "url": url}}


def link_of(url: str) -> str:
    return f'<p><a href="{url}" rel="me">{url}</a></p>'


# The places that are read; then those that nobody reads.
ASKED: dict[str, Plant] = {
    "inbox": of_profile(lambda _, url: {"inbox": url}),
    "shared inbox": of_profile(lambda _, url: {"endpoints": {"sharedInbox": url}}),
    "outbox": of_profile(lambda _, url: {"outbox": url}),
    "featured": of_profile(lambda _, url: {"featured": url}),
    "featured tags": of_profile(lambda _, url: {"featuredTags": url}),
    "moderators": of_profile(lambda _, url: {"type": "Group", "attributedTo": url}),
    "avatar": of_profile(lambda _, url: {"icon": {"type": "Image", "url": url}}),
    "header": of_profile(lambda _, url: {"image": {"type": "Image", "url": url}}),
    "link of a profile": of_profile(
        lambda _, url: {
            "attachment": [{"type": "PropertyValue", "name": "me", "value": link_of(url)}]
        }
    ),
    "parent": of_post(lambda _, url: {"inReplyTo": url}),
    "quoted post": of_post(lambda _, url: {"quote": url}),
    "consent to a quote": quoted,
    "replies": of_post(lambda _, url: {"replies": url}),
    "further replies": further,
    "context": of_post(lambda _, url: {"context": url}),
    "attachment": of_post(
        lambda _, url: {
            "attachment": [{"type": "Document", "mediaType": "image/png", "url": url, "icon": url}]
        }
    ),
    "emoji": of_post(lambda _, url: {"tag": [emoji(url)]}),
    "link in a post": of_post(lambda _, url: {"content": link_of(url)}),
    "preview of a page": page,
    "boosted post": of_deed(lambda p, _, url: p.does("Announce", url, to=[PUBLIC])),
    "moved to": of_deed(lambda p, _, url: p.does("Move", p.uri, target=url)),
    "pin": of_deed(lambda p, _, url: p.does("Add", url, target=f"{p.uri}/featured")),
    "instrument of a request": of_deed(
        lambda p, post, url: p.does("QuoteRequest", post, instrument=url)
    ),
    "emoji of a reaction": of_deed(
        lambda p, post, url: p.does("EmojiReact", post, content=":e:", tag=[emoji(url)])
    ),
    "relay": relay,
    "key": key,
    "self link": webfinger,
}
UNASKED: dict[str, Plant] = {
    "handle": handle,
    "mention": of_post(lambda _, url: {"tag": [{"type": "Mention", "href": url, "name": "@x@y"}]}),
    "likes": of_post(lambda _, url: {"likes": url}),
    "shares": of_post(lambda _, url: {"shares": {"id": url, "type": "Collection", "first": url}}),
    "generator": of_post(lambda _, url: {"generator": {"id": url, "url": url}, "preview": url}),
    "contexts": of_post(lambda _, url: {"@context": [AS2, url], "conversation": url, "url": url}),
    "approved by": of_post(lambda _, url: {"approvedBy": url, "replyAuthorization": url}),
    "like approved by": of_deed(lambda p, post, url: p.does("Like", post, approvedBy=url)),
    "stamp in the request": of_deed(
        lambda p, post, url: p.does("Accept", post, result=stamp(p, url, url, id=url))
    ),
    "profile": of_profile(
        lambda _, url: {
            "url": url,
            "movedTo": url,
            "alsoKnownAs": [url],
            "generator": {"id": url},
            "followers": url,
            "following": url,
            "liked": url,
            "assertionMethod": [url],
            "service": url,
            "proxyUrl": url,
            "oauthAuthorizationEndpoint": url,
        }
    ),
    "report": of_deed(lambda p, post, url: p.does("Flag", [post, url], content=url)),
    "unknown object": of_deed(lambda p, _, url: p.does("Delete", url)),
    "undone": of_deed(lambda p, _, url: p.does("Undo", url)),
}


@pytest.mark.parametrize("name", [*ASKED, *UNASKED])
async def test_no_address_leads_inside(
    world: World, mallory: Person, seen: set[str], name: str
) -> None:
    plant = {**ASKED, **UNASKED}[name]
    before = set(seen)
    paths = [
        f"https://{INSIDE}/secret",
        f"http://{INSIDE}/secret",
        "https://[::ffff:127.0.0.77]/secret",
        "https://inside.test/secret",
        "https://six.test/secret",
        "http://both.test/secret",
        "https://2130706509/secret",
    ]
    bounces = [bounce(world, path) for path in paths[:5]]
    assert mallory.host
    for number, url in enumerate([*paths, *bounces]):
        await plant(world, url, f"m{number}")
    await live(world)
    new = {where for where in seen - before if f"'127.0.0.2', {world.far.port}" not in where}
    inside = [where for where in new if INSIDE in where or "8.8.8.8" in where or "::" in where]
    assert inside == []
    if name in ASKED:
        asked = [url for url in bounces if world.far.asked[url]]
        assert asked, "the address is not read at all"


@pytest.mark.parametrize("name", ASKED)
async def test_an_honest_address_is_asked(world: World, mallory: Person, name: str) -> None:
    url = f"https://{HOST}/honest/thing"
    assert mallory.host
    await ASKED[name](world, url, "honest")
    await live(world)
    assert any(each.startswith(url) for each in world.far.asked)


async def test_the_hook_sees_what_is_connected_to(seen: set[str]) -> None:
    """Without this nothing above would mean anything."""
    with suppress(OSError):
        await asyncio.open_connection(INSIDE, 1)
    assert any(INSIDE in where for where in seen)


SHAPES: list[Any] = [
    {"url": f"https://{INSIDE}/", "verify": False, "method": "POST"},
    {"href": {"href": f"https://{INSIDE}/"}},
    [f"https://{INSIDE}/", {"id": f"https://{INSIDE}/"}],
    [[f"https://{INSIDE}/"]],
    {"id": 7},
    5,
    1.5,
    True,
    None,
    "",
    {"toString": 1, "length": 2},
    {"id": f"https://{INSIDE}/", "headers": {"Host": "a.test"}, "proxy": f"http://{INSIDE}/"},
]
SPOKEN = {"handle", "relay", "key", "link of a profile", "link in a post", "preview of a page"}


@pytest.mark.parametrize("name", sorted(({*ASKED, *UNASKED}) - SPOKEN))
async def test_only_text_is_an_address(
    world: World, mallory: Person, seen: set[str], name: str
) -> None:
    plant: Callable[[World, Any, str], Awaitable[None]] = {**ASKED, **UNASKED}[name]
    assert mallory.host
    for number, shape in enumerate(SHAPES):
        if name == "self link" and not isinstance(shape, str | dict | list):
            continue
        await plant(world, shape, f"m{number}")
    await live(world)
    assert [where for where in seen if INSIDE in where] == []
    rows = await world.runtime.db.fetch(
        "SELECT type, reason FROM inbound WHERE state NOT IN (2, 3, 4) AND type <> 'Undo'"
    )
    assert [tuple(row) for row in rows] == []
