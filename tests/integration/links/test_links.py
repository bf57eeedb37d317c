"""Links of profiles that are verified by a link back, and those that only look as if."""

from datetime import timedelta

import orjson
import pytest

from fedi.core.accounts import links
from fedi.core.relationships.receive import receive_accepts
from fedi.core.relationships.types import ReceivedAnswer
from fedi.federation.facts import Home, load_actors
from fedi.federation.render.actor import render_actor
from fedi.kit.result import Ignored, Later
from tests.integration.links.conftest import Desk
from tests.rig.aftermath import settle

URL = "https://www.far.test/me"
SHORT = '<span class="ellipsis">www.far.test</span>'
HOME = Home("https://a.test", "a.test")
BACK = '<html><body><a rel="me" href="https://a.test/@alice">me</a></body></html>'


async def test_a_page_that_links_back_is_verified(desk: Desk) -> None:
    desk.site.write(URL, BACK)
    assert await desk.verify(URL, "just words", f"see {URL}") == [True, False, False]
    assert desk.site.asked[URL] == 1
    page = await desk.account(int(desk.alice.id))
    assert page.fields[0]["verified_at"].endswith("Z")


@pytest.mark.parametrize(
    "page",
    [
        '<link href="https://a.test/@alice" rel="nofollow ME">',
        '<a rel=me href="https://A.test/@alice/">',
        "<A HREF='https://a.test/ap/users/{id}' REL='me noopener'>",
        "<p title='>'>it's</p><a rel=me href=https://a.test/@alice>",
    ],
)
async def test_other_spellings_of_a_link_back(desk: Desk, page: str) -> None:
    desk.site.write(URL, page.replace("{id}", desk.alice.id))
    assert await desk.verify(URL) == [True]


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://a.test/@alice">not me</a>',
        '<a rel="menu" href="https://a.test/@alice">',
        '<a rel="me" href="https://a.test/@alice2">',
        '<a rel="me" href="https://a.test.evil/@alice">',
        '<!-- <a rel="me" href="https://a.test/@alice"> -->',
        "<!doctype <a rel=me href=https://a.test/@alice> >",
        "<img alt='<a rel=me href=https://a.test/@alice>'>",
        "<script>'<a rel=me href=https://a.test/@alice>'</script>",
        "<textarea><a rel=me href=https://a.test/@alice></textarea>",
        "<template><a rel=me href=https://a.test/@alice></template>",
        '<div class="comment"><a rel="ugc me" href="https://a.test/@alice">hi</a></div>',
        "<title><a rel=me href=https://a.test/@alice></title>",
    ],
)
async def test_what_is_no_link_back(desk: Desk, page: str) -> None:
    desk.site.write(URL, page)
    assert await desk.verify(URL) == [False]
    assert desk.site.asked[URL] == 1


async def test_nobody_vouches_for_a_page_elsewhere(desk: Desk) -> None:
    desk.site.write(URL, BACK)
    moved = desk.site.write(
        "https://www.far.test/go", "", status=302, location="https://www.far.test/me"
    )
    text = desk.site.write("https://www.far.test/text", BACK, content_type="text/plain")
    large = desk.site.write("https://www.far.test/large", BACK + " " * 1_048_576)
    gone = desk.site.write("https://www.far.test/gone", BACK, status=404)
    own = "https://a.test/@alice"
    plain = "http://www.far.test/me"
    named = "https://www.far.test@other.far.test/me"
    values = (moved, text, large, gone, own, plain, named)
    assert await desk.verify(*values) == [False] * 7
    assert desk.site.asked[URL] == 0
    assert desk.site.asked[moved] == 1


async def test_pages_of_a_blocked_server_are_not_read(desk: Desk) -> None:
    desk.site.write(URL, BACK)
    assert await desk.verify(URL) == [True]
    await desk.house.runtime.db.fetch("INSERT INTO domain_blocks (domain) VALUES ('far.test')")
    desk.people.policy.forget()
    await desk.age()
    await desk.work()
    assert await desk.shown(desk.alice.id) == [None]
    assert desk.site.asked[URL] == 1


async def test_a_changed_value_is_verified_anew_and_the_others_stay(desk: Desk) -> None:
    other = "https://other.far.test/"
    desk.site.write(URL, BACK)
    assert await desk.verify(URL) == [True]
    first = await desk.shown(desk.alice.id)
    await desk.change_fields(URL, other)
    assert await desk.shown(desk.alice.id) == [*first, None]
    desk.site.write(other, BACK)
    await desk.work()
    assert all(await desk.shown(desk.alice.id))
    await desk.change_fields(f"{URL}2", other)
    assert [bool(moment) for moment in await desk.shown(desk.alice.id)] == [False, True]


async def test_links_are_read_again_every_few_days(desk: Desk) -> None:
    desk.site.write(URL, BACK)
    assert await desk.verify(URL) == [True]
    outcomes = await desk.work()
    assert isinstance(outcomes[0], Later)
    day = timedelta(days=1).total_seconds()
    assert day <= outcomes[0].after <= 7 * day
    assert desk.site.asked[URL] == 1
    # A page that is away for a while proves nothing; one that no longer links back does.
    desk.site.write(URL, "", status=503)
    await desk.age()
    await desk.work()
    assert desk.site.asked[URL] == 2
    assert await desk.shown(desk.alice.id) != [None]
    desk.site.write(URL, "<p>moved on</p>")
    await desk.age()
    await desk.work()
    assert await desk.shown(desk.alice.id) == [None]


async def test_a_profile_that_changes_meanwhile_is_read_once_more(desk: Desk) -> None:
    desk.site.write(URL, BACK)
    await desk.change_fields(URL)
    row = await desk.house.runtime.db.row(
        "SELECT id, uri, url, fields FROM accounts WHERE id = $1", int(desk.alice.id)
    )
    assert row is not None
    await desk.change_fields(f"{URL}/other")
    await links.check_now(desk.people, row)
    assert await desk.shown(desk.alice.id) == [None]
    assert desk.site.asked[f"{URL}/other"] == 0
    await desk.work()
    assert desk.site.asked[f"{URL}/other"] == 1


async def test_what_was_verified_here_is_told_to_nobody(desk: Desk) -> None:
    desk.site.write(URL, BACK)
    assert await desk.verify(URL) == [True]
    assert await desk.house.runtime.db.fetch("SELECT id FROM events WHERE state = 0") == []
    facts = await load_actors(desk.house.runtime.read(), HOME, [int(desk.alice.id)])
    document = orjson.dumps([render_actor(fact) for fact in facts.values()])
    assert URL.encode() in document
    assert b"verified" not in document


def field(value: str) -> dict[str, str]:
    return {"type": "PropertyValue", "name": "Web", "value": value}


def link(shown: str, url: str = URL) -> str:
    return f'<a href="{url}" rel="me nofollow">{shown}</a>'


async def test_profiles_of_others_are_read_once_somebody_follows_them(desk: Desk) -> None:
    eve = desk.site.actor("p.far.test", "eve", extra={"attachment": [field(link(URL))]})
    desk.site.write(URL, f'<a rel="me" href="{eve.uri}">')
    account = await desk.meet(eve.uri)
    assert await desk.chores() == []
    await desk.alice.post(f"/api/v1/accounts/{account.id}/follow")
    await settle(desk.house.runtime)
    assert await desk.chores() == []
    await _accept(desk, account.id)
    assert [row["key"] for row in await desk.chores()] == [str(account.id)]
    await desk.work()
    verified = await desk.shown(account.id)
    assert all(verified)
    # Her document is read anew: what is unchanged stays verified, and what is not does not.
    before = await desk.account(account.id)
    assert (await desk.meet(eve.uri)).revision == before.revision
    assert await desk.shown(account.id) == verified
    eve.extra = {"attachment": [field(link(f"{URL}2", f"{URL}2"))]}
    eve.publish()
    await desk.meet(eve.uri)
    assert await desk.shown(account.id) == [None]
    await desk.work()
    assert desk.site.asked[f"{URL}2"] == 1
    await desk.house.runtime.db.fetch("DELETE FROM follows")
    assert [type(outcome) for outcome in await desk.work()] == [Ignored]


@pytest.mark.parametrize(
    "value",
    [
        link("https://www.far.test/"),
        link("my page"),
        link('<span class="invisible">https://www.far.test/</span><span>me</span>'),
        link('<span class="invisible">https://www.far.</span><span>test/me</span>'),
        f"{link(URL)} {link(URL)}",
        f"mine: {link(URL)}",
        link(f"{URL}\u202e"),
        link("www.far.test/me"),
        link('<span class="invisible"><span>https://www.</span></span>far.test/me'),
        link('<span class="ellipsis invisible">https://www.</span>far.test/me'),
    ],
)
async def test_a_field_must_show_where_it_leads(desk: Desk, value: str) -> None:
    eve = desk.site.actor("p.far.test", "eve", extra={"attachment": [field(value)]})
    desk.site.write(URL, f'<a rel="me" href="{eve.uri}">')
    await _follow(desk, (await desk.meet(eve.uri)).id)
    await desk.work()
    assert desk.site.asked[URL] == 0


@pytest.mark.parametrize(
    "shown",
    [
        URL,
        '<span class="invisible">https://www.</span><span class="">far.test/me</span>',
        f'<span class="invisible">https://</span>{SHORT}<span class="invisible">/me</span>',
    ],
)
async def test_links_that_show_where_they_lead(desk: Desk, shown: str) -> None:
    eve = desk.site.actor("p.far.test", "eve", extra={"attachment": [field(link(shown))]})
    desk.site.write(URL, f'<a rel="me" href="{eve.uri}">')
    account = await desk.meet(eve.uri)
    await _follow(desk, account.id)
    await desk.work()
    assert all(await desk.shown(account.id))


async def test_nobody_borrows_the_page_of_somebody_else(desk: Desk) -> None:
    """The owner of the page lives elsewhere, where the liar says that their profile is."""
    victim = "https://victim.far.test/@vic"
    extra = {"url": victim, "attachment": [field(link(URL))]}
    eve = desk.site.actor("p.far.test", "eve", extra=extra)
    desk.site.write(URL, f'<a rel="me" href="{victim}">')
    account = await desk.meet(eve.uri)
    await desk.house.runtime.db.fetch(
        "UPDATE accounts SET url = $1 WHERE id = $2", victim, account.id
    )
    await _follow(desk, account.id)
    await desk.work()
    assert desk.site.asked[URL] == 1
    assert await desk.shown(account.id) == [None]


async def _follow(desk: Desk, account_id: int) -> None:
    await desk.alice.post(f"/api/v1/accounts/{account_id}/follow")
    await _accept(desk, account_id)


async def _accept(desk: Desk, account_id: int) -> None:
    async with desk.house.runtime.unit() as unit:
        answer = ReceivedAnswer(account_id, None, int(desk.alice.id))
        await receive_accepts(unit, [answer])
    await settle(desk.house.runtime)
