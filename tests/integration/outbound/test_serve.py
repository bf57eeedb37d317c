"""The documents that we serve, key by key, and who gets them."""

import inspect
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from fedi import app
from fedi.ap import signatures
from fedi.ap.signatures.keys import to_pem
from fedi.config.settings import Federation
from fedi.core.domains.policy import Policy
from fedi.core.instance import ensure_instance
from fedi.federation.inbound.sender import Verifier
from fedi.federation.routes import DOCUMENTS, PROFILE, PROFILE_POST, TAG
from fedi.federation.routes import Federation as Door
from fedi.kit.clock import now
from fedi.kit.web import Edge
from tests.integration.outbound.conftest import PAIR, World

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AP = {"Accept": "application/activity+json"}
# Of what is not there.
NAMES = {"request": 1, "shortcode": "blob"}


def client_of(
    world: World, *, secure: bool = False, federation: Federation | None = None
) -> httpx.AsyncClient:
    federation = federation or Federation(secure_mode=secure)
    settings = replace(world.runtime.settings, federation=federation)
    world.runtime.settings = settings
    policy = Policy(world.runtime)
    door = Door(world.runtime, world.people, policy, Verifier(world.people, policy))
    app = Starlette(
        routes=[
            *door.routes(),
            Route(PROFILE.path, door.actor_by_name),
            Route(PROFILE_POST.path, door.status_by_name),
            Route(TAG.path, door.tag),
        ]
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(Edge(app, settings)), base_url=settings.origin, headers=AP
    )


@pytest.fixture
async def client(world: World) -> AsyncGenerator[httpx.AsyncClient, None]:
    await ensure_instance(world.runtime)
    async with client_of(world) as client:
        yield client


class TestActor:
    async def test_has_every_part_that_others_look_for(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        uri = f"https://a.test/ap/users/{world.alice}"
        answer = await client.get(uri)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/activity+json"
        assert "Accept" in answer.headers["vary"]
        actor = answer.json()
        assert actor["id"] == uri
        assert actor["type"] == "Person"
        assert actor["preferredUsername"] == "alice"
        assert actor["webfinger"] == "alice@a.test"
        for part in ("inbox", "outbox", "followers", "following"):
            assert actor[part] == f"{uri}/{part}"
        assert actor["endpoints"] == {"sharedInbox": "https://a.test/inbox"}
        assert actor["publicKey"]["owner"] == uri
        assert actor["publicKey"]["id"] == f"{uri}#main-key"
        assert actor["assertionMethod"][0]["publicKeyMultibase"].startswith("z6Mk")
        assert actor["published"].endswith("T00:00:00Z")
        assert actor["tag"] == []
        assert actor["attachment"] == []
        assert "movedTo" not in actor
        assert actor["@context"][0] == "https://www.w3.org/ns/activitystreams"

    async def test_ld_json_for_those_who_ask_for_it(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        kind = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
        answer = await client.get(f"/ap/users/{world.alice}", headers={"Accept": kind})
        assert answer.headers["content-type"] == kind

    async def test_a_deleted_one_is_gone(self, world: World, client: httpx.AsyncClient) -> None:
        await world.runtime.db.fetch(
            "UPDATE accounts SET deleted_at = now() WHERE id = $1", world.alice
        )
        answer = await client.get(f"/ap/users/{world.alice}")
        assert answer.status_code == 410
        assert answer.json()["type"] == "Tombstone"
        assert answer.json()["formerType"] == "Person"
        assert answer.json()["deleted"].endswith("Z")
        answer = await client.get("/.well-known/webfinger?resource=acct:alice@a.test")
        assert answer.status_code == 410

    async def test_the_instance_actor_has_no_followers(self, client: httpx.AsyncClient) -> None:
        actor = (await client.get("/actor")).json()
        assert actor["type"] == "Application"
        assert "followers" not in actor
        assert actor["publicKey"]["id"] == "https://a.test/actor#main-key"


class TestNote:
    async def test_has_every_part_that_others_look_for(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        bo = await world.account("bo", "b.peers.test")
        status = await world.status(world.alice, mentions=[bo], tags=[{"name": "Bees"}])
        uri = f"https://a.test/ap/users/{world.alice}/statuses/{status}"
        note = (await client.get(uri)).json()
        assert note["id"] == uri
        assert note["to"] == [PUBLIC]
        assert note["cc"] == [
            f"https://a.test/ap/users/{world.alice}/followers",
            "http://b.peers.test/users/bo",
        ]
        assert note["tag"] == [
            {
                "type": "Mention",
                "href": "http://b.peers.test/users/bo",
                "name": "@bo@b.peers.test",
            },
            {"type": "Hashtag", "href": "https://a.test/tags/bees", "name": "#Bees"},
        ]
        assert note["contentMap"] == {"en": "<p>hello</p>"}
        assert note["source"] == {"content": "hello", "mediaType": "text/plain"}
        assert note["summary"] is None
        assert "updated" not in note
        assert note["conversation"] == note["context"] == f"https://a.test/contexts/{status}"
        assert note["replies"]["id"] == f"{uri}/replies"
        assert note["likes"]["totalItems"] == 0
        create = (await client.get(f"{uri}/activity")).json()
        assert create["type"] == "Create"
        assert create["to"] == note["to"]
        assert create["cc"] == note["cc"]
        assert create["object"]["id"] == uri

    @pytest.mark.parametrize("visibility", [2, 3])
    async def test_what_is_not_for_all_looks_as_if_it_were_not_there(
        self, world: World, client: httpx.AsyncClient, visibility: int
    ) -> None:
        status = await world.status(world.alice, visibility=visibility)
        base = f"/ap/users/{world.alice}/statuses"
        missing = await client.get(f"{base}/12345")
        for part in ("", "/activity", "/replies", "/likes", "/shares"):
            hidden = await client.get(f"{base}/{status}{part}")
            assert hidden.status_code == 404
            assert hidden.content == missing.content
        assert (await client.get(f"/contexts/{status}")).status_code == 404
        outbox = (await client.get(f"/ap/users/{world.alice}/outbox?page=true")).json()
        assert outbox["orderedItems"] == []

    async def test_a_deleted_one_is_gone(self, world: World, client: httpx.AsyncClient) -> None:
        uri = f"https://a.test/ap/users/{world.alice}/statuses/77"
        await world.runtime.db.fetch(
            "INSERT INTO tombstones (uri, actor_uri, deleted_at)"
            " VALUES ($1, 'x', '2024-05-06T07:08:09Z'), ($1 || '/activity', 'x', now())",
            uri,
        )
        answer = await client.get(uri)
        assert answer.status_code == 410
        tombstone = answer.json()
        assert tombstone["id"] == uri
        assert tombstone["formerType"] == "Note"
        assert tombstone["deleted"] == "2024-05-06T07:08:09Z"

    async def test_a_boost_that_was_taken_back_was_an_announce(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        uri = f"https://a.test/ap/users/{world.alice}/statuses/78/activity"
        await world.runtime.db.fetch(
            "INSERT INTO tombstones (uri, actor_uri) VALUES ($1, 'x')", uri
        )
        answer = await client.get(uri)
        assert answer.status_code == 410
        assert answer.json()["formerType"] == "Announce"

    async def test_shows_the_first_answers_of_its_author(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        bo = await world.account("bo", "b.peers.test")
        root, other = await world.status(world.alice), await world.status(world.alice)
        await world.status(world.alice, in_reply_to_id=root, visibility=2)
        await world.status(bo, in_reply_to_id=root, local=False, uri="http://b.peers.test/notes/1")
        own = [
            await world.status(world.alice, in_reply_to_id=root, visibility=turn % 2)
            for turn in range(6)
        ]
        uri = f"https://a.test/ap/users/{world.alice}/statuses"
        expected = [f"{uri}/{reply}" for reply in own[:5]]
        note = (await client.get(f"{uri}/{root}")).json()
        assert note["replies"]["first"]["items"] == expected
        assert note["replies"]["first"]["next"] == f"{uri}/{root}/replies?page=true"
        create = (await client.get(f"{uri}/{root}/activity")).json()
        assert create["object"]["replies"] == note["replies"]
        outbox = (await client.get(f"/ap/users/{world.alice}/outbox?page=true")).json()
        shown = {
            item["object"]["id"]: item["object"]["replies"]["first"]["items"]
            for item in outbox["orderedItems"]
        }
        assert shown[f"{uri}/{root}"] == expected
        assert shown[f"{uri}/{other}"] == []


class TestCollections:
    async def test_outbox_has_posts_and_boosts(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        post = await world.status(world.alice)
        await world.status(world.alice, reblog_of_id=post)
        page = (await client.get(f"/ap/users/{world.alice}/outbox?page=true")).json()
        assert [item["type"] for item in page["orderedItems"]] == ["Announce", "Create"]

    async def test_outbox_can_be_walked_both_ways(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        for _ in range(25):
            await world.status(world.alice)

        async def walk(url: str | None, direction: str) -> list[str]:
            found: list[str] = []
            while url:
                page = (await client.get(url)).json()
                assert page["id"] == url
                part = [item["id"] for item in page["orderedItems"]]
                found += part if direction == "next" else part[::-1]
                url = page.get(direction)
            return found

        outbox = (await client.get(f"/ap/users/{world.alice}/outbox")).json()
        down, up = await walk(outbox["first"], "next"), await walk(outbox["last"], "prev")
        assert len(down) == 25
        assert down == up[::-1] == sorted(down, reverse=True)

    async def test_followers_are_ids(self, world: World, client: httpx.AsyncClient) -> None:
        bo = await world.account("bo", "b.peers.test")
        await world.follow(bo, world.alice)
        uri = f"/ap/users/{world.alice}/followers"
        assert (await client.get(uri)).json()["first"] == f"https://a.test{uri}?page=true"
        page = (await client.get(f"{uri}?page=true")).json()
        assert page["orderedItems"] == ["http://b.peers.test/users/bo"]

    async def test_replies_and_conversation(self, world: World, client: httpx.AsyncClient) -> None:
        root = await world.status(world.alice)
        reply = await world.status(world.alice, in_reply_to_id=root)
        uri = f"https://a.test/ap/users/{world.alice}/statuses"
        replies = (await client.get(f"{uri}/{root}/replies")).json()
        assert replies["first"]["items"] == [f"{uri}/{reply}"]
        context = (await client.get(f"/contexts/{root}")).json()
        assert context["attributedTo"] == f"https://a.test/ap/users/{world.alice}"
        items = (await client.get(context["first"])).json()
        assert items["orderedItems"] == [f"{uri}/{root}", f"{uri}/{reply}"]

    async def test_bad_cursors_do_no_harm(self, world: World, client: httpx.AsyncClient) -> None:
        for part in ("outbox", "followers", "following"):
            for cursor in ("x", "-1", "9" * 40, "%00"):
                url = f"/ap/users/{world.alice}/{part}?page=true&max_id={cursor}"
                assert (await client.get(url)).status_code == 200
        assert (await client.get("/ap/users/abc")).status_code == 404
        assert (await client.get("/ap/users/1/statuses/%00")).status_code == 404


class TestAccess:
    async def test_secure_mode_asks_for_a_signature_on_every_route(self, world: World) -> None:
        await ensure_instance(world.runtime)
        status = await world.status(world.alice)
        async with client_of(world, secure=True) as client:
            for document in DOCUMENTS:
                path = document.path.format(**NAMES, account=world.alice, status=status)
                answer = await client.get(path)
                assert answer.status_code == (200 if document.is_open else 401), path
                if not document.is_open:
                    assert answer.headers["cache-control"] == "private, no-store"
            assert (await client.get("/nodeinfo/2.0")).status_code == 200
            found = await client.get("/.well-known/webfinger?resource=acct:alice@a.test")
            assert found.status_code == 200

    async def test_a_signer_of_a_blocked_domain_gets_403(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        await world.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('bad.test')")
        header = 'keyId="https://x.bad.test/u#k",headers="date",signature="AAAA"'
        answer = await client.get(f"/ap/users/{world.alice}", headers={"Signature": header})
        assert answer.status_code == 403

    async def test_a_blocked_signer_gets_404(self, world: World, client: httpx.AsyncClient) -> None:
        bo = await world.account("bo", "b.peers.test")
        await world.runtime.db.fetch(
            "INSERT INTO blocks (id, account_id, target_id) VALUES (1, $1, $2)", world.alice, bo
        )
        status = await world.status(world.alice)
        header = 'keyId="http://b.peers.test/users/bo#k",headers="date",signature="AAAA"'
        for document in DOCUMENTS:
            path = document.path.format(**NAMES, account=world.alice, status=status)
            answer = await client.get(path, headers={"Signature": header})
            is_free = path in {"/actor", "/actor/outbox"}
            assert answer.status_code == (200 if is_free else 404), path


class TestSignedFetch:
    async def signed(
        self, world: World, client: httpx.AsyncClient, account: int, url: str
    ) -> httpx.Response:
        # Keys of http addresses are nobody's.
        uri = await world.runtime.db.value(
            "UPDATE accounts SET uri = replace(uri, 'http:', 'https:') WHERE id = $1 RETURNING uri",
            account,
        )
        async with world.runtime.unit() as unit:
            await unit.execute(
                "INSERT INTO account_keys (id, account_id, key_id, kind, public_key)"
                " VALUES ($1, $2, $3, 'rsa', $4) ON CONFLICT (key_id) DO NOTHING",
                await unit.new_id(),
                account,
                f"{uri}#k",
                to_pem(PAIR.rsa.public_key()),
            )
        request = signatures.Outgoing("GET", url, None, now())
        headers = signatures.sign_cavage(PAIR.rsa, f"{uri}#k", request)
        return await client.get(url, headers=headers)

    async def test_opens_what_is_for_the_signer(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        follower = await world.account("fo", "f.peers.test")
        stranger = await world.account("st", "s.peers.test")
        server = await world.account("f.peers.test", "f.peers.test")
        await world.runtime.db.fetch(
            "UPDATE accounts SET actor_type = 'Application' WHERE id = $1", server
        )
        await world.follow(follower, world.alice)
        base = f"https://a.test/ap/users/{world.alice}/statuses"
        for_followers = await world.status(world.alice, visibility=2)
        to_stranger = await world.status(world.alice, visibility=3, mentions=[stranger])
        expected = {
            (follower, for_followers): 200,
            (server, for_followers): 200,
            (stranger, for_followers): 404,
            (follower, to_stranger): 404,
            (server, to_stranger): 404,
            (stranger, to_stranger): 200,
        }
        for (who, status), code in expected.items():
            answer = await self.signed(world, client, who, f"{base}/{status}/activity")
            assert answer.status_code == code
            assert answer.headers["cache-control"] == "private, no-store"

    async def test_a_claim_that_does_not_verify_opens_nothing(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        follower = await world.account("fo", "f.peers.test")
        await world.follow(follower, world.alice)
        status = await world.status(world.alice, visibility=2)
        header = 'keyId="http://f.peers.test/users/fo#k",headers="date",signature="AAAA"'
        # The same answer whether there is something to hide or not; it invites another dialect.
        for number in (status, status + 1):
            url = f"/ap/users/{world.alice}/statuses/{number}"
            answer = await client.get(url, headers={"Signature": header})
            assert answer.status_code == 401
            assert '"@target-uri"' in answer.headers["accept-signature"]
            assert "digest" not in answer.headers["accept-signature"], "there is no body"
        outbox = f"/ap/users/{world.alice}/outbox?page=true"
        assert (await client.get(outbox, headers={"Signature": header})).status_code == 401

    @pytest.mark.parametrize("secure", [False, True])
    async def test_a_signer_who_is_gone_does_not_make_the_post_so(
        self, world: World, *, secure: bool
    ) -> None:
        await ensure_instance(world.runtime)
        follower = await world.account("fo", "f.peers.test")
        await world.follow(follower, world.alice)
        status = await world.status(world.alice, visibility=2)
        url = f"https://a.test/ap/users/{world.alice}/statuses/{status}"
        async with client_of(world, secure=secure) as client:
            assert (await self.signed(world, client, follower, url)).status_code == 200
            await world.runtime.db.fetch(
                "UPDATE accounts SET deleted_at = now() WHERE id = $1", follower
            )
            world.people.keyring.forget_account(follower)
            answer = await self.signed(world, client, follower, url)
        assert answer.status_code == 401
        assert "deleted" in answer.json()["error"]

    async def test_lets_signers_in_where_every_fetch_must_be_signed(self, world: World) -> None:
        await ensure_instance(world.runtime)
        follower = await world.account("fo", "f.peers.test")
        async with client_of(world, secure=True) as client:
            url = f"https://a.test/ap/users/{world.alice}"
            assert (await self.signed(world, client, follower, url)).status_code == 200


class TestPages:
    async def test_their_addresses_lead_servers_to_the_documents(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        status = await world.status(world.alice)
        uri = f"https://a.test/ap/users/{world.alice}"
        assert (await client.get("/@alice")).json()["id"] == uri
        note = (await client.get(f"/@alice/{status}")).json()
        assert note["id"] == f"{uri}/statuses/{status}"
        assert (await client.get("/@nobody")).status_code == 404

    def test_are_called_alike_by_the_composition(self) -> None:
        text = inspect.getsource(app)
        assert f'Route("{PROFILE.path}", ' in text
        assert f'Route("{PROFILE_POST.path}", ' in text
        assert f'Route("{TAG.path}", ' in text

    async def test_documents_lead_people_to_the_pages(
        self, world: World, client: httpx.AsyncClient
    ) -> None:
        status = await world.status(world.alice)
        uri = f"https://a.test/ap/users/{world.alice}"
        for url in (uri, f"{uri}/statuses/{status}"):
            page = (await client.get(url)).json()["url"]
            found = await client.get(url, headers={"Accept": "text/html,*/*;q=0.8"})
            assert (found.status_code, found.headers["location"]) == (302, page)
            for accept in ("*/*", "application/ld+json, text/html;q=0.1"):
                found = await client.get(url, headers={"Accept": accept})
                assert found.status_code == 200


class TestDiscovery:
    @pytest.mark.parametrize(
        "resource",
        [
            "acct:alice@a.test",
            "acct%3Aalice%40a.test",
            "alice@a.test",
            "@alice@a.test",
            "ACCT:Alice@A.test",
            "https://a.test/@alice",
            "acct%253Aalice%2540a.test",
        ],
    )
    async def test_webfinger_takes_every_form(
        self, client: httpx.AsyncClient, resource: str
    ) -> None:
        answer = await client.get(f"/.well-known/webfinger?resource={resource}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/jrd+json"
        found = answer.json()
        assert found["subject"] == "acct:alice@a.test"
        assert len([link for link in found["links"] if link["rel"] == "self"]) == 2

    async def test_webfinger_of_addresses(self, world: World, client: httpx.AsyncClient) -> None:
        async def status(resource: str) -> int:
            return (await client.get(f"/.well-known/webfinger?resource={resource}")).status_code

        assert await status(f"https://a.test/ap/users/{world.alice}") == 200
        assert await status("https://a.test/") == 200
        assert await status("acct:a.test@a.test") == 200
        assert await status("acct:nobody@a.test") == 404
        assert await status("acct:alice@b.test") == 404
        assert await status("https://a.test.evil.test/@alice") == 404
        assert await status("") == 400

    async def test_nodeinfo(self, client: httpx.AsyncClient) -> None:
        links = (await client.get("/.well-known/nodeinfo")).json()["links"]
        for link in links[:2]:
            answer = await client.get(link["href"])
            assert answer.json()["software"]["name"] == "fedi"
            assert "profile=" in answer.headers["content-type"]
        meta = await client.get("/.well-known/host-meta")
        assert "webfinger?resource={uri}" in meta.text

    @pytest.mark.parametrize("source", ["", "https://code.test/fedi"])
    async def test_nodeinfo_names_the_source_where_it_is_known(
        self, world: World, source: str
    ) -> None:
        await ensure_instance(world.runtime)
        settings = world.runtime.settings
        instance = replace(settings.instance, source_url=source)
        world.runtime.settings = replace(settings, instance=instance)
        async with client_of(world) as client:
            newer = (await client.get("/nodeinfo/2.1")).json()["software"]
            older = (await client.get("/nodeinfo/2.0")).json()["software"]
        assert set(older) == {"name", "version"}
        assert (newer.get("repository"), newer.get("homepage")) == (source or None, source or None)


def test_every_document_of_ours_is_listed() -> None:
    paths = [document.path for document in DOCUMENTS]
    assert len(paths) == len(set(paths))
    assert [document.path for document in DOCUMENTS if document.is_open] == ["/actor"]
