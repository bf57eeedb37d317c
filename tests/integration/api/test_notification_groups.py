"""Notifications in groups, and the kinds that come from the server."""

from typing import Any

from fedi.core.accounts.service import create_local
from fedi.core.domains import service as domains
from fedi.core.notifications.recipients import of_edits, warned
from fedi.core.notifications.service import Kind, Notice, hide, notify
from fedi.events import PollClosed, ReportFiled, StatusQuoted, UserSignedUp
from fedi.reactions import react, read_event
from tests.integration.api.conftest import PAIR, House, Member

V1, V2 = "/api/v1/notifications", "/api/v2/notifications"


async def tell(house: House, *notices: Notice) -> list[tuple[int, int]]:
    """Notify, each in a transaction of its own, so that ids stand in this order."""
    told: list[tuple[int, int]] = []
    for notice in notices:
        async with house.runtime.unit() as unit:
            told += await notify(unit, [notice])
    return told


async def people(house: House, count: int, prefix: str = "fan") -> list[int]:
    async with house.runtime.unit() as unit:
        return [
            (await create_local(unit, house.runtime.settings, f"{prefix}{n}", PAIR)).id
            for n in range(count)
        ]


async def happen(house: House, *events: Any) -> None:
    async with house.runtime.unit() as unit:
        await react(unit, house.runtime.settings, list(enumerate(events, 1)))


def deeds(who: int, kind: Kind, senders: list[int], post: int) -> list[Notice]:
    return [(who, kind, sender, post) for sender in senders]


async def groups(member: Member, path: str = V2, **params: Any) -> dict[str, Any]:
    answer = await member.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def keys(found: dict[str, Any]) -> list[str]:
    return [group["group_key"] for group in found["notification_groups"]]


async def test_a_page_of_groups(house: House, alice: Member, bob: Member) -> None:
    fans = await people(house, 10)
    me = alice.account.id
    first, second = [int((await alice.write(text))["id"]) for text in ("one", "two")]
    await tell(house, *deeds(me, "favourite", fans, first))
    await tell(house, (me, "follow", fans[0], None), (me, "follow", fans[1], None))
    post = int((await bob.write(f"@alice {first}"))["id"])
    await tell(house, (me, "mention", bob.account.id, post), (me, "reblog", fans[0], second))
    found = await groups(alice)
    assert [group["type"] for group in found["notification_groups"]] == [
        "reblog",
        "mention",
        "follow",
        "favourite",
    ]
    likes = found["notification_groups"][-1]
    assert likes["group_key"] == f"favourite-{first}"
    assert likes["notifications_count"] == 10
    assert likes["sample_account_ids"] == [str(fan) for fan in fans[:1:-1]]
    assert likes["status_id"] == str(first)
    assert isinstance(likes["most_recent_notification_id"], int)
    assert int(likes["page_max_id"]) == likes["most_recent_notification_id"]
    assert len(found["accounts"]) == 11
    assert {status["id"] for status in found["statuses"]} == {str(i) for i in (first, second, post)}
    assert "partial_accounts" not in found
    partial = await groups(alice, expand_accounts="partial_avatars")
    assert len(partial["accounts"]) + len(partial["partial_accounts"]) == 11
    assert set(partial["partial_accounts"][0]) == {
        *("id", "acct", "locked", "bot", "url", "avatar", "avatar_static", "avatar_description")
    }
    assert (await alice.get(V2, params={"expand_accounts": "all"})).status_code == 400
    alone = await groups(alice, **{"grouped_types[]": "follow"})
    assert len(alone["notification_groups"]) == 13
    assert sum(key.startswith("ungrouped-") for key in keys(alone)) == 12
    listed = (await alice.get(V1)).json()
    assert {item["group_key"] for item in listed} == set(keys(found))


async def test_groups_recur_over_pages(house: House, alice: Member, bob: Member) -> None:
    fans = await people(house, 4)
    me = alice.account.id
    one, two, three = [int((await alice.write(text))["id"]) for text in "abc"]
    told: list[Notice] = [
        (me, "favourite", fans[0], one),
        (me, "favourite", fans[1], two),
        (me, "favourite", fans[2], one),
        (me, "favourite", fans[0], three),
        (me, "favourite", fans[3], one),
    ]
    ids = [pair[0] for pair in await tell(house, *told)]
    page = await alice.get(V2, params={"limit": 2})
    assert keys(page.json()) == [f"favourite-{one}", f"favourite-{three}"]
    top = page.json()["notification_groups"][0]
    assert (top["notifications_count"], top["page_min_id"]) == (3, str(ids[4]))
    assert f"max_id={ids[3]}" in page.headers["link"]
    assert f"min_id={ids[4]}" in page.headers["link"]
    page = await alice.get(V2, params={"limit": 2, "max_id": ids[3]})
    assert keys(page.json()) == [f"favourite-{one}", f"favourite-{two}"]
    again = page.json()["notification_groups"][0]
    assert (again["notifications_count"], again["page_max_id"]) == (2, str(ids[2]))
    assert f"max_id={ids[1]}" in page.headers["link"]
    page = await alice.get(V2, params={"limit": 2, "max_id": ids[1]})
    assert keys(page.json()) == [f"favourite-{one}"]
    assert 'rel="next"' not in page.headers["link"]
    up = await alice.get(V2, params={"limit": 2, "min_id": ids[0]})
    assert keys(up.json()) == [f"favourite-{one}", f"favourite-{two}"]
    assert f"min_id={ids[2]}" in up.headers["link"]
    # Whoever is muted neither counts nor stands for a group.
    assert (await alice.post(f"/api/v1/accounts/{fans[3]}/mute")).status_code == 200
    assert keys(await groups(alice)) == [
        f"favourite-{three}",
        *(f"favourite-{i}" for i in (one, two)),
    ]
    assert (await groups(alice))["notification_groups"][1]["notifications_count"] == 2
    assert bob.id


async def test_one_group(house: House, alice: Member, bob: Member) -> None:
    fans = await people(house, 3)
    me = alice.account.id
    post = int((await alice.write("x"))["id"])
    ids = [i for i, _ in await tell(house, *deeds(me, "reblog", fans, post))]
    key = f"reblog-{post}"
    found = await groups(alice, f"{V2}/{key}")
    assert found["notification_groups"][0]["notifications_count"] == 3
    assert len(found["accounts"]) == 3
    page = await alice.get(f"{V2}/{key}/accounts", params={"limit": 2})
    assert [account["id"] for account in page.json()] == [str(fan) for fan in fans[:0:-1]]
    assert f"max_id={ids[1]}" in page.headers["link"]
    rest = await alice.get(f"{V2}/{key}/accounts", params={"max_id": ids[1]})
    assert [account["id"] for account in rest.json()] == [str(fans[0])]
    single = f"{V2}/ungrouped-{ids[0]}"
    assert keys(await groups(alice, single)) == [f"ungrouped-{ids[0]}"]
    for path in (f"{V2}/{key}", single, f"{V2}/nonsense", f"{V2}/ungrouped-{10**17}"):
        assert (await bob.get(path)).status_code == 404
    count = f"{V2}/unread_count"
    assert (await alice.get(count)).json() == {"count": 1}
    assert (await alice.get(count, params={"grouped_types[]": "follow"})).json() == {"count": 3}
    assert (await alice.get(f"{V1}/unread_count", params={"limit": 2})).json() == {"count": 2}
    only = {"exclude_types[]": "reblog"}
    assert (await alice.get(f"{V1}/unread_count", params=only)).json() == {"count": 0}
    await alice.post("/api/v1/markers", json={"notifications": {"last_read_id": str(ids[1])}})
    assert (await alice.get(f"{V1}/unread_count")).json() == {"count": 1}
    assert (await alice.get(count)).json() == {"count": 1}
    assert (await bob.post(f"{V2}/{key}/dismiss")).json() == {}
    assert (await alice.post(f"{single}/dismiss")).json() == {}
    assert (await groups(alice))["notification_groups"][0]["notifications_count"] == 2
    assert (await alice.post(f"{V2}/{key}/dismiss")).json() == {}
    assert (await groups(alice))["notification_groups"] == []
    # What was put away is not told a second time.
    assert await tell(house, (me, "reblog", fans[0], post)) == []
    await tell(house, (me, "follow", fans[0], None), (me, "follow", fans[1], None))
    ids = [item["id"] for item in (await alice.get(V1)).json()]
    await alice.call("DELETE", f"{V1}/destroy_multiple", params={"ids[]": ids[:1]})
    assert [item["id"] for item in (await alice.get(V1)).json()] == ids[1:]
    assert (await alice.post(f"{V2}/clear")).json() == {}
    assert (await alice.get(V1)).json() == []


async def test_unknown_kinds_come_with_words(house: House, alice: Member, bob: Member) -> None:
    post = int((await bob.write("@alice hi"))["id"])
    await tell(house, (alice.account.id, "mention", bob.account.id, post))
    plain = (await alice.get(V1)).json()[0]
    assert "fallback" not in plain
    knows = {"supported_types[]": ["favourite", "reblog"]}
    worded = (await alice.get(V1, params=knows)).json()[0]
    assert worded["fallback"] == {"title": "bob mentioned you", "summary": None, "details": None}
    one = (await alice.get(f"{V1}/{plain['id']}", params=knows)).json()
    assert one["fallback"] == worded["fallback"]
    group = (await alice.get(V2, params=knows)).json()["notification_groups"][0]
    assert group["fallback"] == worded["fallback"]
    assert (
        "fallback" not in (await alice.get(V1, params={"supported_types[]": "mention"})).json()[0]
    )
    names = ["annual_report", "added_to_collection", "collection_update", "nonsense"]
    assert (await alice.get(V1, params={"types[]": names})).json() == []


async def types(member: Member) -> list[str]:
    return [item["type"] for item in (await member.get(V1)).json()]


async def test_staff_hear_of_sign_ups_and_reports(house: House, alice: Member, bob: Member) -> None:
    carol = await house.member("carol")
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE users SET role = 'admin' WHERE id = $1", alice.user_id)
        reports = await unit.new_ids(2)
        for report in reports:
            await unit.execute(
                "INSERT INTO reports (id, account_id, target_id, comment, category, created_at)"
                " VALUES ($1, $2, $3, 'rude', 'spam', now())",
                report,
                carol.account.id,
                bob.account.id,
            )
    await happen(house, UserSignedUp(carol.account.id), UserSignedUp(bob.account.id))
    assert await types(alice) == ["admin.sign_up"] * 2
    assert len((await groups(alice))["notification_groups"]) == 1
    filed = [ReportFiled(report, carol.account.id, bob.account.id) for report in reports]
    await happen(house, *filed)
    await happen(house, *filed)
    listed = (await alice.get(V1, params={"types[]": "admin.report"})).json()
    assert [item["report"]["id"] for item in listed] == [str(report) for report in reports[::-1]]
    report = listed[0]["report"]
    assert (report["comment"], report["category"]) == ("rude", "spam")
    assert report["target_account"]["id"] == bob.id
    assert report["action_taken"] is False
    assert listed[0]["account"]["id"] == carol.id
    group = (await groups(alice, **{"types[]": "admin.report"}))["notification_groups"][0]
    assert group["report"] == report
    assert await types(bob) == await types(carol) == []


async def test_lost_connections_are_told(house: House, alice: Member, bob: Member) -> None:
    async with house.runtime.unit() as unit:
        far = await unit.new_ids(2)
        for number, account in enumerate(far):
            uri = f"https://far.test/users/{number}"
            await unit.execute(
                "INSERT INTO accounts (id, username, domain, uri) VALUES ($1, $2, 'far.test', $3)",
                account,
                f"far{number}",
                uri,
            )
            await unit.execute("INSERT INTO account_stats (account_id) VALUES ($1)", account)
        pairs = [(alice.account.id, far[0]), (far[0], alice.account.id), (far[1], alice.account.id)]
        for who, target in pairs:
            await unit.execute(
                "INSERT INTO follows (id, account_id, target_id, accepted, local)"
                " VALUES ($1, $2, $3, true, $4)",
                await unit.new_id(),
                who,
                target,
                who == alice.account.id,
            )
    async with house.runtime.unit() as unit:
        await domains.block(unit, "far.test")
        await unit.finish()
        payload = await unit.value("SELECT payload FROM events WHERE type = 'DomainBlocked'")
    await happen(house, read_event("DomainBlocked", payload))
    listed = (await alice.get(V1)).json()
    assert [item["type"] for item in listed] == ["severed_relationships"]
    lost = listed[0]["event"]
    assert (lost["type"], lost["target_name"], lost["purged"]) == (
        "domain_block",
        "far.test",
        False,
    )
    assert (lost["followers_count"], lost["following_count"]) == (2, 1)
    assert set(lost) == {
        *("id", "type", "purged", "target_name", "followers_count", "following_count", "created_at")
    }
    assert listed[0]["account"]["id"] == alice.id
    assert await types(bob) == []


async def test_warnings(house: House, alice: Member) -> None:
    for number in (5, 6):
        async with house.runtime.unit() as unit:
            await notify(unit, [warned(unit, number, alice.account.id, "none", "Be kind", [7])])
    listed = (await alice.get(V1)).json()
    assert [item["type"] for item in listed] == ["moderation_warning"] * 2
    warning = listed[0]["moderation_warning"]
    assert (warning["id"], warning["action"], warning["text"]) == ("6", "none", "Be kind")
    assert warning["status_ids"] == ["7"]
    assert warning["target_account"]["id"] == alice.id
    assert warning["appeal"] is None


async def test_poll_ends(house: House, alice: Member, bob: Member) -> None:
    carol = await house.member("carol")
    post = int((await alice.write("which?"))["id"])
    async with house.runtime.unit() as unit:
        poll = await unit.new_id()
        await unit.execute(
            "INSERT INTO polls (id, status_id, account_id, options, tallies)"
            " VALUES ($1, $2, $3, '{a,b}', '{0,2}')",
            poll,
            post,
            alice.account.id,
        )
        for choice in (0, 1):
            await unit.execute(
                "INSERT INTO poll_votes (id, poll_id, account_id, choice) VALUES ($1, $2, $3, $4)",
                await unit.new_id(),
                poll,
                bob.account.id,
                choice,
            )
    for _ in range(2):
        await happen(house, PollClosed(poll, post))
    assert await types(alice) == await types(bob) == ["poll"]
    assert await types(carol) == []
    told = (await bob.get(V1)).json()[0]
    assert (told["account"]["id"], told["status"]["id"]) == (alice.id, str(post))


async def test_quotes_and_edits_of_what_was_quoted(
    house: House, alice: Member, bob: Member
) -> None:
    post = int((await alice.write("x"))["id"])
    quoting = int((await bob.write("look"))["id"])
    async with house.runtime.unit() as unit:
        quote = await unit.new_id()
        await unit.execute(
            "INSERT INTO quotes (id, status_id, account_id, quoted_status_id, quoted_account_id,"
            " state) VALUES ($1, $2, $3, $4, $5, 1)",
            quote,
            quoting,
            bob.account.id,
            post,
            alice.account.id,
        )
    await happen(house, StatusQuoted(quote, quoting, post, bob.account.id, local=True))
    told = (await alice.get(V1)).json()
    assert [(item["type"], item["status"]["id"]) for item in told] == [("quote", str(quoting))]
    assert told[0]["account"]["id"] == bob.id
    edited = await alice.call("PUT", f"/api/v1/statuses/{post}", json={"status": "y"})
    assert edited.status_code == 200
    async with house.runtime.unit() as unit:
        await notify(unit, await of_edits(unit, [post]))
    told = (await bob.get(V1)).json()
    assert [(item["type"], item["status"]["id"]) for item in told] == [
        ("quoted_update", str(quoting))
    ]


async def test_muted_conversations_and_gone_posts(house: House, alice: Member, bob: Member) -> None:
    post = int((await bob.write("@alice hi"))["id"])
    async with house.runtime.unit() as unit:
        await unit.execute("UPDATE statuses SET conversation_id = $1 WHERE id = $1", post)
        await unit.execute(
            "INSERT INTO conversation_mutes (account_id, conversation_id) VALUES ($1, $2)",
            alice.account.id,
            post,
        )
    assert await tell(house, (alice.account.id, "mention", bob.account.id, post)) == []
    async with house.runtime.unit() as unit:
        await unit.execute("DELETE FROM conversation_mutes")
    assert len(await tell(house, (alice.account.id, "mention", bob.account.id, post))) == 1
    assert await types(alice) == ["mention"]
    assert (await bob.call("DELETE", f"/api/v1/statuses/{post}")).status_code == 200
    assert await types(alice) == []
    assert await tell(house, (alice.account.id, "mention", bob.account.id, post)) == []


async def test_a_like_that_flips_tells_once(house: House, alice: Member, bob: Member) -> None:
    post = int((await alice.write("x"))["id"])
    notice: Notice = (alice.account.id, "favourite", bob.account.id, post)
    assert len(await tell(house, notice)) == 1
    async with house.runtime.unit() as unit:
        await hide(unit, [notice])
    assert await tell(house, notice, notice) == []
    assert await types(alice) == []
