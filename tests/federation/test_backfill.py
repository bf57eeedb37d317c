"""Following somebody elsewhere shows what they wrote before, at home and on their profile."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import worker_number
from tests.rig.actors import stamp
from tests.rig.arena import Arena, arena
from tests.rig.certificates import Certificates
from tests.rig.instance import until

pytestmark = [pytest.mark.serial, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
async def box(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> AsyncGenerator[Arena, None]:
    folder: Path = tmp_path_factory.mktemp("backfill")
    async with arena(folder, certificates, net=f"127.{140 + worker_number()}") as box:
        yield box


async def test_a_first_follow_brings_the_past(box: Arena) -> None:
    author = box.peer.actor("past", "paula")
    began = datetime.now(UTC) - timedelta(days=30)
    notes = [
        author.note(
            f"past {n}", published=stamp(began - timedelta(hours=n)), mentions=(box.alice_uri,)
        )
        for n in range(25)
    ]
    outbox, page = f"{author.uri}/outbox", f"{author.uri}/outbox/1"
    box.peer.documents[outbox] = {"id": outbox, "type": "OrderedCollection", "first": page}
    box.peer.documents[page] = {
        "id": page,
        "type": "OrderedCollectionPage",
        "partOf": outbox,
        "orderedItems": [author.creates(note) for note in notes],
    }
    account = await box.alice.find(author.handle)
    path = f"/api/v1/accounts/{account['id']}"
    assert await box.alice.call("GET", f"{path}/statuses") == []
    await box.alice.call("POST", f"{path}/follow")

    async def all_here() -> bool:
        return len(await box.alice.home(limit=40)) == 20

    await until(all_here, what="the past is at home")
    expected = [note["id"] for note in notes[:20]]
    assert [post["uri"] for post in await box.alice.home(limit=40)] == expected
    shown = await box.alice.call("GET", f"{path}/statuses", params={"limit": 40})
    assert [post["uri"] for post in shown] == expected
    assert shown[0]["created_at"][:16] == stamp(began)[:16]
    assert await box.alice.call("GET", "/api/v1/notifications") == []
    await box.settle()
    asked, path_of_outbox = box.peer.host("past").fetched, outbox.partition(author.host)[2]
    # Once because Alice looked at the profile, and once because she followed.
    assert asked[path_of_outbox] == 2
    await box.alice.call("POST", f"{path}/unfollow")
    await box.alice.call("POST", f"{path}/follow")
    await until(all_here, what="the past is at home again")
    await box.settle()
    assert asked[path_of_outbox] == 2, "once a day"
