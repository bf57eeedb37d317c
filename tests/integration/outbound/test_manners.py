"""How each host wants to be addressed: learned, remembered for all processes, and forgotten."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from fedi.ap.signatures import PublicKey, Request, check_cover, parse_signature, verify
from fedi.core.accounts.fetching import Fetcher, Knock, Mode, first_mode, next_mode
from fedi.core.accounts.keys import ED25519, RSA, KeyRing
from fedi.core.domains import reachability
from fedi.core.domains.policy import Policy
from fedi.core.domains.reachability import Manner
from fedi.core.instance import ensure_instance
from fedi.kit import http
from fedi.kit.errors import FediError
from tests.integration.outbound.conftest import World

HOST = "b.peers.test"
AP = "application/activity+json"

# From the way of signing, and whether there is a query: a status, and whether (and for which
# algorithm) a signature is asked for.
Rule = Callable[[str, bool], tuple[int, bool | str]]


@dataclass
class Door:
    """Stands in for the way out: says what a host answers to each way of signing."""

    rule: Rule
    key: PublicKey
    edwards: PublicKey
    seen: list[str] = field(default_factory=list)
    # Where its redirects end, if it redirects.
    leads_to: str = ""

    async def get(self, url: str, *, accept: str, sign: http.Signer) -> http.Response:
        del accept
        headers = {name.lower(): value for name, value in (await sign("GET", url)).items()}
        target = url.partition(HOST)[2]
        mode = "unsigned"
        if "signature-input" in headers:
            mode = self._key_of(target, headers)
        elif "signature" in headers:
            mode = "cavage" if self._covers(target, headers) else "bare"
        self.seen.append(mode)
        status, offers = self.rule(mode, "?" in url)
        algorithm = f';alg="{offers}"' if isinstance(offers, str) else ""
        extra = {"accept-signature": f"sig1=(){algorithm}"} if offers else {}
        body = b'{"id":"' + url.encode() + b'","type":"Note"}'
        return http.Response(self.leads_to or url, status, extra, AP, body)

    def _key_of(self, target: str, headers: dict[str, str]) -> str:
        """Which key signed in the newer dialect; each signature is a good one."""
        found = list(headers.items())
        [claim] = parse_signature("GET", target, found)
        check_cover(claim, "GET", has_body=False)
        is_edwards = claim.algorithm == "ed25519"
        assert claim.key_id.endswith("#ed25519-key" if is_edwards else "#main-key")
        key = self.edwards if is_edwards else self.key
        assert verify(claim, Request("GET", target, found, "http"), key)
        return "ed25519" if is_edwards else "rfc9421"

    def _covers(self, target: str, headers: dict[str, str]) -> bool:
        """Whether the query is part of what was signed; each signature is a good one."""
        found = list(headers.items())
        [claim] = parse_signature("GET", target, found)
        check_cover(claim, "GET", has_body=False)
        whole, bare = target, target.partition("?")[0]
        assert verify(claim, Request("GET", whole, found, "http"), self.key)
        return whole == bare or not verify(claim, Request("GET", bare, found, "http"), self.key)


Make = Callable[[Rule], Awaitable[tuple[Fetcher, Door]]]


@pytest.fixture
def fetcher(world: World, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes the fetcher of a new process, and the host that it talks to."""

    async def make(rule: Rule) -> tuple[Fetcher, Door]:
        await ensure_instance(world.runtime)
        ring = KeyRing(world.runtime)
        keys = [await ring.signing_key(-1, kind) for kind in (RSA, ED25519)]
        rsa, edwards = (key.private_key.public_key() for key in keys)
        door = Door(rule, rsa, edwards)
        monkeypatch.setattr(world.runtime, "http", door)
        return Fetcher(world.runtime, ring, Policy(world.runtime)), door

    return make


async def fetch(found: Fetcher, number: int, query: str = "") -> bool:
    try:
        await found.document(f"http://{HOST}/notes/{number}{query}")
    except FediError:
        return False
    return True


async def manner(world: World) -> Manner:
    return await reachability.find_manner(world.runtime.read(), HOST)


async def test_the_query_is_left_out_for_who_wants_that(world: World, fetcher: Make) -> None:
    def rule(mode: str, has_query: bool) -> tuple[int, bool]:
        return (200 if mode == "bare" or not has_query else 401), False

    found, door = await fetcher(rule)
    assert await fetch(found, 1, "?page=1")
    assert door.seen == ["cavage", "bare"]
    assert await manner(world) == Manner("cavage", signs_query=False)
    # Another process knows it as well, and without a query there is nothing to leave out.
    other, door = await fetcher(rule)
    assert await fetch(other, 2, "?page=2")
    assert door.seen == ["bare"]


async def test_a_host_that_changes_its_mind_is_heard(world: World, fetcher: Make) -> None:
    async with world.runtime.unit() as unit:
        await reachability.learn_query(unit, HOST, signs_query=False)
    found, door = await fetcher(lambda mode, _: (200 if mode == "cavage" else 401, False))
    assert await fetch(found, 1, "?page=1")
    assert door.seen == ["bare", "cavage"]
    assert await manner(world) == Manner()


async def test_one_that_asks_for_the_newer_dialect_gets_it_from_then_on(
    world: World, fetcher: Make
) -> None:
    found, door = await fetcher(lambda mode, _: (200, False) if mode == "rfc9421" else (401, True))
    assert await fetch(found, 1, "?page=1")
    assert await fetch(found, 2)
    assert door.seen == ["cavage", "rfc9421", "rfc9421"]
    assert (await manner(world)).dialect == "rfc9421"


async def test_ed25519_signs_for_who_said_so(world: World, fetcher: Make) -> None:
    async with world.runtime.unit() as unit:
        await reachability.advertised_ed25519(unit, [HOST])
    found, door = await fetcher(lambda mode, _: (200 if mode == "ed25519" else 401, False))
    assert await fetch(found, 1, "?page=1")
    assert door.seen == ["ed25519"]


async def test_ed25519_signs_for_who_asks_for_it(world: World, fetcher: Make) -> None:
    found, door = await fetcher(
        lambda mode, _: (200, False) if mode == "ed25519" else (401, "ed25519")
    )
    assert await fetch(found, 1)
    assert await fetch(found, 2)
    assert door.seen == ["cavage", "ed25519", "ed25519"]
    assert (await manner(world)).dialect == "ed25519"


async def test_what_a_redirect_leads_to_says_nothing_of_the_host(
    world: World, fetcher: Make
) -> None:
    found, door = await fetcher(
        lambda mode, _: (200, False) if mode == "ed25519" else (401, "ed25519")
    )
    door.leads_to = "http://c.peers.test/elsewhere"
    for number in range(2):
        await fetch(found, number)
    assert door.seen[:2] == ["cavage", "ed25519"]
    assert await manner(world) == Manner()


async def test_who_refuses_ed25519_after_all_gets_rsa(world: World, fetcher: Make) -> None:
    async with world.runtime.unit() as unit:
        await reachability.advertised_ed25519(unit, [HOST])

    def rule(mode: str, has_query: bool) -> tuple[int, bool | str]:
        del has_query
        return (200, False) if mode == "rfc9421" else (401, True)

    found, door = await fetcher(rule)
    for number in range(3):
        assert await fetch(found, number)
    assert door.seen == ["ed25519", "rfc9421"] * 2 + ["rfc9421"]
    assert (await manner(world)).dialect == "rfc9421"


async def test_an_old_server_that_stumbles_over_signatures(world: World, fetcher: Make) -> None:
    found, door = await fetcher(lambda mode, _: (200 if mode == "unsigned" else 500, False))
    assert await fetch(found, 1)
    assert door.seen == ["cavage", "unsigned"]
    # That teaches nothing: it may have been an accident.
    assert await manner(world) == Manner()


@pytest.mark.parametrize("status", [404, 410, 429])
async def test_what_is_no_word_about_signatures_is_taken_as_it_is(
    fetcher: Make, status: int
) -> None:
    found, door = await fetcher(lambda _, __: (status, False))
    assert not await fetch(found, 1, "?page=1")
    assert door.seen == ["cavage"]


async def test_who_advertises_is_believed_once(world: World) -> None:
    async with world.runtime.unit() as unit:
        await reachability.advertised(unit, [HOST])
        assert (await reachability.find_manner(unit, HOST)).dialect == "rfc9421"
        for _ in range(2):
            await reachability.second_knock(unit, HOST, "cavage")
        await reachability.advertised(unit, [HOST])
        assert (await reachability.find_manner(unit, HOST)).dialect == "cavage"


async def test_ed25519_is_believed_once(world: World) -> None:
    async with world.runtime.unit() as unit:
        await reachability.advertised(unit, [HOST])
        await reachability.advertised_ed25519(unit, [HOST])
        assert (await reachability.find_manner(unit, HOST)).dialect == "ed25519"
        await reachability.advertised(unit, [HOST])
        assert (await reachability.find_manner(unit, HOST)).dialect == "ed25519"
        for _ in range(2):
            await reachability.second_knock(unit, HOST, "rfc9421")
        await reachability.advertised_ed25519(unit, [HOST])
        assert (await reachability.find_manner(unit, HOST)).dialect == "rfc9421"


async def test_a_month_of_silence_makes_strangers(world: World) -> None:
    async with world.runtime.unit() as unit:
        await reachability.advertised(unit, ["c.peers.test"])
        await reachability.advertised_ed25519(unit, [HOST])
        await unit.execute(
            "UPDATE hosts SET created_at = now() - interval '31 days' WHERE host = $1", HOST
        )
        assert await reachability.forget_manners(unit) == 1
        assert (await reachability.find_manner(unit, HOST)).dialect == "cavage"
        assert (await reachability.find_manner(unit, "c.peers.test")).dialect == "rfc9421"
        # And may say again what they can do.
        await reachability.advertised_ed25519(unit, [HOST])
        assert (await reachability.find_manner(unit, HOST)).dialect == "ed25519"


@pytest.mark.parametrize(
    ("knocks", "has_query", "expected"),
    [
        ([("cavage", 401)], True, "bare"),
        ([("cavage", 401)], False, "rfc9421"),
        ([("cavage", 401), ("bare", 401)], True, "rfc9421"),
        ([("rfc9421", 401)], True, "cavage"),
        ([("rfc9421", 403)], False, "cavage"),
        ([("cavage", 400)], True, "rfc9421"),
        ([("ed25519", 401)], True, "rfc9421"),
        ([("ed25519", 403)], False, "rfc9421"),
        ([("ed25519", 401), ("rfc9421", 401)], False, "cavage"),
        ([("ed25519", 502)], False, "unsigned"),
        ([("cavage", 401), ("rfc9421", 401)], False, None),
        ([("cavage", 502)], True, "unsigned"),
        ([("cavage", 502), ("unsigned", 502)], True, None),
        ([("cavage", 404)], True, None),
        ([("bare", 401)], True, "cavage"),
    ],
)
def test_the_order_of_knocks(
    knocks: list[tuple[Mode, int]], *, has_query: bool, expected: Mode | None
) -> None:
    made = [Knock(mode, status) for mode, status in knocks]
    assert next_mode(made, has_query=has_query) == expected


def test_the_first_knock() -> None:
    assert first_mode(Manner(), has_query=True) == "cavage"
    assert first_mode(Manner("cavage", signs_query=False), has_query=True) == "bare"
    assert first_mode(Manner("cavage", signs_query=False), has_query=False) == "cavage"
    assert first_mode(Manner("rfc9421", signs_query=False), has_query=True) == "rfc9421"
    assert first_mode(Manner("ed25519"), has_query=True) == "ed25519"
