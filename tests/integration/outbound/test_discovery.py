"""How others find us: WebFinger, host-meta, NodeInfo, and addresses that lead on to documents."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import fedi
from fedi.core.instance import ensure_instance
from tests.integration.outbound.conftest import World
from tests.integration.outbound.test_serve import client_of

WEBFINGER = "/.well-known/webfinger"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.fixture
async def client(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    await ensure_instance(world.runtime)
    async with client_of(world) as client:
        yield client


async def finger(client: httpx.AsyncClient, resource: str) -> dict[str, Any]:
    answer = await client.get(WEBFINGER, params={"resource": resource})
    assert answer.status_code == 200, (resource, answer.text)
    return answer.json()


async def test_the_answer_may_be_read_by_scripts_of_any_site(client: httpx.AsyncClient) -> None:
    resource = {"resource": "acct:alice@a.test"}
    answer = await client.get(WEBFINGER, params=resource, headers={"Origin": "https://far.test"})
    assert answer.headers["content-type"] == "application/jrd+json"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_who_is_gone_and_who_never_was(world: World, client: httpx.AsyncClient) -> None:
    async def status(resource: str) -> int:
        return (await client.get(WEBFINGER, params={"resource": resource})).status_code

    assert (await client.get(WEBFINGER)).status_code == 400
    assert await status("acct:alicia@a.test") == 404
    await world.runtime.db.fetch(
        "UPDATE accounts SET deleted_at = now() WHERE id = $1", world.alice
    )
    assert await status("acct:alice@a.test") == 410
    assert await status(f"https://a.test/ap/users/{world.alice}") == 410


async def test_the_stored_case_of_a_name_is_the_one(world: World) -> None:
    await ensure_instance(world.runtime)
    await world.runtime.db.fetch(
        "UPDATE accounts SET username = 'Alice' WHERE id = $1", world.alice
    )
    async with client_of(world) as client:
        for spelling in ("acct:aLICE@A.TEST", "https://A.test/@ALICE", "https://a.test/@alice/"):
            assert (await finger(client, spelling))["subject"] == "acct:Alice@a.test"


async def test_both_domains_give_the_same_handle(world: World) -> None:
    await ensure_instance(world.runtime)
    world.runtime.settings = replace(world.runtime.settings, handle_domain="handles.test")
    async with client_of(world) as client:
        for host in ("a.test", "handles.test"):
            for domain in ("a.test", "handles.test"):
                answer = await client.get(
                    f"https://{host}{WEBFINGER}", params={"resource": f"acct:alice@{domain}"}
                )
                assert answer.status_code == 200, (host, domain)
                found = answer.json()
                assert found["subject"] == "acct:alice@handles.test"
                hrefs = {link["href"] for link in found["links"] if link["rel"] == "self"}
                assert hrefs == {f"https://a.test/ap/users/{world.alice}"}


async def test_every_link_that_others_look_for(world: World, client: httpx.AsyncClient) -> None:
    uri = f"https://a.test/ap/users/{world.alice}"
    await world.runtime.db.fetch(
        "UPDATE accounts SET url = 'https://a.test/@alice', also_known_as ="
        " '{https://old.test/users/alice}', moved_to_uri = 'https://new.test/users/alice'"
        " WHERE id = $1",
        world.alice,
    )
    found = await finger(client, "acct:alice@a.test")
    # Who has come from elsewhere, or gone there, is another account, not another name of this.
    assert found["aliases"] == ["https://a.test/@alice", uri]
    links = [(link["rel"], link.get("type"), link.get("href")) for link in found["links"]]
    assert ("self", "application/activity+json", uri) in links
    assert ("self", LD_JSON, uri) in links
    profile = "http://webfinger.net/rel/profile-page"
    assert (profile, "text/html", "https://a.test/@alice") in links
    templates = {link["rel"]: link["template"] for link in found["links"] if "template" in link}
    assert templates["http://ostatus.org/schema/1.0/subscribe"].count("{uri}") == 1
    intents = {"Create": "{content}", "Object": "{object}", "Follow": "{object}"}
    for name, place in {**intents, "Like": "{object}", "Announce": "{object}"}.items():
        assert templates[f"https://w3id.org/fep/3b86/{name}"].count(place) == 1
    assert "{inReplyTo}" in templates["https://w3id.org/fep/3b86/Create"]
    assert "{on-success}" in templates["https://w3id.org/fep/3b86/Follow"]


async def test_a_picture_only_of_profiles_that_are_shown(world: World) -> None:
    await ensure_instance(world.runtime)
    rel = "http://webfinger.net/rel/avatar"
    for suspended, is_there in (("NULL", True), ("now()", False)):
        await world.runtime.db.fetch(
            f"UPDATE accounts SET avatar_key = 'x.png', suspended_at = {suspended} WHERE id = $1",
            world.alice,
        )
        async with client_of(world) as client:
            links = (await finger(client, "acct:alice@a.test"))["links"]
        link = {"rel": rel, "type": "image/png", "href": "https://a.test/media/x.png"}
        assert (link in links) is is_there


async def test_the_server_itself_is_found(client: httpx.AsyncClient) -> None:
    service = "https://www.w3.org/ns/activitystreams#Service"
    for resource in ("acct:a.test@a.test", "https://a.test/", "https://a.test", "a.test@a.test"):
        found = await finger(client, resource)
        assert found["subject"] == "acct:a.test@a.test"
        hrefs = {link["href"] for link in found["links"] if link["rel"] in {"self", service}}
        assert hrefs == {"https://a.test/actor"}
        assert service in {link["rel"] for link in found["links"]}


async def test_host_meta_in_both_forms(client: httpx.AsyncClient) -> None:
    template = "https://a.test/.well-known/webfinger?resource={uri}"
    xrd = await client.get("/.well-known/host-meta", headers={"Accept": "*/*"})
    assert xrd.headers["content-type"].startswith("application/xrd+xml")
    assert f'template="{template}"' in xrd.text
    for path, accept in (
        ("/.well-known/host-meta.json", "*/*"),
        ("/.well-known/host-meta", "application/json"),
    ):
        found = await client.get(path, headers={"Accept": accept})
        link = {"rel": "lrdd", "type": "application/jrd+json", "template": template}
        assert found.json() == {"links": [link]}


async def test_nodeinfo_is_complete_and_nothing_is_made_up(
    world: World, client: httpx.AsyncClient
) -> None:
    links = (await client.get("/.well-known/nodeinfo")).json()["links"]
    found = {link["rel"]: link["href"] for link in links}
    assert found == {
        f"{SCHEMA}/2.0": "https://a.test/nodeinfo/2.0",
        f"{SCHEMA}/2.1": "https://a.test/nodeinfo/2.1",
        "https://www.w3.org/ns/activitystreams#Application": "https://a.test/actor",
    }
    for version in ("2.0", "2.1"):
        answer = await client.get(found[f"{SCHEMA}/{version}"])
        assert answer.headers["content-type"] == (
            f'application/json; profile="{SCHEMA}/{version}#"'
        )
        seconds = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
        assert seconds is not None
        assert int(seconds[1]) >= 1800
        document = answer.json()
        assert document["version"] == version
        assert re.fullmatch("[a-z0-9-]+", document["software"]["name"])
        assert document["protocols"] == ["activitypub"]
        assert document["services"] == {"inbound": [], "outbound": []}
        assert isinstance(document["openRegistrations"], bool)
        assert set(document["usage"]) == {"users", "localPosts"}
        assert set(document["usage"]["users"]) == {"total", "activeMonth", "activeHalfyear"}
        known = {"nodeName", "nodeDescription", "federation", "staffAccounts", "features"}
        assert known == set(document["metadata"])
        assert document["metadata"]["federation"] == {"enabled": True}
    assert (await client.get("/nodeinfo/1.0")).status_code == 404
    del world


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        "application/ld+json",
        LD_JSON,
        'text/html;q=0.1, application/ld+json;profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json;q=0.2, */*;q=0.1",
        "APPLICATION/ACTIVITY+JSON",
    ],
)
async def test_every_way_to_ask_for_a_document(
    world: World, client: httpx.AsyncClient, accept: str
) -> None:
    status = await world.status(world.alice)
    uri = f"https://a.test/ap/users/{world.alice}"
    note = f"{uri}/statuses/{status}"
    for url in (uri, note, f"{note}/activity", f"{uri}/outbox", "https://a.test/actor"):
        answer = await client.get(url, headers={"Accept": accept})
        assert answer.status_code == 200, url
        assert answer.json()["id"] == url
        assert answer.headers["content-type"].startswith(
            ("application/activity+json", "application/ld+json")
        )
        varies = {name.strip().lower() for name in answer.headers["vary"].split(",")}
        assert varies >= {"accept", "signature", "signature-input"}


async def test_the_actor_of_the_server_is_open_and_claims_nothing_more(world: World) -> None:
    await ensure_instance(world.runtime)
    async with client_of(world, secure=True) as client:
        found = (await client.get("/actor")).json()
        refused = await client.get(f"/ap/users/{world.alice}/outbox")
    assert refused.status_code == 401
    assert (found["type"], found["id"]) == ("Application", "https://a.test/actor")
    assert {"inbox", "outbox", "publicKey"} <= set(found)
    assert not {"followers", "following"} & set(found)


async def test_what_a_server_can_do_is_said_by_both_kinds_of_actors(
    world: World, client: httpx.AsyncClient
) -> None:
    uri = f"https://a.test/ap/users/{world.alice}"
    said = [(await client.get(url)).json() for url in (uri, "https://a.test/actor")]
    member, server = said[0]["generator"]["implements"], said[1]["implements"]
    assert {link["href"] for link in member} == {link["href"] for link in server}
    rfc = "https://datatracker.ietf.org/doc/html/rfc9421"
    assert {link["href"] for link in member} == {
        rfc,
        f"{rfc}#name-eddsa-using-curve-edwards25",
    }


async def test_ids_do_not_hold_names(world: World, client: httpx.AsyncClient) -> None:
    uri = f"https://a.test/ap/users/{world.alice}"
    await world.runtime.db.fetch(
        "UPDATE accounts SET username = 'renamed' WHERE id = $1", world.alice
    )
    found = (await client.get(uri)).json()
    assert (found["id"], found["preferredUsername"]) == (uri, "renamed")
    assert "alice" not in found["id"]


async def test_who_is_suspended_is_empty_and_who_is_deleted_is_gone(world: World) -> None:
    await ensure_instance(world.runtime)
    uri = f"https://a.test/ap/users/{world.alice}"
    await world.runtime.db.fetch(
        "UPDATE accounts SET suspended_at = now(), display_name = 'Ali' WHERE id = $1", world.alice
    )
    async with client_of(world) as client:
        found = (await client.get(uri)).json()
    assert (found["suspended"], found["name"], found["attachment"]) == (True, "", [])
    await world.runtime.db.fetch(
        "UPDATE accounts SET deleted_at = now() WHERE id = $1", world.alice
    )
    async with client_of(world) as client:
        answer = await client.get(uri)
    assert (answer.status_code, answer.json()["type"]) == (410, "Tombstone")


def test_nobodys_nodeinfo_decides_anything() -> None:
    """It is served, and looked at by the doctor alone."""
    root = Path(fedi.__file__).parent
    naming = {
        path.relative_to(root).as_posix().partition("/doctor/")[0]
        for path in root.rglob("*.py")
        if "nodeinfo" in path.read_text().lower()
    }
    assert naming == {
        "federation",
        "federation/routes.py",
        "federation/serving/wellknown.py",
        "kit/web.py",
        "kit/web_headers.py",
    }


def test_what_we_speak_is_written_down() -> None:
    text = (Path(fedi.__file__).parents[1] / "FEDERATION.md").read_text()
    for word in ("WebFinger", "NodeInfo", "FEP-67ff"):
        assert word in text
