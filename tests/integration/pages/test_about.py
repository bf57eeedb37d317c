"""What the server says of itself, and the texts of its admins."""

from fedi.config import Settings
from fedi.config.settings import Instance, Registration
from fedi.core.moderation.rules import add_rule
from tests.integration.pages.conftest import Browser, browse_with
from tests.integration.pages.reading import read_page

SAID = Instance(
    title="The <Hive>",
    description="For bees & friends",
    extended_description="# More\n\nWe *hum*. <script>alert(1)</script>",
    privacy_policy="We keep **nothing**.",
    privacy_policy_date="2026-01-31",
    contact_email="queen@a.test",
    source_url="https://code.test/fedi",
)


async def test_rules_contact_and_texts(browser: Browser, settings: Settings) -> None:
    await browser.member("alice")
    await browser.change("UPDATE users SET role = 'owner'")
    async with browser.runtime.unit() as unit:
        await add_rule(unit, "Be <kind>", "Always.")
    async with browse_with(settings, instance=SAID) as other:
        text = await other.read("/about")
        page = read_page(text)
        assert page.problems == []
        for words in ("The &lt;Hive&gt;", "Be &lt;kind&gt;", "Always.", "<em>hum</em>", "@alice"):
            assert words in text
        assert page.all("a", href="mailto:queen@a.test")
        assert page.all("a", href="/privacy-policy")
        assert not page.all("a", href="/terms-of-service")
        assert page.all("a", href="https://code.test/fedi")
        policy = await other.read("/privacy-policy")
        assert "<strong>nothing</strong>" in policy
        assert "2026-01-31" in policy
        assert read_page(policy).problems == []
        assert "not written" in await other.read("/terms-of-service", status=404)


async def test_every_page_leads_to_it(browser: Browser) -> None:
    await browser.member("alice")
    for path, status in (("/", 200), ("/@alice", 200), ("/@nobody", 404), ("/auth/sign_in", 200)):
        assert read_page(await browser.read(path, status=status)).all("a", href="/about"), path


async def test_the_front_page_says_how_to_join(settings: Settings) -> None:
    closed = Registration(message="Ask Alice.")
    for registration, words in (
        (closed, "Ask Alice."),
        (Registration(mode="approval"), "ask to join"),
        (Registration(mode="open"), "You can join"),
    ):
        async with browse_with(settings, registration=registration) as browser:
            text = await browser.read("/")
            assert words in text
            assert read_page(text).problems == []


async def test_apps_are_told_where_the_texts_are(settings: Settings) -> None:
    async with browse_with(settings, instance=SAID) as browser:
        urls = (await browser.client.get("/api/v2/instance")).json()["configuration"]["urls"]
        assert urls["terms_of_service"] is None
        for name in ("about", "privacy_policy"):
            assert (await browser.client.get(urls[name])).status_code == 200
