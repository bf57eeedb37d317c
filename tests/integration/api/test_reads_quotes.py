"""Quotes: every state, for every viewer, and never more than one post deep."""

import pytest

from tests.integration.api.conftest import House, Member
from tests.integration.api.reading import (
    add_poll,
    add_quote,
    change,
    insert_post,
    read,
    statements,
)


async def test_a_quote_shows_what_it_quotes(house: House, alice: Member, bob: Member) -> None:
    quoted = await insert_post(house, alice, "the original")
    await add_poll(house, quoted, alice)
    post = await add_quote(house, bob, quoted)
    quote = (await read(alice, post))["quote"]
    assert quote["state"] == "accepted"
    assert quote["quoted_status"]["id"] == str(quoted)
    assert quote["quoted_status"]["quote"] is None
    assert quote["quoted_status"]["poll"]["options"][0]["title"] == "a"
    assert quote["quoted_status"]["account"]["acct"] == "alice"
    anonymous = (await house.client.get(f"/api/v1/statuses/{post}")).json()["quote"]
    assert "favourited" not in anonymous["quoted_status"]


@pytest.mark.parametrize(
    ("number", "state"),
    [(0, "pending"), (2, "rejected"), (3, "revoked"), (4, "deleted"), (5, "unauthorized")],
)
async def test_what_nobody_agreed_to_is_not_shown(
    house: House, alice: Member, bob: Member, number: int, state: str
) -> None:
    quoted = await insert_post(house, alice, "hush")
    post = await add_quote(house, bob, quoted, state=number)
    assert (await read(bob, post))["quote"] == {"state": state, "quoted_status": None}
    assert "hush" not in (await bob.get(f"/api/v1/accounts/{bob.id}/statuses")).text


async def test_a_quoted_post_that_is_gone(house: House, alice: Member, bob: Member) -> None:
    quoted = await insert_post(house, alice, "the original")
    post = await add_quote(house, bob, quoted)
    await change(house, "DELETE FROM statuses WHERE id = $1", quoted)
    assert (await read(bob, post))["quote"] == {"state": "deleted", "quoted_status": None}


@pytest.mark.parametrize("visibility", [2, 3])
async def test_a_quoted_post_that_is_not_for_the_viewer(
    house: House, alice: Member, bob: Member, visibility: int
) -> None:
    quoted = await insert_post(house, alice, "hush", visibility=visibility)
    post = await add_quote(house, alice, quoted)
    nested = await add_quote(house, alice, post)
    hidden = {"state": "unauthorized", "quoted_status": None}
    assert (await read(bob, post))["quote"] == hidden
    assert (await read(alice, post))["quote"]["state"] == "accepted"
    inner = (await read(bob, nested))["quote"]["quoted_status"]["quote"]
    assert inner == {"state": "unauthorized", "quoted_status_id": None}
    for path in (f"/api/v1/statuses/{post}", f"/api/v1/accounts/{alice.id}/statuses"):
        for answer in (await bob.get(path), await house.client.get(path)):
            assert "hush" not in answer.text


async def test_whom_the_viewer_does_not_want_to_see(
    house: House, alice: Member, bob: Member
) -> None:
    """The post comes along, so that apps can show it to those who ask."""
    carol = await house.member("carol")
    post = await add_quote(house, bob, await insert_post(house, alice))
    await carol.post(f"/api/v1/accounts/{alice.id}/mute")
    quote = (await read(carol, post))["quote"]
    assert (quote["state"], quote["quoted_status"] is not None) == ("muted_account", True)
    await carol.post(f"/api/v1/accounts/{alice.id}/block")
    quote = (await read(carol, post))["quote"]
    assert (quote["state"], quote["quoted_status"] is not None) == ("blocked_account", True)
    # Whoever is blocked by the quoted author does not see that there is anything.
    await alice.post(f"/api/v1/accounts/{bob.id}/block")
    assert (await read(bob, post))["quote"] == {"state": "unauthorized", "quoted_status": None}


async def test_a_domain_that_the_viewer_has_blocked(
    house: House, alice: Member, bob: Member
) -> None:
    post = await add_quote(house, bob, await insert_post(house, alice))
    await change(house, "UPDATE accounts SET domain = 'far.test' WHERE id = $1", alice.account.id)
    await change(
        house,
        "INSERT INTO account_domain_blocks (id, account_id, domain, created_at)"
        " VALUES (1, $1, 'far.test', now())",
        bob.account.id,
    )
    quote = (await read(bob, post))["quote"]
    assert (quote["state"], quote["quoted_status"] is not None) == ("blocked_domain", True)


async def test_the_second_level_is_only_named(house: House, alice: Member, bob: Member) -> None:
    first = await insert_post(house, alice, "first")
    second = await add_quote(house, bob, first)
    third = await add_quote(house, alice, second)
    inner = (await read(bob, third))["quote"]["quoted_status"]
    assert inner["id"] == str(second)
    assert inner["quote"] == {"state": "accepted", "quoted_status_id": str(first)}
    # A circle ends here as well.
    await change(house, "UPDATE quotes SET quoted_status_id = $1 WHERE status_id = $1", second)
    inner = (await read(bob, second))["quote"]["quoted_status"]
    assert inner["quote"] == {"state": "accepted", "quoted_status_id": str(second)}


async def test_a_boost_shows_the_quote_of_its_original(
    house: House, alice: Member, bob: Member
) -> None:
    post = await add_quote(house, alice, await insert_post(house, alice))
    boost = (await bob.post(f"/api/v1/statuses/{post}/reblog")).json()
    assert boost["quote"] is None
    assert boost["reblog"]["quote"]["state"] == "accepted"


async def test_a_page_of_quotes_and_polls_costs_one_statement_more_for_each(
    house: House, alice: Member, bob: Member
) -> None:
    for _ in range(3):
        quoted = await insert_post(house, alice)
        await add_poll(house, quoted, alice)
        await add_quote(house, bob, quoted)
    path = f"/api/v1/accounts/{bob.id}/statuses"
    await alice.get(path)
    with statements(house) as counted:
        page = (await alice.get(path)).json()
    assert [status["quote"]["quoted_status"]["poll"] is not None for status in page] == [True] * 3
    assert len(counted) == 3, counted.text
