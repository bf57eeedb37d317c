"""One stored post that nobody can render: it is shown as text, and its neighbours as always."""

import pytest

from tests.integration.attacks.conftest import Member, Site
from tests.rig.aftermath import settle

ODD = ["[1]", '["x"]', '[{"url": 5}]', "[null]", "5", '"x"', "{}", "[[]]"]
STATUS = ("attachments", "emojis", "tags")
ACCOUNT = ("fields", "emojis")


async def write(site: Site, member: Member, text: str, **more: str) -> str:
    answer = await site.client.post(
        "/api/v1/statuses", data={"status": text, **more}, headers=member.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def readers(account: str, broken: str, good: str) -> dict[str, bool]:
    """What is read, and whether the neighbour must stand there."""
    return {
        "/api/v1/timelines/home": True,
        "/api/v1/timelines/public": True,
        "/api/v1/timelines/tag/tea": True,
        f"/api/v1/accounts/{account}/statuses": True,
        f"/api/v1/accounts/{account}/statuses?pinned=true": True,
        f"/api/v1/accounts/{account}": False,
        f"/api/v1/accounts/relationships?id={account}": False,
        f"/api/v1/statuses/{broken}": False,
        f"/api/v1/statuses/{broken}/context": True,
        f"/api/v1/statuses/{good}/context": False,
        f"/api/v1/statuses/{good}/history": True,
        f"/api/v1/statuses/{broken}/history": False,
        f"/api/v1/statuses/{broken}/favourited_by": False,
        f"/api/v1/statuses?id[]={broken}&id[]={good}": True,
        "/api/v1/favourites": True,
        "/api/v1/bookmarks": True,
        "/api/v1/notifications": True,
        "/api/v2/notifications": True,
        "/api/v1/trends/statuses": False,
        "/api/v1/conversations": False,
        "/api/v1/directory": False,
        "/api/v2/search?q=tea&type=statuses": False,
    }


async def fill(site: Site, alice: Member, bob: Member) -> tuple[str, str, str]:
    """Three posts of Alice's that are everywhere: the one to break, and its neighbours."""
    client = site.client
    await client.post(f"/api/v1/accounts/{alice.account.id}/follow", headers=bob.headers)
    broken = await write(site, alice, "@bob the #tea one")
    good = await write(site, alice, "@bob neighbour #tea", in_reply_to_id=broken)
    quoting = await write(site, alice, "@bob #tea quoting", quoted_status_id=good)
    for status in (broken, good, quoting):
        for deed in ("favourite", "bookmark"):
            await client.post(f"/api/v1/statuses/{status}/{deed}", headers=bob.headers)
        await client.post(f"/api/v1/statuses/{status}/pin", headers=alice.headers)
    await settle(site.runtime)
    await site.runtime.db.fetch(
        "UPDATE statuses SET content = content || '<p class=\"quote-inline\">RE: x</p>'"
        " WHERE id = $1",
        int(quoting),
    )
    return broken, good, quoting


async def check(site: Site, alice: Member, bob: Member, broken: str, good: str) -> None:
    account = str(alice.account.id)
    for path, has_neighbour in readers(account, broken, good).items():
        answer = await site.client.get(path, headers=bob.headers)
        assert answer.status_code == 200, (path, answer.text[:300])
        if has_neighbour:
            assert "neighbour" in answer.text, path
    for path in (f"/@alice/{good}", "/@alice"):
        answer = await site.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
        assert "neighbour" in answer.text, path
    uri = alice.account.uri
    for path in (
        uri,
        f"{uri}/outbox?page=true",
        f"{uri}/statuses/{good}",
        f"{uri}/collections/featured",
    ):
        answer = await site.client.get(path, headers={"Accept": "application/activity+json"})
        assert answer.status_code == 200, (path, answer.text[:300])
        assert path == uri or "neighbour" in answer.text, path


@pytest.mark.parametrize("column", STATUS)
async def test_a_broken_post_hurts_nobody(site: Site, alice: Member, column: str) -> None:
    bob = await site.member("bob")
    broken, good, quoting = await fill(site, alice, bob)
    await check(site, alice, bob, broken, good)
    for value in ODD:
        for victim in (broken, quoting):
            await site.runtime.db.fetch(
                f"UPDATE statuses SET {column} = $2::text::jsonb, revision = revision + 1"
                " WHERE id = $1",
                int(victim),
                value,
            )
        await check(site, alice, bob, broken, good)


@pytest.mark.parametrize("table", ["statuses", "status_edits"])
async def test_a_broken_version_hurts_no_other(site: Site, alice: Member, table: str) -> None:
    status = await write(site, alice, "first")
    path = f"/api/v1/statuses/{status}"
    for text in ("second", "third"):
        answer = await site.client.put(path, data={"status": text}, headers=alice.headers)
        assert answer.status_code == 200, answer.text
    where = "id = $1" if table == "statuses" else "status_id = $1 AND content LIKE '%second%'"
    for column in ("attachments", "emojis"):
        for value in ODD:
            await site.runtime.db.fetch(
                f"UPDATE {table} SET {column} = $2::text::jsonb WHERE {where}", int(status), value
            )
            answer = await site.client.get(f"{path}/history", headers=alice.headers)
            assert answer.status_code == 200, (value, answer.text[:300])
            said = [version["content"] for version in answer.json()]
            assert said == ["<p>first</p>", "<p>second</p>", "<p>third</p>"]
            assert all(version["media_attachments"] == [] for version in answer.json())


@pytest.mark.parametrize("column", ACCOUNT)
async def test_a_broken_profile_hurts_nobody(site: Site, alice: Member, column: str) -> None:
    bob = await site.member("bob")
    broken, good, _ = await fill(site, alice, bob)
    eve = await site.member("eve")
    await write(site, eve, "#tea of another")
    for value in ODD:
        await site.runtime.db.fetch(
            f"UPDATE accounts SET {column} = $2::text::jsonb, revision = revision + 1"
            " WHERE id = $1",
            alice.account.id,
            value,
        )
        for path in readers(str(alice.account.id), broken, good):
            answer = await site.client.get(path, headers=bob.headers)
            assert answer.status_code == 200, (value, path, answer.text[:300])
