"""The ways between servers for people: in from elsewhere, and home from here."""

import html
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from urllib.parse import quote

import orjson
import pytest
from starlette.requests import Request

from fedi.config import Settings
from fedi.core.accounts.onward import read_way
from fedi.core.accounts.people import People
from fedi.core.domains.policy import Policy
from fedi.core.instance import ensure_instance
from fedi.federation.inbound.sender import Verifier
from fedi.federation.routes import Federation
from fedi.kit.errors import RemoteNonsense
from fedi.kit.runtime import Runtime
from tests.integration.cards.conftest import Site
from tests.integration.inbound.far import Person
from tests.integration.pages.conftest import Browser, browse, browse_with
from tests.integration.pages.reading import read_page

PATH = "/authorize_interaction"


@pytest.fixture
async def browser(runtime: Runtime) -> AsyncGenerator[Browser, None]:
    await ensure_instance(runtime)
    async with browse(runtime) as found:
        yield found


def link_in(text: str, words: str) -> str:
    """The address of the first link whose words begin so."""
    found = re.search(rf'<a href="([^"]*)"[^>]*>(?:<[^>]*>)*{words}', text)
    assert found, text
    return html.unescape(found[1])


async def count(browser: Browser, table: str) -> int:
    return await browser.runtime.db.value(f"SELECT count(*) FROM {table}")


async def press(browser: Browser, shown: str, deed: str, **typed: str) -> str:
    """Send the form of a page that does this; the page after it."""
    for action, inside in re.findall(
        r'<form method="post" action="([^"]*)">(.*?)</form>', shown, re.DOTALL
    ):
        fields = re.findall(r'name="([^"]+)" value="([^"]*)"', inside)
        values = {name: html.unescape(value) for name, value in fields}
        if values.get("deed") == deed:
            if chosen := re.search(r'value="(\w+)" selected', inside):
                values["visibility"] = chosen[1]
            answer = await browser.client.post(action, data={**values, **typed})
            assert answer.status_code == 303, answer.text
            location = answer.headers["location"]
            assert location.startswith(("/authorize_interaction?", "/share?"))
            return await browser.read(location)
    raise AssertionError(f"there is no form for {deed}: {shown}")


async def sign_in(browser: Browser, name: str = "alice") -> str:
    """A member with a session of the pages; a token of theirs."""
    return await browser.sign_up(name)


async def test_a_stranger_may_copy_the_address_or_sign_in_first(
    browser: Browser, site: Site
) -> None:
    eve = site.actor("p.far.test", "eve")
    await browser.member("alice")
    page = await browser.client.get(PATH, params={"uri": eve.uri, "intent": "follow"})
    assert eve.uri in page.text
    assert site.asked[eve.uri] == 0
    form = await browser.client.get(link_in(page.text, "Sign in"))
    back = await browser.sign_in(form, "alice")
    assert "Follow" in back.text
    assert "@eve@p.far.test" in back.text
    assert (await browser.client.get(PATH)).status_code == 400


@pytest.mark.parametrize("spelling", ["{uri}", "acct:eve@p.far.test", "@eve@p.far.test"])
async def test_a_member_follows_somebody_elsewhere(
    browser: Browser, site: Site, spelling: str
) -> None:
    eve = site.actor("p.far.test", "eve")
    await sign_in(browser)
    given = quote(spelling.replace("{uri}", eve.uri), safe="")
    page = await browser.read(f"{PATH}?uri={given}&intent=follow")
    assert await count(browser, "follows") == 0
    after = await press(browser, page, "follow")
    assert await count(browser, "follows") == 1
    assert "You follow this account" in after
    assert 'value="follow"' not in after


async def test_a_member_answers_boosts_and_likes_a_post(browser: Browser, site: Site) -> None:
    eve = site.actor("p.far.test", "eve")
    token = await sign_in(browser)
    note = eve.note("What do you say?", cc=[], to=[f"{eve.uri}/followers"])
    note["to"] = ["https://www.w3.org/ns/activitystreams#Public"]
    site.documents[note["id"]] = {"@context": "https://www.w3.org/ns/activitystreams", **note}
    page = await browser.read(f"{PATH}?uri={quote(note['id'], safe='')}")
    assert "What do you say?" in page
    assert (await count(browser, "favourites"), await count(browser, "statuses")) == (0, 1)
    page = await press(browser, page, "favourite")
    assert await count(browser, "favourites") == 1
    assert 'value="favourite"' not in page
    page = await press(browser, page, "reblog")
    assert "You have boosted this post." in page
    await press(browser, page, "reply", text="@eve@p.far.test I say <b>this</b>")
    mine = await browser.runtime.db.fetch(
        "SELECT content, in_reply_to_uri FROM statuses WHERE local AND reblog_of_id IS NULL"
    )
    assert len(mine) == 1
    assert mine[0]["in_reply_to_uri"] == note["id"]
    assert "&lt;b&gt;" in mine[0]["content"]
    assert token


async def test_an_answer_is_for_no_more_people_than_what_it_answers(browser: Browser) -> None:
    token = await sign_in(browser, "bob")
    post = await browser.write(token, "psst", visibility="private")
    page = await browser.read(f"{PATH}?uri={quote(post['uri'], safe='')}")
    assert '<option value="private" selected>' in page
    assert 'value="reblog"' not in page
    await sign_in(browser, "mallory")
    await browser.read(f"{PATH}?uri={quote(post['uri'], safe='')}", status=404)


async def test_words_from_elsewhere_become_a_post_when_the_member_says_so(
    browser: Browser,
) -> None:
    await sign_in(browser)
    page = await browser.read("/share?text=Look+%3Cscript%3E&inReplyTo={inReplyTo}")
    assert "Look &lt;script&gt;" in page
    assert await count(browser, "statuses") == 0
    await press(browser, page, "share", text="Look here")
    after = await press(browser, page, "share", text="Look here")
    assert "Your post is there." in after
    assert await count(browser, "statuses") == 1


async def test_nothing_is_done_without_a_form_of_ours(browser: Browser, site: Site) -> None:
    eve = site.actor("p.far.test", "eve")
    await sign_in(browser)
    page = await browser.read(f"{PATH}?uri={quote(eve.uri, safe='')}&intent=follow&deed=follow")
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    for changes, headers in (
        ({"csrf": "x"}, {}),
        ({}, {"origin": "https://evil.test"}),
        ({}, {"sec-fetch-site": "cross-site"}),
    ):
        answer = await browser.client.post(PATH, data={**fields, **changes}, headers=headers)
        assert answer.status_code == 403
    for wrong in ({"deed": "delete"}, {"id": "x"}, {"deed": "reply", "visibility": "x"}):
        answer = await browser.client.post(PATH, data={**fields, **wrong})
        assert answer.status_code in {400, 404}, wrong
    assert await count(browser, "follows") == 0
    browser.client.cookies.delete("__Host-fedi_session")
    assert (await browser.client.post(PATH, data=fields)).status_code == 401


@pytest.mark.parametrize(
    ("address", "is_shown"),
    [
        ("https://far.test/back", True),
        ("javascript:alert(1)", False),
        ("//far.test/back", False),
        ("data:text/html,x", False),
        ("{on-success}", False),
    ],
)
async def test_the_way_back_is_shown_and_never_followed(
    browser: Browser, site: Site, address: str, *, is_shown: bool
) -> None:
    eve = site.actor("p.far.test", "eve")
    await sign_in(browser)
    given = quote(address, safe="")
    page = await browser.read(
        f"{PATH}?uri={quote(eve.uri, safe='')}&on-success={given}&on-cancel={given}"
    )
    assert (f'<a href="{address}"' in page) is is_shown
    after = await press(browser, page, "follow")
    assert (f'<a href="{address}"' in after) is is_shown
    assert "http-equiv" not in after


async def test_the_intents_that_we_offer_lead_to_these_pages(
    browser: Browser, runtime: Runtime, site: Site
) -> None:
    eve = site.actor("p.far.test", "eve")
    await sign_in(browser)
    policy = Policy(runtime)
    people = People(runtime, policy)
    door = Federation(runtime, people, policy, Verifier(people, policy))
    links = await _links_of(door, "alice")
    given = quote(eve.uri, safe="")
    for intent in ("Object", "Follow", "Like", "Announce"):
        template = links[f"https://w3id.org/fep/3b86/{intent}"]
        path = template.replace("{object}", given).removeprefix("https://a.test")
        assert "@eve@p.far.test" in await browser.read(path), intent
    template = links["https://w3id.org/fep/3b86/Create"]
    path = template.replace("{content}", "My+words").removeprefix("https://a.test")
    assert "My words" in await browser.read(path)
    answer = await browser.read(path.replace("{inReplyTo}", given))
    assert "@eve@p.far.test" in answer
    assert "{uri}" in links["http://ostatus.org/schema/1.0/subscribe"]


async def _links_of(door: Federation, name: str) -> dict[str, str]:
    route = next(r for r in door.routes() if r.path == "/.well-known/webfinger")
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [],
            "query_string": f"resource=acct:{name}@a.test".encode(),
        }
    )
    answer = await route.endpoint(request)
    return {
        link["rel"]: link["template"]
        for link in orjson.loads(answer.body)["links"]
        if "template" in link
    }


def subscribe_at(site: Site, eve: Person, template: str, rel: str = "") -> None:
    rel = rel or "http://ostatus.org/schema/1.0/subscribe"
    jrd = {"subject": f"acct:{eve.name}@{eve.host}", "links": [{"rel": rel, "template": template}]}
    for sign in (":", "%3A"):
        for at in ("@", "%40"):
            resource = f"acct{sign}{eve.name}{at}{eve.host}"
            site.documents[f"https://{eve.host}/.well-known/webfinger?resource={resource}"] = jrd


async def test_a_stranger_finds_the_way_home(browser: Browser, site: Site) -> None:
    token = await sign_in(browser)
    post = await browser.write(token, "hello")
    browser.client.cookies.clear()
    eve = site.actor("p.far.test", "eve")
    subscribe_at(site, eve, "https://p.far.test/go?u={uri}")
    for path in ("/@alice", f"/@alice/{post['id']}"):
        shown = await browser.read(path)
        assert read_page(shown).problems == []
        form = await browser.read(link_in(shown, "(?:Follow|Answer)"))
        uri = html.unescape(re.findall(r'name="uri" value="([^"]*)"', form)[0])
        found = await browser.read(
            f"/remote_interaction?uri={quote(uri, safe='')}&handle=@eve@p.far.test"
        )
        assert link_in(found, "Go on to") == f"https://p.far.test/go?u={quote(uri, safe='')}"
    own = await browser.read(
        f"/remote_interaction?uri={quote(post['uri'], safe='')}&handle=b@a.test"
    )
    assert link_in(own, "Go on to").startswith("https://a.test/authorize_interaction?uri=")


async def test_what_is_not_ours_or_leads_nowhere(browser: Browser, site: Site) -> None:
    await browser.read("/remote_interaction?uri=https%3A%2F%2Fevil.test%2F", status=400)
    await browser.read("/remote_interaction?uri=https%3A%2F%2Fa.test.evil%2F", status=400)
    await browser.read("/remote_interaction", status=400)
    ours = "/remote_interaction?uri=https%3A%2F%2Fa.test%2Fap%2Fusers%2F1"
    for handle in ("nobody@p.far.test", "nonsense", "x@127.0.0.1", "a@b@c"):
        page = await browser.read(f"{ours}&handle={handle}")
        assert 'role="alert"' in page
        assert "Go on to" not in page
    assert site.asked_of("p.far.test") <= 3


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({uri})",
        "{uri}",
        "//far.test/{uri}",
        "http://far.test/{uri}",
        "https://{uri}",
        "https://{uri}.far.test/",
        "https://far.test{uri}",
        "https://a.test@far.test/{uri}",
        "https://far.test/{uri}{uri}",
        "https://far.test/ {uri}",
        "https://far.test/{uri}\\",
        "https://far.test/",
        "",
    ],
)
def test_templates_that_lead_astray(template: str) -> None:
    links = [{"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template}]
    with pytest.raises(RemoteNonsense):
        read_way({"links": links}, "https://a.test/ap/users/1")


def test_a_template_for_each_intent() -> None:
    intent = "https://w3id.org/fep/3b86/Follow"
    template = "https://far.test/f?o={object}&s={on-success}&c={on-cancel}"
    found = read_way({"links": [None, {"rel": intent, "template": template}]}, "https://a.test/1")
    assert found == "https://far.test/f?o=https%3A%2F%2Fa.test%2F1&s=&c="
    for nonsense in (None, [], {}, {"links": {}}, {"links": [[], 1]}):
        with pytest.raises(RemoteNonsense):
            read_way(nonsense, "https://a.test/1")


async def test_whoever_asks_for_many_ways_has_to_wait(runtime: Runtime, settings: Settings) -> None:
    ours = "/remote_interaction?uri=https%3A%2F%2Fa.test%2Fap%2Fusers%2F1&handle=x"
    await ensure_instance(runtime)
    async with browse_with(settings, limits=replace(settings.limits, enabled=True)) as browser:
        answers = [(await browser.client.get(ours)).status_code for _ in range(25)]
        assert set(answers) == {200, 429}
        assert answers[0] == 200
        # The form alone costs nothing.
        assert (await browser.client.get(ours.removesuffix("&handle=x"))).status_code == 200
