"""Mastodon.py, walked through: what it cannot do here ends the process with its own words.

python -m tests.clients.walk '{"origin": …, "place": "ADDRESS:PORT", …}'
"""

import json
import queue
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mastodon import Mastodon, StreamListener

from tests.rig.toot import redirect

GIVEN: dict[str, Any] = json.loads(sys.argv[1])
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = ["read", "write", "follow", "push"]


def tell(**said: Any) -> str:
    """Say something to the test, and hear its answer."""
    print(json.dumps(said), flush=True)
    return "" if "done" in said else sys.stdin.readline().strip()


def bob(method: str, path: str, body: dict[str, Any] | None = None) -> str:
    """Let Bob do something; the id of what came of it."""
    return tell(bob=[method, path, body or {}])


def log_in() -> Any:
    """An app of its own, and the code flow."""
    client_id, secret = Mastodon.create_app(
        "Walk", scopes=SCOPES, redirect_uris=OUT_OF_BAND, api_base_url=GIVEN["origin"]
    )
    api = Mastodon(client_id=client_id, client_secret=secret, api_base_url=GIVEN["origin"])
    url = api.auth_request_url(redirect_uris=OUT_OF_BAND, scopes=SCOPES)
    api.log_in(code=tell(open=url), redirect_uri=OUT_OF_BAND, scopes=SCOPES)
    return api


class Heard(StreamListener):
    """Keeps what a stream says."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()

    def on_update(self, status: Any) -> None:
        self.events.put(("update", status["id"]))

    def on_notification(self, notification: Any) -> None:
        self.events.put(("notification", notification["type"]))

    def on_delete(self, status_id: Any) -> None:
        self.events.put(("delete", status_id))

    def wait(self, kind: str) -> Any:
        """What comes first of a kind."""
        while True:
            found, value = self.events.get(timeout=20)
            if found == kind:
                return value


def write(api: Any) -> Any:
    """A picture, a poll, an edit, an answer, a boost."""
    media = api.media_post(GIVEN["picture"], description="blue", synchronous=True)
    assert media.url
    assert media.blurhash
    post = api.status_post("look #walk", media_ids=[media], spoiler_text="careful")
    assert post.media_attachments[0].description == "blue"
    changed = api.status_update(post, "look again #walk", media_ids=[media])
    assert changed.edited_at is not None
    assert len(api.status_history(post)) == 2
    assert api.status_source(post).text == "look again #walk"
    poll = api.make_poll(["tea", "coffee"], expires_in=3600)
    asked = api.status_post("which?", poll=poll)
    bob("POST", f"/api/v1/polls/{asked.poll.id}/votes", {"choices": [1]})
    assert api.poll(asked.poll).options[1].votes_count == 1
    answer = api.status_reply(post, "and more")
    assert [each.id for each in api.status_context(post).descendants] == [answer.id]
    return post


def react(api: Any) -> None:
    """With posts of somebody else."""
    there = bob("POST", "/api/v1/statuses", {"status": "bobs post #walk"})
    assert str(api.status_reblog(there).reblog.id) == there
    for verb in ("favourite", "bookmark", "mute"):
        getattr(api, f"status_{verb}")(there)
    seen = api.status(there)
    assert seen.favourited
    assert seen.bookmarked
    assert [str(each.id) for each in api.favourites()] == [there]
    assert [str(each.id) for each in api.bookmarks()] == [there]
    api.status_unfavourite(there)
    api.status_unreblog(there)
    quoting = api.status_post("see", quoted_status_id=there)
    assert quoting.quote.state == "accepted"


def arrange(api: Any) -> None:
    """Lists, filters, tags, a profile."""
    found = api.list_create("friends")
    api.account_follow(GIVEN["bob"])
    api.list_accounts_add(found, [GIVEN["bob"]])
    assert [each.acct for each in api.list_accounts(found)] == ["bob"]
    listed = bob("POST", "/api/v1/statuses", {"status": "noise for the list"})
    for _ in range(100):
        if any(str(each.id) == listed for each in api.timeline_list(found)):
            break
    else:
        raise AssertionError("the post does not reach the list")
    made = api.create_filter_v2(
        "noise", ["home"], "warn", keywords_attributes=[{"keyword": "noise", "whole_word": True}]
    )
    assert api.status(listed).filtered[0].filter.title == made.title
    api.delete_filter_v2(made)
    api.list_delete(found)
    api.tag_follow("walk")
    assert [each.name for each in api.followed_tags()] == ["walk"]
    me = api.account_update_credentials(note="I walk", fields=[("home", "https://walk.test")])
    assert me.source.note == "I walk"


def look_around(api: Any, post: Any) -> None:
    """Search, notifications, timelines, the instance."""
    assert [each.id for each in api.search_v2(post.uri, resolve=True).statuses] == [post.id]
    assert [each.acct for each in api.account_search("bob")] == ["bob"]
    bob("POST", f"/api/v1/statuses/{post.id}/favourite")
    bob("POST", f"/api/v1/statuses/{post.id}/reblog")
    wanted, told = {"favourite", "reblog"}, set[str]()
    for _ in range(100):
        told = {each.type for each in api.notifications()}
        if wanted <= told:
            break
    assert wanted <= told, told
    assert api.grouped_notifications().notification_groups
    for page in (api.timeline_home(limit=1), api.timeline_local(limit=1)):
        assert api.fetch_next(page)
    api.markers_set(["home"], [post.id])
    assert api.markers_get(["home"]).home.last_read_id == str(post.id)
    assert api.instance_v2().domain == "a.test"
    assert api.instance_v1().uri == "a.test"
    assert api.preferences()["posting:default:visibility"] == "public"


def hear(api: Any) -> None:
    """The stream, as events of a server."""
    heard = Heard()
    stream = api.stream_user(heard, run_async=True, timeout=30)
    assert api.stream_healthy()
    while not stream.is_receiving():
        pass
    written = bob("POST", "/api/v1/statuses", {"status": "heard @walkpy"})
    assert heard.wait("notification") == "mention"
    bob("DELETE", f"/api/v1/statuses/{written}")
    assert str(heard.wait("delete")) == written
    stream.close()


def subscribe(api: Any) -> None:
    """Push messages: the test reads what comes."""
    keys = {"pubkey": bytes.fromhex(GIVEN["point"]), "auth": bytes.fromhex(GIVEN["auth"])}
    made = api.push_subscription_set(GIVEN["endpoint"], keys, mention_events=True)
    assert made.alerts.mention
    assert api.push_subscription().endpoint == GIVEN["endpoint"]
    bob("POST", "/api/v1/statuses", {"status": "wake up @walkpy"})


def main() -> None:
    """All of it."""
    address, _, port = GIVEN["place"].rpartition(":")
    redirect({str(urlsplit(GIVEN["origin"]).hostname): (address, int(port))})
    assert Path(GIVEN["picture"]).exists()
    api = log_in()
    assert api.me().acct == "walkpy"
    assert api.app_verify_credentials().name == "Walk"
    post = write(api)
    react(api)
    arrange(api)
    look_around(api, post)
    hear(api)
    subscribe(api)
    tell(done={"vapid": api.instance_v2().configuration.vapid.public_key})


main()
