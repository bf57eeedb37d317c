"""Every reader of posts against every kind of viewer: nobody gets what is not for them.

The readers are all GET routes of the table, the public pages and the documents for servers; the
ids that go into them are all there are, whoever owns them.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from fedi.api.deps import Route, Who
from fedi.api.routes import ROUTES
from tests.contract.abundance import later, upload
from tests.contract.conftest import MakeSettings
from tests.contract.place import Person, Place, open_place

pytestmark = pytest.mark.xdist_group("contract")

LOCALS = {"stranger", "follower", "mentioned", "author", "muter", "blocker", "ex"}
EVERYBODY = {*LOCALS, "anonymous", "app"}
# Who may see which posts of the author's; the blocked may see none.
MAY_SEE: dict[str, set[str]] = {
    "public": EVERYBODY,
    "unlisted": EVERYBODY,
    "private": {"follower", "mentioned", "author", "muter"},
    "direct": {"mentioned", "author"},
    "house": LOCALS,
    "removed": set(),
    "planned": {"author"},
    "upload": {"author"},
    "suspended": set(),
}
HIDING = {"muter", "blocker"}
# Where the posts of somebody whom the viewer has blocked or muted do not appear by themselves.
FEEDS = re.compile(
    "/api/v1/timelines/(home|public|tag|link|list)|/api/v./notifications|/api/v2/search"
)
WORD = "qcanary"


@dataclass
class Hidden:
    """The world of these tests."""

    place: Place
    # What gives a kind of posts away: words of its text, file names, ids.
    marks: dict[str, set[str]] = field(default_factory=dict)
    posts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # Ids by the path before them.
    ids: dict[str, set[str]] = field(default_factory=dict)

    @property
    def viewers(self) -> dict[str, Person]:
        return self.place.people

    def keep(self, kind: str, post: dict[str, Any]) -> None:
        """Remember what would give a post away."""
        self.posts.setdefault(kind, []).append(post)
        marks = self.marks.setdefault(kind, {f"{WORD}{kind}"})
        marks.add(f'"id":"{post["id"]}"')
        for media in post["media_attachments"]:
            marks |= {media["url"].rpartition("/")[2], media["preview_url"].rpartition("/")[2]}
        if post["poll"]:
            marks.add(f'"id":"{post["poll"]["id"]}"')

    def leaks(self, viewer: str, text: str) -> list[str]:
        """What a text says that is not for a viewer."""
        kinds = [kind for kind, allowed in MAY_SEE.items() if viewer not in allowed]
        return [mark for kind in kinds for mark in self.marks[kind] if mark in text]


@pytest.fixture(scope="session")
async def hidden(make_settings: MakeSettings, quiet: None) -> AsyncGenerator[Hidden, None]:
    """Posts of all kinds, and people who stand in every relation to their author."""
    async with open_place(make_settings("hidden")) as place:
        built = Hidden(place)
        await _fill(built)
        yield built


async def _fill(hidden: Hidden) -> None:
    place = hidden.place
    for name in (
        "author",
        "stranger",
        "follower",
        "mentioned",
        "muter",
        "blocker",
        "ex",
        "blocked",
    ):
        await place.member(name)
    people = place.people
    author, gone = people["author"], await place.member("gone")
    del people["gone"]
    for name in ("follower", "muter", "blocker", "ex", "blocked"):
        await people[name].post(f"/api/v1/accounts/{author.id}/follow", notify=True)
    await place.settle()
    for visibility in ("public", "unlisted", "private", "direct"):
        await _write(hidden, author, visibility, visibility=visibility)
    await _write(hidden, author, "house", local_only=True)
    await _write(hidden, author, "removed")
    await _write(hidden, gone, "suspended")
    await place.settle()
    await _plan(hidden, author)
    await _spread(hidden, author)
    for post in hidden.posts["removed"]:
        await author.do("DELETE", f"/api/v1/statuses/{post['id']}")
    await place.sql("UPDATE accounts SET suspended_at = now() WHERE id = $1", int(gone.id))
    await author.post(f"/api/v1/accounts/{people['blocked'].id}/block")
    await author.post(f"/api/v1/accounts/{people['ex'].id}/remove_from_followers")
    await people["muter"].post(f"/api/v1/accounts/{author.id}/mute")
    await people["blocker"].post(f"/api/v1/accounts/{author.id}/block")
    await place.settle()
    people["anonymous"] = place.anonymous
    people["app"] = Person(place.client, await place.token(None))
    await _collect(hidden, gone)


async def _write(hidden: Hidden, author: Person, kind: str, **more: Any) -> None:
    """One post with a file, one with a poll; changed once, so that there is a past."""
    word = f"{WORD}{kind}"
    text = f"{word} @mentioned @ex @blocked https://links.test/1 #{WORD}"
    if kind == "private":
        text = f"{word} @mentioned #{WORD} https://links.test/1"
    media = await upload(author, description=f"alt {word}")
    poll = {"options": [f"one {word}", f"two {word}"], "expires_in": 3600}
    if kind == "direct":
        text = f"{word} @mentioned #{WORD}"
    for part in ({"media_ids": [media]}, {"poll": poll}):
        post = await author.write(text, spoiler_text=f"cw {word}", **part, **more)
        changed = {"status": f"{text} again", "spoiler_text": f"cw {word}", **part}
        await author.do("PUT", f"/api/v1/statuses/{post['id']}", json=changed)
        hidden.keep(kind, post)


async def _plan(hidden: Hidden, author: Person) -> None:
    planned = await author.write(f"{WORD}planned", scheduled_at=later())
    hidden.marks["planned"] = {f"{WORD}planned"}
    hidden.ids["/api/v1/scheduled_statuses/"] = {planned["id"]}
    media_id = await upload(author, description=f"{WORD}upload")
    hidden.marks["upload"] = {f"{WORD}upload"}
    hidden.ids["/api/v1/media/"] = {media_id}


async def _spread(hidden: Hidden, author: Person) -> None:
    """While they may, people keep, answer and filter what they see; later some may no more."""
    place, people = hidden.place, hidden.place.people
    for name in ("follower", "mentioned", "muter", "blocker", "ex", "blocked"):
        person = people[name]
        found = await person.post("/api/v1/lists", title="all")
        if name != "mentioned":
            path = f"/api/v1/lists/{found['id']}/accounts"
            await person.post(path, account_ids=[author.id])
        filters = await person.post("/api/v2/filters", title="x", context=["home"])
        await person.post("/api/v1/tags/qcanary/follow")
        for post in [post for kind in hidden.posts for post in hidden.posts[kind]]:
            for verb in ("favourite", "bookmark", "reblog", "mute"):
                await person.call("POST", f"/api/v1/statuses/{post['id']}/{verb}")
            if verb_poll := post["poll"]:
                path = f"/api/v1/polls/{verb_poll['id']}/votes"
                await person.call("POST", path, json={"choices": [0]})
            for more in ({"in_reply_to_id": post["id"]}, {"quoted_status_id": post["id"]}):
                body = {"status": f"from {name} @author", **more}
                await person.call("POST", "/api/v1/statuses", json=body)
            path = f"/api/v2/filters/{filters['id']}/statuses"
            await person.call("POST", path, json={"status_id": post["id"]})
            path = f"/api/v1/statuses/{post['id']}/unmute"
            await person.call("POST", path)
    for post in hidden.posts["private"]:
        await author.post(f"/api/v1/statuses/{post['id']}/pin")
        await author.post(f"/api/v1/statuses/{post['id']}/reblog")
        await author.write("i said", quoted_status_id=post["id"])
        await author.write("below", in_reply_to_id=post["id"], visibility="public")
    await place.settle()


async def _collect(hidden: Hidden, gone: Person) -> None:
    """All ids that could stand in a path, of everybody."""
    place, ids = hidden.place, hidden.ids
    posts = [post for kind in hidden.posts.values() for post in kind]
    ids["/api/v1/accounts/"] = {each.id for each in place.people.values() if each.account}
    ids["/api/v1/accounts/"].add(gone.id)
    ids["/api/v1/polls/"] = {post["poll"]["id"] for post in posts if post["poll"]}
    for prefix, table, column in (
        ("/api/v1/statuses/", "statuses", "id"),
        ("/api/v1/lists/", "lists", "id"),
        ("/api/v1/timelines/list/", "lists", "id"),
        ("/api/v2/filters/", "filters", "id"),
        ("/api/v2/filters/statuses/", "filter_statuses", "id"),
        ("/api/v1/notifications/", "notifications", "id"),
        ("/api/v2/notifications/", "notifications", "coalesce(group_key, 'ungrouped-' || id)"),
        ("/api/v1/notifications/requests/", "notification_requests", "id"),
        ("/api/v1/pleroma/statuses/", "statuses", "id"),
        ("/api/v1/interaction_requests/", "interaction_requests", "id"),
        ("/api/v1/fedi/groups/", "groups", "group_id"),
    ):
        rows = await place.runtime.db.fetch(f"SELECT DISTINCT {column}::text FROM {table}")
        ids[prefix] = {row[0] for row in rows}


# Paths whose parameter leads to no post of anybody's.
NO_POSTS = re.compile(
    "/api/v./collections|/api/v1_alpha|/api/v1/annual|/invite|/api/v1/instance|/api/v1/tags/"
    "|/api/v./filters/keywords|/api/v1/filters/|/api/v1/admin/domain_"
)


def readings(hidden: Hidden, route: Route) -> Iterator[str]:
    """Every address of a route at which posts could be met."""
    if "{hashtag}" in route.path:
        yield from (route.path.replace("{hashtag}", WORD) + tail for tail in ("", "?local=true"))
    elif "{" not in route.path:
        yield from _queries(hidden, route.path)
    elif not NO_POSTS.match(route.path):
        before, _, behind = route.path.partition("{")
        known = hidden.ids.get(before)
        assert known is not None, (
            f"which ids can stand in GET {route.path}? Add them to _collect in"
            " tests/contract/test_visibility.py"
        )
        # Of what there is much, a part will do; of posts all are asked for.
        chosen = sorted(known) if "statuses/" in before else sorted(known)[:40]
        for each in chosen:
            path = before + each + behind.partition("}")[2]
            yield path
            if path.endswith("/statuses") and "accounts" in path:
                yield from (
                    f"{path}?{q}" for q in ("pinned=true", "only_media=1", f"tagged={WORD}")
                )


def _queries(hidden: Hidden, path: str) -> Iterator[str]:
    posts = [post for kind in hidden.posts.values() for post in kind]
    if path.endswith("/search"):
        for query in (WORD, "again", "cw", *(f"{WORD}{kind}" for kind in MAY_SEE)):
            yield f"{path}?q={query}"
            yield f"{path}?q={query}&type=statuses&limit=40"
        yield from (f"{path}?q={post['uri']}" for post in posts)
    elif path == "/api/v1/statuses":
        yield from (f"{path}?id[]={post['id']}" for post in posts)
    elif path == "/api/oembed":
        yield from (f"{path}?url={post['url']}" for post in posts)
    elif path.endswith("timelines/link"):
        yield f"{path}?url=https://links.test/1"
    elif path.endswith("/notifications"):
        yield f"{path}?limit=80&include_filtered=true"
    elif path.endswith("timelines/public"):
        yield from (f"{path}?{query}=true&limit=40" for query in ("local", "only_media", "remote"))
    else:
        yield f"{path}?limit=40"


def _authors(value: Any) -> set[str]:
    """Whose posts, boosted posts or deeds a feed shows."""
    rows = value if isinstance(value, list) else value.get("statuses", [])
    rows += [row["reblog"] for row in rows if row.get("reblog")]
    return {row["account"]["id"] for row in rows}


READERS = [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("viewer", sorted({*EVERYBODY, "blocked"}))
async def test_no_reader_of_the_api_gives_more(hidden: Hidden, viewer: str) -> None:
    who, seen = hidden.viewers[viewer], set[str]()
    for route in READERS:
        if route.who is Who.MEMBER and who.account is None:
            continue
        for path in readings(hidden, route):
            answer = await who.call("GET", path)
            assert answer.status_code in {200, 206, 400, 401, 403, 404, 422}, (path, answer.text)
            if answer.status_code != 200:
                assert WORD not in answer.text, path
                continue
            # Where nobody looks at tokens, everybody is a stranger.
            known_as = "anonymous" if route.who is Who.OPEN else viewer
            leaks = hidden.leaks(known_as, answer.text)
            assert not leaks, (viewer, path, leaks, answer.text[:2000])
            # What was asked for with its id or words is not met by chance.
            if viewer in HIDING and FEEDS.match(path) and "q=http" not in path:
                author = hidden.viewers["author"].id
                assert author not in _authors(answer.json()), (viewer, path)
            if route.who is Who.OPEN:
                continue
            seen |= {kind for kind in MAY_SEE if f"{WORD}{kind}" in answer.text}
    allowed = {kind for kind, viewers in MAY_SEE.items() if viewer in viewers}
    assert seen == allowed, "what is for them they do see"


@pytest.mark.parametrize("viewer", ["stranger", "ex", "blocked", "follower"])
async def test_nothing_is_said_by_acting(hidden: Hidden, viewer: str) -> None:
    """What cannot be seen cannot be boosted, answered, voted on, quoted or filtered either."""
    who = hidden.viewers[viewer]
    for kind, allowed in MAY_SEE.items():
        for post in [] if viewer in allowed else hidden.posts.get(kind, []):
            for method, path, body in _acts(post, hidden):
                answer = await who.call(method, path, json=body)
                place = (viewer, kind, method, path, answer.text)
                assert answer.status_code == 404, place
                assert WORD not in answer.text, place


def _acts(post: dict[str, Any], hidden: Hidden) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for route in ROUTES:
        if route.method != "GET" and route.path.startswith("/api/v1/statuses/{id}"):
            path = route.path.replace("{id}", post["id"])
            path = path.replace("{quoting_status_id}", hidden.posts["public"][0]["id"])
            yield route.method, path, {"status": "mine", "quote_approval_policy": "public"}
        if post["poll"] and route.path == "/api/v1/polls/{id}/votes":
            yield "POST", route.path.replace("{id}", post["poll"]["id"]), {"choices": [0]}
    for name in ("in_reply_to_id", "quoted_status_id"):
        yield "POST", "/api/v1/statuses", {"status": "x", name: post["id"]}


async def test_pages_and_documents_are_for_everybody(hidden: Hidden) -> None:
    """Pages without a viewer, and what other servers may fetch without a signature."""
    author, seen = hidden.viewers["author"], set[str]()
    actor = f"/ap/users/{author.id}"
    document = {"Accept": "application/activity+json"}
    asked = [(path, document) for path in (f"{actor}/outbox?page=true", f"{actor}/outbox", actor)]
    asked += [(f"{actor}/collections/featured", document), (f"{actor}/collections/tags", document)]
    asked += [(path, {"Accept": "text/html"}) for path in ("/", "/@author", f"/tags/{WORD}")]
    for post in [post for kind in hidden.posts.values() for post in kind]:
        note = f"{actor}/statuses/{post['id']}"
        for tail in ("", "/activity", "/replies", "/replies?page=true", "/likes", "/shares"):
            asked.append((note + tail, document))
        for path in (f"/contexts/{post['id']}", f"/contexts/{post['id']}/items"):
            asked.append((path, document))
        for name in ("author", "gone", "stranger"):
            asked.append((f"/@{name}/{post['id']}", {"Accept": "text/html"}))
            asked.append((f"/@{name}/{post['id']}", document))
    for path, headers in asked:
        answer = await hidden.place.client.get(path, headers=headers)
        leaks = hidden.leaks("anonymous", answer.text)
        assert not leaks, (path, leaks)
        seen |= {kind for kind in MAY_SEE if f"{WORD}{kind}" in answer.text}
    assert seen == {"public", "unlisted"}
