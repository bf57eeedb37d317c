"""What the calls of the contract use up, made anew before each."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fedi.core.auth.apps import find_app
from fedi.core.auth.codes import issue_code
from fedi.core.threads.knowledge import refresh_id
from tests.contract.abundance import PUSH, ask_to_follow, hold_back, later, upload
from tests.contract.place import Place

Made = dict[str, str]
Prepare = Callable[[Place], Awaitable[Made]]
_numbers = itertools.count(1)
CLIENT = {"client_id": "{client_id}", "client_secret": "{client_secret}"}
CODE = {
    **CLIENT,
    "grant_type": "authorization_code",
    "redirect_uri": "https://app.test/cb",
    "code": "{code}",
}


def make(method: str, path: str, body: Mapping[str, Any], name: str = "new") -> Prepare:
    """Something new of alice's."""

    async def prepare(place: Place) -> Made:
        given = {key: _fresh(value) for key, value in body.items()}
        found = await place.people["alice"].do(method, path.format(**place.names), json=given)
        return {name: found["id"]}

    return prepare


def _fresh(value: Any) -> Any:
    return (
        f"{value[:-1]}{next(_numbers)}" if isinstance(value, str) and value[-1:] == "#" else value
    )


post = make("POST", "/api/v1/statuses", {"status": "one more"})
new_list = make("POST", "/api/v1/lists", {"title": "more"})
allowed = make("POST", "/api/v1/admin/domain_allows", {"domain": "kind.test#"})
blocked_domain = make("POST", "/api/v1/admin/domain_blocks", {"domain": "rude.test#"})
new_filter = make("POST", "/api/v2/filters", {"title": "more", "context": ["home"]})
keyword = make("POST", "/api/v2/filters/{filter}/keywords", {"keyword": "word#"})
old_filter = make("POST", "/api/v1/filters", {"phrase": "old#", "context": ["home"]})
tag = make("POST", "/api/v1/featured_tags", {"name": "tag#"})
planned = make("POST", "/api/v1/statuses", {"status": "later", "scheduled_at": later()})


new_group = make("POST", "/api/v1/fedi/groups", {"name": "group#"})


async def group(place: Place) -> Made:
    """A new group of alice's, who can only have so many: an older one goes."""
    alice = place.people["alice"]
    found = await alice.do("GET", "/api/v1/fedi/groups")
    for group in found[8:]:
        await alice.do("DELETE", f"/api/v1/fedi/groups/{group['id']}")
    return await new_group(place)


async def name(place: Place) -> Made:
    await group(place)
    return {"group_name": f"tea{next(_numbers)}"}


async def moderated(place: Place) -> Made:
    made = await group(place)
    path = f"/api/v1/fedi/groups/{made['new']}/moderators/{place.names['bob']}"
    await place.people["alice"].post(path)
    return made


async def banned(place: Place) -> Made:
    made = await group(place)
    path = f"/api/v1/fedi/groups/{made['new']}/bans/{place.names['bob']}"
    await place.people["alice"].post(path)
    return made


async def group_post(place: Place) -> Made:
    """A post of bob's that waits in a group of alice's."""
    alice = place.people["alice"]
    name = f"gathering{next(_numbers)}"
    await group(place)
    made = await alice.post("/api/v1/fedi/groups", name=name, approval="true")
    post = await place.people["bob"].write(f"@{name} tea?")
    await place.settle()
    return {"new": made["id"], "post": post["id"]}


async def wish(place: Place) -> Made:
    alice, bob = place.people["alice"], place.people["bob"]
    rule = {"can_reply": {"automatic_approval": ["author"], "manual_approval": ["public"]}}
    post = await alice.write("who answers?", interaction_policy=rule)
    await bob.write("may I?", in_reply_to_id=post["id"])
    waiting = await alice.get("/api/v1/interaction_requests")
    return {"new": waiting[0]["id"]}


async def media(place: Place) -> Made:
    return {"new": await upload(place.people["alice"])}


async def refresh(place: Place) -> Made:
    alice, post = int(place.people["alice"].id), int(place.names["post"])
    return {"new": refresh_id(place.runtime.settings.secret, alice, post)}


async def vote(place: Place) -> Made:
    poll = {"options": ["a", "b"], "expires_in": 600}
    return {"new": (await place.people["bob"].write("which?", poll=poll))["poll"]["id"]}


async def filtered(place: Place) -> Made:
    alice, path = place.people["alice"], "/api/v2/filters/{filter}/statuses".format(**place.names)
    status = await place.people["bob"].write("filter this")
    found = await alice.post(path, status_id=status["id"])
    return {"new": found["id"], "status": status["id"]}


async def status_to_filter(place: Place) -> Made:
    return {"status": (await place.people["bob"].write("filter this"))["id"]}


async def notification(place: Place) -> Made:
    await place.people["carol"].write("@alice, look")
    await place.settle()
    found = await place.people["alice"].get("/api/v1/notifications?limit=1")
    return {"new": found[0]["id"], "group": found[0]["group_key"]}


async def request(place: Place) -> Made:
    return {"new": await hold_back(place, f"stranger{next(_numbers)}")}


async def asking(place: Place) -> Made:
    return {"new": await ask_to_follow(place, f"asking{next(_numbers)}")}


async def quoted(place: Place) -> Made:
    alice, bob = place.people["alice"], place.people["bob"]
    post = await alice.write("quote me")
    quoting = await bob.write("done", quoted_status_id=post["id"])
    await place.settle()
    return {"post": post["id"], "quoting": quoting["id"]}


async def talk(place: Place) -> Made:
    await place.people["bob"].write(f"@alice psst {next(_numbers)}", visibility="direct")
    await place.settle()
    found = await place.people["alice"].get("/api/v1/conversations")
    return {"new": found[0]["id"]}


async def somebody(place: Place) -> Made:
    """Somebody whom alice follows, and who follows her."""
    person = await place.member(f"somebody{next(_numbers)}")
    await person.post(f"/api/v1/accounts/{place.names['alice']}/follow")
    await place.people["alice"].post(f"/api/v1/accounts/{person.id}/follow")
    await place.settle()
    return {"new": person.id}


async def push(place: Place) -> Made:
    await place.people["alice"].post("/api/v1/push/subscription", **PUSH)
    return {}


async def joining(place: Place) -> Made:
    return {"username": f"joining{next(_numbers)}"}


async def code(place: Place) -> Made:
    async with place.runtime.unit() as unit:
        app = await find_app(unit, place.names["client_id"])
        assert app is not None
        user_id = place.people["alice"].user_id
        code = await issue_code(unit, app, user_id, "https://app.test/cb", "read write", None)
    return {"code": code}


async def domain_name(_place: Place) -> Made:
    return {"name": f"worse{next(_numbers)}.test"}


async def code_token(place: Place) -> Made:
    made = await code(place)
    body = {key: value.format(**place.names, **made) for key, value in CODE.items()}
    return {"token": (await place.anonymous.do("POST", "/oauth/token", json=body))["access_token"]}
