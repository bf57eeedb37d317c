"""From events to activities and their inboxes; nothing is sent here."""

from typing import Any

import orjson

from fedi import events
from fedi.core import urls
from fedi.federation import publish
from tests.integration.outbound.conftest import World

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def sent(world: World) -> list[tuple[dict[str, Any], list[str]]]:
    """Every activity and the inboxes that it goes to."""
    rows = await world.runtime.db.fetch(
        "SELECT a.body, array_remove(array_agg(d.inbox_url ORDER BY d.inbox_url), NULL) AS inboxes"
        " FROM activities a LEFT JOIN deliveries d ON d.activity_id = a.id"
        " GROUP BY a.id ORDER BY a.id"
    )
    return [(orjson.loads(row["body"]), row["inboxes"]) for row in rows]


def created(world: World, status: int) -> events.StatusCreated:
    return events.StatusCreated(status, world.alice, local=True)


async def alice_uri(world: World) -> str:
    return urls.actor_uri(world.runtime.settings.origin, world.alice)


class TestAudience:
    async def test_a_direct_post_goes_to_personal_inboxes_only(self, world: World) -> None:
        bo, cy = [await world.account(n, f"{n}.peers.test") for n in ("bo", "cy")]
        await world.follow(cy, world.alice)
        status = await world.status(world.alice, visibility=3, mentions=[bo])
        await world.publish(publish.status_created, created(world, status))
        [(create, inboxes)] = await sent(world)
        assert inboxes == ["http://bo.peers.test/users/bo/inbox"]
        assert create["to"] == ["http://bo.peers.test/users/bo"]
        assert create["cc"] == []
        assert create["object"]["directMessage"] is True

    async def test_a_post_for_followers_names_no_public(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        await world.follow(bo, world.alice)
        status = await world.status(world.alice, visibility=2)
        await world.publish(publish.status_created, created(world, status))
        [(create, inboxes)] = await sent(world)
        assert inboxes == ["http://bo.peers.test/inbox"]
        assert create["to"] == [f"{await alice_uri(world)}/followers"]
        assert PUBLIC.encode() not in orjson.dumps(create)

    async def test_a_foreign_shared_inbox_is_not_believed(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        await world.runtime.db.fetch(
            "UPDATE accounts SET shared_inbox_url = 'http://victim.test/inbox' WHERE id = $1", bo
        )
        await world.follow(bo, world.alice)
        status = await world.status(world.alice)
        await world.publish(publish.status_created, created(world, status))
        [(_, inboxes)] = await sent(world)
        assert inboxes == ["http://bo.peers.test/users/bo/inbox"]

    async def test_those_who_are_gone_or_ours_get_nothing(self, world: World) -> None:
        await world.follow(await world.account("local"), world.alice, local=True)
        gone = await world.account("gone", "gone.peers.test")
        await world.follow(gone, world.alice)
        await world.runtime.db.fetch("UPDATE accounts SET deleted_at = now() WHERE id = $1", gone)
        status = await world.status(world.alice)
        await world.publish(publish.status_created, created(world, status))
        assert [inboxes for _, inboxes in await sent(world)] == [[]]

    async def test_remote_events_say_nothing(self, world: World) -> None:
        status = await world.status(world.alice)
        event = events.StatusCreated(status, world.alice, local=False)
        await world.publish(publish.status_created, event)
        assert await sent(world) == []

    async def test_an_update_and_a_delete_reach_all_who_were_told(self, world: World) -> None:
        bo, cy, di = [await world.account(n, f"{n}.peers.test") for n in ("bo", "cy", "di")]
        follow = await world.follow(bo, world.alice)
        status = await world.status(world.alice)
        await world.publish(publish.status_created, created(world, status))
        await world.runtime.db.fetch("DELETE FROM follows WHERE id = $1", follow)
        await world.runtime.db.fetch(
            "INSERT INTO favourites (id, account_id, status_id) VALUES (1, $1, $2)", cy, status
        )
        await world.runtime.db.fetch("UPDATE statuses SET edited_at = now()")
        edited = events.StatusEdited(status, world.alice, local=True)
        await world.publish(publish.status_edited, edited, edited)
        (_, first), (update, second) = await sent(world)
        assert first == ["http://bo.peers.test/inbox"]
        assert second == ["http://bo.peers.test/inbox", "http://cy.peers.test/inbox"]
        assert update["type"] == "Update"
        assert update["id"].startswith(f"{update['object']['id']}#updates/")
        assert update["object"]["updated"]
        uri = update["object"]["id"]
        await world.publish(
            publish.status_deleted,
            events.StatusDeleted(
                status,
                world.alice,
                uri,
                local=True,
                visibility=0,
                reach_inboxes=("http://di.peers.test/inbox", "https://a.test/inbox"),
            ),
        )
        delete, third = (await sent(world))[2]
        assert delete["object"] == {
            "id": uri,
            "type": "Tombstone",
            "formerType": "Note",
            "atomUri": uri,
        }
        assert third == [f"http://{name}.peers.test/inbox" for name in ("bo", "cy", "di")]
        assert di
        ended = [row["state"] for row in await world.ledger()]
        # What was never tried is superseded; the Delete goes out all the same.
        assert ended == [3, 3, 3, 0, 0, 0]


class TestActivities:
    async def test_boost_and_its_undo(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        note = await world.status(bo, local=False, uri="http://bo.peers.test/notes/1")
        boost = await world.status(world.alice, reblog_of_id=note)
        await world.publish(
            publish.status_boosted, events.StatusBoosted(boost, world.alice, note, local=True)
        )
        uri = await world.runtime.db.value("SELECT uri FROM statuses WHERE id = $1", boost)
        await world.publish(
            publish.status_deleted,
            events.StatusDeleted(
                boost,
                world.alice,
                uri,
                local=True,
                visibility=0,
                reblog_of_id=note,
                reblog_of_uri="http://bo.peers.test/notes/1",
            ),
        )
        (announce, first), (undo, second) = await sent(world)
        assert announce["id"] == uri
        assert announce["object"] == "http://bo.peers.test/notes/1"
        assert announce["cc"][1] == "http://bo.peers.test/users/bo"
        assert undo["id"] == f"{uri}#undo"
        assert undo["object"] == {k: v for k, v in announce.items() if k != "@context"}
        assert first == second == ["http://bo.peers.test/inbox"]

    async def test_like_and_its_undo_go_to_the_author_alone(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        note = await world.status(bo, local=False, uri="http://bo.peers.test/notes/1")
        await world.runtime.db.fetch(
            "INSERT INTO favourites (id, account_id, status_id, uri)"
            " VALUES (7, $1, $2, 'https://a.test/ap/likes/7')",
            world.alice,
            note,
        )
        await world.publish(
            publish.status_favourited, events.StatusFavourited(7, note, world.alice, local=True)
        )
        uri = "https://a.test/ap/likes/7"
        await world.publish(
            publish.status_unfavourited,
            events.StatusUnfavourited(note, world.alice, uri, local=True),
        )
        (like, first), (undo, second) = await sent(world)
        assert like["id"] == uri
        assert like["object"] == "http://bo.peers.test/notes/1"
        assert first == second == ["http://bo.peers.test/users/bo/inbox"]
        assert undo["object"]["id"] == uri
        assert undo["object"]["object"] == like["object"]
        lanes = {row["lane"] for row in await world.ledger()}
        assert len(lanes) == 1

    async def test_follow_and_its_undo(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        await world.publish(
            publish.follow_requested, events.FollowRequested(5, world.alice, bo, local=True)
        )
        await world.publish(
            publish.follow_ended,
            events.FollowEnded(world.alice, bo, "https://a.test/ap/follows/5", local=True),
        )
        (follow, first), (undo, _) = await sent(world)
        assert follow["id"] == "https://a.test/ap/follows/5"
        assert follow["to"] == [follow["object"]] == ["http://bo.peers.test/users/bo"]
        assert first == ["http://bo.peers.test/users/bo/inbox"]
        assert undo["object"]["id"] == follow["id"]
        assert undo["object"]["type"] == "Follow"

    async def test_an_accept_echoes_the_follow_and_can_be_sent_again(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        follow = await world.follow(bo, world.alice)
        event = events.FollowAccepted(follow, bo, world.alice, local=False)
        await world.publish(publish.follow_accepted, event)
        [(accept, inboxes)] = await sent(world)
        me = await alice_uri(world)
        assert accept["id"].startswith(f"{me}#accepts/")
        assert accept["actor"] == me
        assert accept["object"] == {
            "id": f"http://x.peers.test/follows/{follow}",
            "type": "Follow",
            "actor": "http://bo.peers.test/users/bo",
            "object": me,
        }
        assert inboxes == ["http://bo.peers.test/users/bo/inbox"]
        await world.runtime.db.fetch("UPDATE deliveries SET state = 2, ended_at = now()")
        await world.publish(publish.follow_accepted, event)
        again = await sent(world)
        assert [row["state"] for row in await world.ledger()] == [2, 0]
        # Whoever keeps the ids of what it has seen must not take it for a copy.
        assert len({answer["id"] for answer, _ in again}) == 2

    async def test_a_reject_echoes_the_follow(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        uri = "http://bo.peers.test/follows/1"
        await world.publish(
            publish.follow_rejected, events.FollowRejected(bo, world.alice, uri, local=False)
        )
        [(reject, _)] = await sent(world)
        assert reject["type"] == "Reject"
        assert reject["object"]["id"] == uri

    async def test_follows_among_ourselves_are_nobodys_business(self, world: World) -> None:
        other = await world.account("other")
        follow = await world.follow(other, world.alice, local=True)
        await world.publish(
            publish.follow_accepted, events.FollowAccepted(follow, other, world.alice, local=True)
        )
        await world.publish(
            publish.follow_requested, events.FollowRequested(9, other, world.alice, local=True)
        )
        assert await sent(world) == []

    async def test_block_and_its_undo(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        uri = "https://a.test/ap/blocks/3"
        await world.publish(
            publish.account_blocked, events.AccountBlocked(world.alice, bo, uri, local=True)
        )
        await world.publish(
            publish.account_unblocked, events.AccountUnblocked(world.alice, bo, uri, local=True)
        )
        (block, first), (undo, _) = await sent(world)
        assert block["object"] == "http://bo.peers.test/users/bo"
        assert undo["object"]["id"] == uri
        assert first == ["http://bo.peers.test/users/bo/inbox"]

    async def test_profile_changes_and_the_end_of_an_account(self, world: World) -> None:
        bo = await world.account("bo", "bo.peers.test")
        await world.follow(bo, world.alice)
        await world.publish(publish.account_updated, events.AccountUpdated(world.alice, local=True))
        me = await alice_uri(world)
        await world.publish(
            publish.account_deleted,
            events.AccountDeleted(
                world.alice, me, local=True, reach_inboxes=("http://cy.peers.test/inbox",)
            ),
        )
        (update, first), (delete, second) = await sent(world)
        assert update["object"]["publicKey"]["owner"] == me
        assert first == ["http://bo.peers.test/inbox"]
        assert delete["object"] == me
        assert second == ["http://bo.peers.test/inbox", "http://cy.peers.test/inbox"]

    async def test_no_document_holds_an_empty_id(self, world: World) -> None:
        status = await world.status(world.alice, spoiler_text="")
        await world.publish(publish.status_created, created(world, status))
        [(create, _)] = await sent(world)
        assert b'"id":null' not in orjson.dumps(create)
        for part in ("to", "cc", "tag", "attachment"):
            assert isinstance(create["object"][part], list)
        assert create["to"] == create["object"]["to"] == [PUBLIC]
        assert create["cc"] == create["object"]["cc"]
