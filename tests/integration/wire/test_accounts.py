"""Actors of other software as they are stored and shown."""

from typing import Any

from tests.integration.wire.conftest import Wire
from tests.wire.reading import raw


async def row_of(wire: Wire, account_id: int) -> Any:
    return await wire.house.runtime.read().row("SELECT * FROM accounts WHERE id = $1", account_id)


async def test_groups(wire: Wire) -> None:
    account = await wire.actor(raw("piefed/actor_group"))
    row = await row_of(wire, account.id)
    assert row["moderators_url"] == "https://pie.example/c/birds/moderators"
    assert row["posting_restricted"]
    assert (await wire.account(account))["group"]
    await wire.actor({**raw("piefed/actor_group"), "postingRestrictedToMods": False})
    assert not (await row_of(wire, account.id))["posting_restricted"]


async def test_who_hides_from_strangers(wire: Wire) -> None:
    row = await row_of(wire, (await wire.actor(raw("gotosocial/actor_hidden"))).id)
    assert (row["hides_public"], row["hides_unlisted"]) == (True, True)


async def test_featured_tags(wire: Wire) -> None:
    document = {**raw("hollo/actor_person"), "featuredTags": "https://hollo.example/@holly/tags"}
    row = await row_of(wire, (await wire.actor(document)).id)
    assert row["featured_tags_url"] == "https://hollo.example/@holly/tags"


async def test_counts_that_their_server_tells(wire: Wire) -> None:
    page = {"type": "OrderedCollection", "id": "https://hollo.example/@holly/x"}
    document = {
        **raw("hollo/actor_person"),
        "followers": {**page, "totalItems": 12},
        "following": {**page, "totalItems": 0},
        "outbox": {**page, "totalItems": 99},
    }
    account = await wire.actor(document)
    shown = await wire.account(account)
    assert (shown["followers_count"], shown["statuses_count"]) == (12, 99)
    assert shown["fedi"] == {
        "origin_counts": {"followers_count": 12, "statuses_count": 99},
        "known_counts": {"followers_count": 0, "statuses_count": 0},
    }
    # A document without counts forgets nothing.
    account = await wire.actor(raw("hollo/actor_person"))
    assert (account.followers_count, account.origin_followers_count) == (0, 12)
    await wire.bring("hollo/note")
    status = await wire.status("https://hollo.example/@holly/1")
    assert status["account"]["followers_count"] == 12
    assert status["account"]["statuses_count"] == 99


async def test_no_counts_no_words_about_them(wire: Wire) -> None:
    assert "fedi" not in await wire.account(await wire.actor(raw("ghost/actor_person")))
