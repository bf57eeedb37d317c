"""Everything that an instance can hold, made as members make it, and by what the server does."""

from datetime import timedelta
from typing import Any

from fedi.core.announcements import service as announcements
from fedi.core.auth import apps
from fedi.core.domains import service as domains
from fedi.core.emojis.service import add_emoji
from fedi.core.moderation.rules import add_rule
from fedi.core.notifications.recipients import warned
from fedi.core.notifications.service import notify
from fedi.kit.clock import now, to_iso
from tests.contract.pictures import png
from tests.contract.place import Person, Place
from tests.rig.push import Phone

ALERTS = {"mention": True, "favourite": True, "follow": True, "poll": True, "quote": True}
PHONE = Phone.new()
PUSH = {
    "subscription": {
        "endpoint": "https://push.service.test/one",
        "keys": {"p256dh": PHONE.p256dh, "auth": PHONE.auth_text},
    },
    "data": {"alerts": ALERTS, "policy": "all"},
}


async def upload(person: Person, **more: str) -> str:
    """A picture that is ready to be posted; its id."""
    given = {"description": "a blue field", **more}
    found = await person.do(
        "POST", "/api/v1/media", files={"file": ("a.png", png(), "image/png")}, data=given
    )
    return found["id"]


def later(hours: int = 24) -> str:
    """A moment to come."""
    return to_iso(now() + timedelta(hours=hours))


async def fill(place: Place) -> None:
    """Make the world."""
    place.names |= {"tag": "tea", "thumb": "%F0%9F%91%8D", "terms_date": "2026-01-31"}
    names = ("alice", "bob", "carol", "dave")
    alice, bob, carol, _dave = [
        await place.member(name, role="owner" if name == "alice" else "member") for name in names
    ]
    far = await place.world.stranger("far", note="<p>hi</p>", display_name="Far away")
    place.names["far"] = str(far.id)
    await _arrange_server(place)
    for one, other in ((alice, bob), (bob, alice), (carol, alice), (alice, carol)):
        await one.post(f"/api/v1/accounts/{other.id}/follow", notify=True)
    await place.world.follow(alice.account, far)  # pyright: ignore[reportArgumentType]
    await place.settle()
    await _arrange_profile(place, alice)
    await _write(place, alice, bob, carol)
    await _receive(place, far)
    await _keep(place, alice, bob)
    await _tell(place, alice, bob, carol)
    await place.settle()


async def _arrange_server(place: Place) -> None:
    async with place.runtime.unit() as unit:
        rule = await add_rule(unit, "Be kind", "Really")
        place.names["rule"] = str(rule.id)
        said = await announcements.publish(unit, "https://a.test", "Hello all #news")
        place.names["announcement"] = str(said)
        await domains.block(unit, "bad.test", domains.Rule(comment="no"))
        app = await apps.register_app(unit, "Client", ["https://app.test/cb"], SCOPES)
    place.names |= {"client_id": app.client_id, "client_secret": app.client_secret}
    place.runtime.scratch.mkdir(parents=True, exist_ok=True)
    file = place.runtime.scratch / "bee.png"
    file.write_bytes(png(16, 16))
    await add_emoji(place.runtime, "bee", file, "insects")


SCOPES = "read write follow push profile"


async def _arrange_profile(place: Place, alice: Person) -> None:
    await alice.do(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={
            "display_name": "Alice :bee:",
            "note": "I am #alice",
            "discoverable": True,
            "indexable": True,
            "fields_attributes": [{"name": "Home", "value": "https://alice.test"}],
        },
    )
    filters = await alice.post(
        "/api/v2/filters",
        title="noise",
        context=["home", "notifications", "public", "thread", "account"],
        filter_action="warn",
        expires_in=86_400,
        keywords_attributes=[{"keyword": "noise", "whole_word": True}],
    )
    place.names["filter"] = filters["id"]
    place.names["keyword"] = filters["keywords"][0]["id"]
    found = await alice.post("/api/v1/lists", title="friends", replies_policy="list")
    place.names["list"] = found["id"]
    await alice.post(f"/api/v1/lists/{found['id']}/accounts", account_ids=[place.names["bob"]])
    await alice.post("/api/v1/tags/tea/follow")
    place.names["featured"] = (await alice.post("/api/v1/featured_tags", name="tea"))["id"]
    await alice.post("/api/v1/push/subscription", **PUSH)
    await alice.post(f"/api/v1/accounts/{place.names['bob']}/endorse")
    await alice.post(f"/api/v1/accounts/{place.names['bob']}/note", comment="met at tea")
    await alice.post("/api/v1/domain_blocks", domain="evil.test")


async def _write(place: Place, alice: Person, bob: Person, carol: Person) -> None:
    names = place.names
    post = await alice.write("first #tea :bee:", language="en")
    names["post"] = post["id"]
    await alice.do(
        "PUT", f"/api/v1/statuses/{post['id']}", json={"status": "second #tea noise :bee:"}
    )
    warned_post = await bob.write("noise @alice", spoiler_text="careful", in_reply_to_id=post["id"])
    names["reply"] = warned_post["id"]
    names["media_post"] = (await alice.write("look", media_ids=[await upload(alice)]))["id"]
    voted = await bob.write("which?", poll={"options": ["tea", "coffee"], "expires_in": 3600})
    names |= {"poll_post": voted["id"], "poll": voted["poll"]["id"]}
    await alice.post(f"/api/v1/polls/{voted['poll']['id']}/votes", choices=[0])
    quoting = await bob.write("see", quoted_status_id=post["id"])
    names["quoting"] = quoting["id"]
    await carol.write("see the one that sees", quoted_status_id=quoting["id"])
    names["boost"] = (await bob.post(f"/api/v1/statuses/{post['id']}/reblog"))["id"]
    for who in (bob, carol):
        await who.post(f"/api/v1/statuses/{post['id']}/favourite")
    direct = await bob.write("psst @alice", visibility="direct")
    names["direct"] = direct["id"]
    await alice.write("followers only", visibility="private")
    await alice.write("of this house only", local_only=True)
    gone = await alice.write("soon gone")
    await alice.do("DELETE", f"/api/v1/statuses/{gone['id']}")
    await alice.post(f"/api/v1/statuses/{post['id']}/pin")
    planned = await alice.write(
        "tomorrow", scheduled_at=later(), poll={"options": ["a", "b"], "expires_in": 3600}
    )
    names["scheduled"] = planned["id"]
    linked = await bob.write("read https://news.test/1")
    await place.settle()
    await _add_card(place, linked["id"])


async def _add_card(place: Place, status_id: str) -> None:
    async with place.runtime.unit() as unit:
        card_id = await unit.new_id()
        await unit.execute(
            "INSERT INTO preview_cards (id, url, state, title, image_url, author_name, created_at)"
            " VALUES ($1, 'https://news.test/1', 1, 'News', 'https://news.test/1.png', 'Bob',"
            " now()) ON CONFLICT (url) DO UPDATE SET state = 1, title = 'News'",
            card_id,
        )
        await unit.execute(
            "UPDATE statuses SET revision = revision + 1, card_id ="
            " (SELECT id FROM preview_cards WHERE url = 'https://news.test/1') WHERE id = $1",
            int(status_id),
        )


async def _receive(place: Place, far: Any) -> None:
    picture = {"type": "Image", "mediaType": "image/png", "url": "https://far.test/1.png"}
    question = {
        "type": "Question",
        "oneOf": [{"type": "Note", "name": word, "replies": {"totalItems": 1}} for word in "xy"],
    }
    for more in ({"attachment": [picture]}, question):
        await place.world.receive(place.world.note(far, **more))  # pyright: ignore[reportArgumentType]
    await place.settle()


async def _keep(place: Place, alice: Person, bob: Person) -> None:
    names = place.names
    for verb in ("favourite", "bookmark"):
        await alice.post(f"/api/v1/statuses/{names['reply']}/{verb}")
    kept = await alice.post(
        f"/api/v2/filters/{names['filter']}/statuses", status_id=names["poll_post"]
    )
    names["filtered_status"] = kept["id"]
    await alice.post("/api/v1/markers", home={"last_read_id": names["post"]})
    await bob.post("/api/v1/reports", account_id=names["far"], comment="spam", category="spam")
    alone = await place.member("erin")
    await alice.post(f"/api/v1/accounts/{alone.id}/mute", duration=3600)
    blocked = await place.member("frank")
    await alice.post(f"/api/v1/accounts/{blocked.id}/block")
    lena = await place.member("lena")
    await lena.do("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    await ask_to_follow(place, "mona")
    talks = await alice.get("/api/v1/conversations")
    names["conversation"] = talks[0]["id"]
    await alice.do(
        "PUT",
        f"/api/v1/announcements/{names['announcement']}/reactions/%F0%9F%91%8D",
    )


async def _tell(place: Place, alice: Person, bob: Person, carol: Person) -> None:
    """Notifications of the kinds that need a moderator, time or another server."""
    me, other = int(alice.id), int(bob.id)
    async with place.runtime.unit() as unit:
        number = await unit.new_id()
        severed = (
            '{"type":"domain_block","target_name":"bad.test","followers_count":1,'
            f'"following_count":2,"purged":false,"id":"{number}","created_at":"{later(0)}"}}'
        )
        report = await unit.value("SELECT id FROM reports ORDER BY id LIMIT 1")
        post, poll = int(place.names["reply"]), int(place.names["poll_post"])
        await notify(
            unit,
            [
                (me, "status", other, post),
                (me, "poll", other, poll),
                (me, "update", other, post),
                (me, "quoted_update", other, int(place.names["quoting"])),
                (me, "admin.sign_up", int(carol.id), None),
                (me, "severed_relationships", me, None, number, severed),
            ],
        )
        assert report is not None
        await notify(unit, [warned(unit, number, me, "none", "be kind")])
    place.names["request"] = await hold_back(place, "grace")


async def hold_back(place: Place, name: str) -> str:
    """Somebody whose notification is held back; the id of the request."""
    alice, stranger = place.people["alice"], await place.member(name)
    await stranger.write(f"@alice let me in, says {name}", visibility="direct")
    await place.settle()
    requests = await alice.get("/api/v1/notifications/requests")
    return next(each["id"] for each in requests if each["account"]["acct"] == name)


async def ask_to_follow(place: Place, name: str) -> str:
    """Somebody whose request to follow lena waits; the id of the account."""
    asking = await place.member(name)
    await asking.post(f"/api/v1/accounts/{place.names['lena']}/follow")
    await place.settle()
    return asking.id
