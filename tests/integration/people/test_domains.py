"""Other servers: cut off, let back, and how they fare."""

import dataclasses

import pytest

from fedi.ap.parse import parse_actor
from fedi.core.accounts.receive import receive_actors
from fedi.core.domains import allows, reachability, service
from fedi.core.domains.blocklists import read_csv, write_csv
from fedi.core.domains.policy import Blocks, Policy, normalise
from fedi.core.relationships import service as relationships
from fedi.kit.errors import Invalid, NotFound
from tests.integration.people.conftest import World

LIMIT = service.Rule(severity="silence")


class TestPolicy:
    @pytest.mark.parametrize(
        "host",
        ["evil.test", "EVIL.test", "evil.test.", "evil.test:8443", "a.b.evil.test",
         "https://x.evil.test/users/1", "Evil.Test.:443"],
    )  # fmt: skip
    def test_holds_for_every_spelling_and_below(self, host: str) -> None:
        assert Blocks({"evil.test": "suspend"}).is_suspended(host)

    @pytest.mark.parametrize(
        "host", ["notevil.test", "evil.test.example", "test", "", "e vil.test"]
    )
    def test_holds_for_nobody_else(self, host: str) -> None:
        assert not Blocks({"evil.test": "suspend"}).is_suspended(host)

    def test_the_strictest_rule_wins(self) -> None:
        blocks = Blocks({"a.test": "silence", "x.a.test": "suspend"})
        assert blocks.is_suspended("y.x.a.test")
        assert not blocks.is_suspended("a.test")
        assert blocks.find("b.a.test") == "silence"
        assert Blocks({"a.test": "noop", "x.a.test": "silence"}).find("x.a.test") == "silence"
        assert normalise("[::1]:80") == "[::1]"
        assert normalise("bücher.test") == "xn--bcher-kva.test"

    def test_a_list_of_the_allowed_shuts_out_all_others(self) -> None:
        blocks = Blocks({"x.good.test": "silence"}, frozenset({"good.test", "a.test"}))
        assert blocks.is_suspended("evil.test")
        assert blocks.is_suspended("notgood.test")
        assert not blocks.is_suspended("sub.good.test")
        assert blocks.find("x.good.test") == "silence"
        assert Blocks({}, frozenset()).is_suspended("good.test")

    async def test_the_list_is_read_where_the_settings_say_so(self, world: World) -> None:
        await world.do(allows.allow, "Good.TEST", "friends")
        assert not (await Policy(world.runtime).load()).is_suspended("evil.test")
        federation = dataclasses.replace(world.runtime.settings.federation, allow_list=True)
        strict = dataclasses.replace(world.runtime.settings, federation=federation)
        world.runtime.settings, free = strict, world.runtime.settings
        try:
            blocks = await Policy(world.runtime).load()
        finally:
            world.runtime.settings = free
        assert blocks.is_suspended("evil.test")
        assert not blocks.is_suspended("good.test")
        assert not blocks.is_suspended(world.runtime.settings.host)
        await world.do(allows.disallow, "good.test")
        with pytest.raises(NotFound):
            await world.do(allows.disallow, "good.test")


class TestFiles:
    async def test_what_is_written_is_read_again(self, world: World) -> None:
        rule = service.Rule(
            severity="silence", reject_media=True, comment="ours", public_comment='rude, "very"'
        )
        await world.do(service.block, "rude.test", rule)
        text = write_csv(await service.list_blocks(world.runtime.read()))
        assert "ours" not in text
        assert read_csv(text) == [("rude.test", dataclasses.replace(rule, comment=""))]

    def test_plain_lists_and_nonsense(self) -> None:
        assert [name for name, _ in read_csv("a.test\nb.test\n\n#note\n")] == ["a.test", "b.test"]
        assert read_csv("\ufeff#domain,#severity\nx.test,noop\n")[0][1].severity == "noop"
        assert read_csv("") == []
        with pytest.raises(Invalid, match="line 2"):
            read_csv("#domain,#severity\nx.test,execute\n")


class TestBlock:
    async def test_severs_and_hides_and_comes_back(self, world: World) -> None:
        alice = await world.local("alice")
        eve = await world.remote("eve@sub.evil.test")
        own = await world.remote("own@evil.test", suspended_at=alice.created_at)
        good = await world.remote("good@notevil.test")
        await world.do(relationships.follow, alice, eve)
        await world.do(relationships.follow, alice, good)
        await world.events()
        policy = Policy(world.runtime)
        assert not (await policy.load()).is_suspended("evil.test")
        made = await world.do(service.block, "Evil.TEST.", service.Rule(comment="spam"))
        assert made.domain == "evil.test"
        policy.forget()
        assert (await policy.load()).is_suspended("sub.evil.test")
        assert [kind for kind, _ in await world.events()] == ["DomainBlocked"]
        assert (await world.get(eve.id)).suspended_at is not None
        assert (await world.get(good.id)).suspended_at is None
        assert await world.follows() == {(alice.id, good.id, False)}
        await world.do(service.unblock, "evil.test")
        assert (await world.get(eve.id)).suspended_at is None
        assert (await world.get(own.id)).suspended_at == alice.created_at
        assert await service.list_blocks(world.runtime.read()) == []

    async def test_counts_stay_exact(self, world: World) -> None:
        alice, eve = await world.local("alice"), await world.remote("eve@evil.test")
        await world.do(relationships.follow, alice, eve)
        await world.sql("UPDATE follows SET accepted = true")
        await world.sql(
            "UPDATE account_stats SET followers_count = (account_id = $1)::int,"
            " following_count = (account_id = $2)::int",
            eve.id,
            alice.id,
        )
        await world.do(service.block, "evil.test")
        assert await world.counts(alice) == (0, 0)
        assert await world.counts(eve) == (0, 0)

    async def test_overlapping_rules_each_hold(self, world: World) -> None:
        eve = await world.remote("eve@sub.evil.test")
        await world.do(service.block, "evil.test")
        await world.do(service.block, "sub.evil.test")
        await world.do(service.unblock, "evil.test")
        assert (await world.get(eve.id)).suspended_at is not None
        await world.do(service.block, "sub.evil.test", LIMIT)
        found = await world.get(eve.id)
        assert found.suspended_at is None
        assert found.silenced_at is not None

    async def test_holds_for_those_who_come_later(self, world: World) -> None:
        await world.do(service.block, "loud.test", LIMIT)
        actors = [
            parse_actor(
                {
                    "id": f"https://{host}/users/eve",
                    "type": "Person",
                    "preferredUsername": "eve",
                    "inbox": f"https://{host}/users/eve/inbox",
                }
            )
            for host in ("a.loud.test", "quiet.test")
        ]
        found = await world.do(receive_actors, actors, handles={})
        loud, quiet = (found[actor.id] for actor in actors)
        assert loud.silenced_at is not None
        assert quiet.silenced_at is None
        await world.do(service.unblock, "loud.test")
        assert (await world.get(loud.id)).silenced_at is None

    async def test_files_and_sensitivity_are_marked_on_accounts(self, world: World) -> None:
        eve = await world.remote("eve@sub.lewd.test")
        lewd = service.Rule(severity="noop", reject_media=True, force_sensitive=True)
        await world.do(service.block, "lewd.test", lewd)
        found = await world.get(eve.id)
        assert (found.media_rejected, found.forced_sensitive) == (True, True)
        assert (found.suspended_at, found.silenced_at) == (None, None)
        await world.do(service.block, "lewd.test", service.Rule(severity="noop"))
        found = await world.get(eve.id)
        assert (found.media_rejected, found.forced_sensitive) == (False, False)

    async def test_refuses_nonsense(self, world: World) -> None:
        for domain in ("", "a b", "a.test", "://"):
            with pytest.raises(Invalid):
                await world.do(service.block, domain, own="a.test")
        with pytest.raises(NotFound):
            await world.do(service.unblock, "unknown.test")


class TestReachability:
    async def held(self, world: World) -> set[str]:
        rows = await world.sql("SELECT host FROM hosts WHERE held_until > now()")
        return {row["host"] for row in rows}

    async def test_five_failures_open_and_one_success_closes(self, world: World) -> None:
        for _ in range(4):
            assert await world.do(reachability.failed, [("b.test", "timeout")]) == []
        assert await self.held(world) == set()
        assert await world.do(reachability.failed, [("b.test", "connect")]) == ["b.test"]
        assert await self.held(world) == {"b.test"}
        assert await world.do(reachability.succeeded, ["b.test", "c.test"]) == ["b.test"]
        assert await self.held(world) == set()
        assert await world.do(reachability.failed, [("b.test", "timeout")]) == []

    async def test_a_failed_probe_holds_again(self, world: World) -> None:
        await world.do(reachability.failed, [("b.test", "timeout")] * 5)
        await world.sql("UPDATE hosts SET held_until = now() - interval '1 second'")
        assert await world.do(reachability.failed, [("b.test", "timeout")]) == ["b.test"]
        assert await self.held(world) == {"b.test"}
        await world.do(reachability.succeeded, ["b.test"], inbound=True)
        assert await self.held(world) == set()

    async def test_failures_long_ago_do_not_count(self, world: World) -> None:
        await world.do(reachability.failed, [("b.test", "timeout")] * 4)
        await world.sql("UPDATE hosts SET failing_since = now() - interval '11 minutes'")
        assert await world.do(reachability.failed, [("b.test", "timeout")]) == []
        assert await world.do(reachability.failed, [("b.test", "timeout")] * 4) == ["b.test"]

    async def test_a_dialect_goes_first_after_two_second_knocks_in_a_row(
        self, world: World
    ) -> None:
        async def first() -> str:
            found = await reachability.find_manner(world.runtime.read(), "b.test")
            return found.dialect

        await world.do(reachability.second_knock, "b.test", "rfc9421")
        await world.do(reachability.first_knock, ["b.test"])
        await world.do(reachability.second_knock, "b.test", "rfc9421")
        assert await first() == "cavage"
        await world.do(reachability.second_knock, "b.test", "rfc9421")
        assert await first() == "rfc9421"
