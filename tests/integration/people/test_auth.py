"""Tokens, codes, apps, sessions, and the link that makes the first owner."""

import asyncio
import base64
import hashlib
from pathlib import Path

import pytest

from fedi.config.settings import Limits
from fedi.core.accounts.types import Account
from fedi.core.auth import apps, codes, passwords, scopes, sessions, setup, tokens, users
from fedi.core.auth import service as auth
from fedi.core.auth.types import (
    App,
    InvalidClient,
    NewApp,
    NewToken,
    OAuthError,
    SessionUser,
    Viewer,
)
from fedi.kit.clock import clock
from fedi.kit.errors import Forbidden, Invalid, NotFound, TooMany, Unauthorized
from tests.integration.people.conftest import World

CALLBACK = "https://client.test/cb?x=%2F"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@pytest.fixture(scope="session")
async def hashed() -> str:
    return await passwords.hash_password("correct horse")


@pytest.fixture
async def alice(world: World, hashed: str) -> tuple[Account, int]:
    account = await world.local("alice")
    user_id = await world.do(
        users.create_user, account.id, "alice@mail.test", hashed, confirmed=True
    )
    return account, user_id


@pytest.fixture
async def app(world: World) -> App:
    new = await world.do(apps.register_app, "Client", [CALLBACK], "read write follow push")
    return await apps.get_client(world.runtime.read(), new.client_id, new.client_secret)


async def get_viewer(world: World, token: NewToken) -> Viewer:
    found = await auth.find_viewer(world.runtime, token.token)
    assert found is not None
    return found


async def get_app(world: World, new: NewApp) -> App:
    found = await apps.find_app(world.runtime.read(), new.client_id)
    assert found is not None
    return found


async def get_session(world: World, token: str) -> SessionUser:
    found = await sessions.find_session(world.runtime.read(), token)
    assert found is not None
    return found


class TestViewer:
    async def test_of_a_member(self, world: World, alice: tuple[Account, int], app: App) -> None:
        account, user_id = alice
        token = await world.do(tokens.issue_token, user_id, "read write:statuses", app)
        viewer = await get_viewer(world, token)
        assert (viewer.account_id, viewer.user_id, viewer.username) == (
            account.id,
            user_id,
            "alice",
        )
        assert viewer.has_scope("read:statuses")
        assert viewer.has_scope("write:statuses")
        assert not viewer.has_scope("write")
        assert not viewer.has_scope("write:media")
        assert auth.require_user(viewer) == account.id
        assert await auth.find_viewer(world.runtime, "nonsense") is None
        assert await auth.find_viewer(world.runtime, "\udc80") is None

    async def test_of_an_app(self, world: World, app: App) -> None:
        token = await world.do(tokens.client_token, app, "read")
        viewer = await get_viewer(world, token)
        assert viewer.account_id is None
        with pytest.raises(Invalid):
            auth.require_user(viewer)

    async def test_who_may_do_nothing_hears_why(
        self, world: World, alice: tuple[Account, int], app: App
    ) -> None:
        _, user_id = alice
        token = await world.do(tokens.issue_token, user_id, "read", app)
        states = {
            "disabled": "UPDATE users SET disabled_at = now()",
            "approval": "UPDATE users SET approved_at = NULL",
            "confirmed": "UPDATE users SET confirmed_at = NULL",
            "suspended": "UPDATE accounts SET suspended_at = now() WHERE id > 0",
        }
        problems = set()
        for word, statement in states.items():
            await world.sql(statement)
            auth._caches.clear()
            viewer = await get_viewer(world, token)
            assert word in viewer.problem
            with pytest.raises(Forbidden):
                auth.require_user(viewer)
            problems.add(viewer.problem)
        assert len(problems) == 4

    async def test_ends_within_a_second_everywhere(
        self, world: World, alice: tuple[Account, int], app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, user_id = alice
        token = await world.do(tokens.issue_token, user_id, "read", app)
        assert await auth.find_viewer(world.runtime, token.token)
        assert await world.do(tokens.revoke_token, app, token.token)
        [(kind, event)] = await world.events()
        assert kind == "AccessRevoked"
        assert event["token_ids"] == [token.id]
        moment = clock.monotonic()
        monkeypatch.setattr(clock, "monotonic", lambda: moment + 1.0)
        assert await auth.find_viewer(world.runtime, token.token) is None

    async def test_nobody_revokes_for_others(
        self, world: World, alice: tuple[Account, int], app: App
    ) -> None:
        other = await world.do(apps.register_app, "Other", [CALLBACK])
        read = world.runtime.read()
        other = await apps.get_client(read, other.client_id, other.client_secret)
        token = await world.do(tokens.issue_token, alice[1], "read", app)
        with pytest.raises(Forbidden):
            await world.do(tokens.revoke_token, other, token.token)
        assert await world.do(tokens.revoke_token, app, "unknown") is False


class TestApps:
    @pytest.mark.parametrize(
        "uri",
        [
            "javascript:alert(1)", "data:text/html,x", "vbscript:x", "JavaScript:alert(1)",
            "https://x.test/cb#frag", "/relative", "https://", "https://u@x.test/", "",
            "https://*.x.test/cb", "https://x.test/\x00", "https:\\\\x.test",
        ],
    )  # fmt: skip
    async def test_refuse_addresses_that_are_not_safe(self, world: World, uri: str) -> None:
        with pytest.raises(Invalid):
            await world.do(apps.register_app, "Client", [uri])

    async def test_take_custom_schemes_and_lists(self, world: World) -> None:
        uris = ["tusky://callback\nurn:ietf:wg:oauth:2.0:oob", "com.example.app:/cb"]
        new = await world.do(apps.register_app, "Client", uris, None, "https://x.test")
        assert len(new.redirect_uris) == 3
        assert new.scopes == "read"

    async def test_refuse_unknown_scopes_and_names(self, world: World) -> None:
        with pytest.raises(Invalid):
            await world.do(apps.register_app, "Client", [CALLBACK], "read everything")
        with pytest.raises(Invalid):
            await world.do(apps.register_app, "  ", [CALLBACK])

    async def test_are_known_by_their_secret(self, world: World, app: App) -> None:
        read = world.runtime.read()
        for client_id, secret in ((app.client_id, "x"), ("nobody", "x"), ("", "")):
            with pytest.raises(InvalidClient):
                await apps.get_client(read, client_id, secret)

    async def test_are_redirected_to_exactly_what_they_named(self, world: World) -> None:
        uris = ["https://client.test/cb", "http://127.0.0.1/cb", "http://[::1]:8080/cb"]
        new = await world.do(apps.register_app, "Client", uris)
        app = await get_app(world, new)
        for uri in (*uris, "http://127.0.0.1:51515/cb", "http://[::1]/cb"):
            assert apps.may_redirect(app, uri)
        for uri in (
            "https://client.test/cb/", "https://client.test/cb?x=1", "https://client.test/CB",
            "https://client.test:444/cb", "https://evil.client.test/cb", "http://client.test/cb",
            "https://client.test/cb#x", "https://client.test/a/../cb", "http://127.0.0.1/other",
            "https://127.0.0.1/cb", "http://127.0.0.2/cb", "http://127.0.0.1:1@evil.test/cb",
            "https://client.test/c", "", "http://127.0.0.1:/cb",
        ):  # fmt: skip
            assert not apps.may_redirect(app, uri), uri

    async def test_get_no_more_than_they_registered_for(self, app: App) -> None:
        assert apps.check_scopes(app, "read:accounts write") == "read:accounts write"
        assert apps.check_scopes(app, None) == "read"
        for wanted in ("admin:read", "read nonsense"):
            with pytest.raises(OAuthError):
                apps.check_scopes(app, wanted)

    def test_follow_stands_for_its_parts(self) -> None:
        assert scopes.allows({"follow"}, "write:blocks")
        assert scopes.allows({"follow"}, "read:mutes")
        assert not scopes.allows({"follow"}, "write:statuses")
        assert scopes.is_subset(["follow"], ["read", "write"])
        assert not scopes.is_subset(["follow"], ["read"])


class TestCodes:
    async def issue(
        self, world: World, alice: tuple[Account, int], app: App, challenge: str | None = CHALLENGE
    ) -> str:
        return await world.do(codes.issue_code, app, alice[1], CALLBACK, "read write", challenge)

    async def test_become_a_token_once(
        self, world: World, alice: tuple[Account, int], app: App
    ) -> None:
        code = await self.issue(world, alice, app)
        token = await world.do(codes.redeem_code, app, code, CALLBACK, VERIFIER)
        assert token.scopes == "read write"
        assert await auth.find_viewer(world.runtime, token.token)
        assert await world.do(codes.redeem_code, app, code, CALLBACK, VERIFIER) is None
        auth._caches.clear()
        assert await auth.find_viewer(world.runtime, token.token) is None

    async def test_raced_give_one_token(
        self, world: World, alice: tuple[Account, int], app: App
    ) -> None:
        code = await self.issue(world, alice, app)
        found = await asyncio.gather(
            *(world.do(codes.redeem_code, app, code, CALLBACK, VERIFIER) for _ in range(4))
        )
        assert sum(token is not None for token in found) == 1
        assert len(await world.sql("SELECT 1 FROM access_tokens")) == 1

    @pytest.mark.parametrize(
        ("challenge", "verifier", "uri"),
        [
            (CHALLENGE, None, CALLBACK),
            (CHALLENGE, "", CALLBACK),
            (CHALLENGE, "w" * 43, CALLBACK),
            (CHALLENGE, CHALLENGE, CALLBACK),
            (None, VERIFIER, CALLBACK),
            (CHALLENGE, VERIFIER, "https://client.test/cb"),
        ],
    )
    async def test_need_what_they_were_made_with(
        self,
        world: World,
        alice: tuple[Account, int],
        app: App,
        challenge: str | None,
        verifier: str | None,
        uri: str,
    ) -> None:
        code = await self.issue(world, alice, app, challenge)
        assert await world.do(codes.redeem_code, app, code, uri, verifier) is None
        good = VERIFIER if challenge else None
        assert await world.do(codes.redeem_code, app, code, CALLBACK, good)

    async def test_of_another_app_or_too_old(
        self, world: World, alice: tuple[Account, int], app: App
    ) -> None:
        new = await world.do(apps.register_app, "Other", [CALLBACK])
        other = await get_app(world, new)
        code = await self.issue(world, alice, app)
        assert await world.do(codes.redeem_code, other, code, CALLBACK, VERIFIER) is None
        await world.sql(
            "UPDATE authorization_codes SET created_at = created_at - interval '11 minutes'"
        )
        assert await world.do(codes.redeem_code, app, code, CALLBACK, VERIFIER) is None

    def test_take_challenges_by_sha256_only(self) -> None:
        assert codes.check_challenge(CHALLENGE, "S256") == CHALLENGE
        assert codes.check_challenge(None, None) is None
        for challenge, method in ((CHALLENGE, "plain"), (CHALLENGE, None), ("x", "S256")):
            with pytest.raises(OAuthError):
                codes.check_challenge(challenge, method)


class TestUsers:
    @pytest.mark.usefixtures("alice")
    async def test_names_and_addresses_are_taken_once(self, world: World, hashed: str) -> None:
        with pytest.raises(Invalid):
            await world.local("Alice")
        bob = await world.local("bob")
        with pytest.raises(Invalid) as problem:
            await world.do(users.create_user, bob.id, "ALICE@mail.test", hashed)
        assert problem.value.code == "ERR_TAKEN"
        for email in ("nonsense", "a@b@c", "a b@c.test", ""):
            with pytest.raises(Invalid):
                await world.do(users.create_user, bob.id, email, hashed)

    async def test_a_new_password_ends_everything(
        self, world: World, alice: tuple[Account, int], app: App, hashed: str
    ) -> None:
        token = await world.do(tokens.issue_token, alice[1], "read", app)
        session = await sessions.sign_in(world.runtime, "alice", "correct horse", "192.0.2.1")
        await world.do(users.set_password, alice[1], hashed)
        assert await auth.find_viewer(world.runtime, token.token) is None
        assert await sessions.find_session(world.runtime.read(), session) is None
        assert ("AccessRevoked", {"user_id": alice[1], "token_ids": []}) in await world.events()

    async def test_settings_are_merged(self, world: World, alice: tuple[Account, int]) -> None:
        await world.do(users.update_settings, alice[1], {"privacy": "private"})
        found = await world.do(users.update_settings, alice[1], {"sensitive": True})
        assert found == {"privacy": "private", "sensitive": True}


class TestSessions:
    @pytest.mark.usefixtures("alice")
    async def test_begin_with_name_or_address(self, world: World) -> None:
        read = world.runtime.read()
        seen = set()
        for login in ("alice", "@ALICE", " Alice@mail.test "):
            token = await sessions.sign_in(world.runtime, login, "correct horse", "192.0.2.1")
            found = await get_session(world, token)
            assert found.username == "alice"
            seen.add(token)
        assert len(seen) == 3
        await world.do(sessions.sign_out, token)
        assert await sessions.find_session(read, token) is None

    @pytest.mark.usefixtures("alice")
    async def test_do_not_begin(self, world: World) -> None:
        for login, password in (("alice", "wrong"), ("nobody", "x"), ("", ""), ("alice", "\udc80")):
            with pytest.raises(Unauthorized) as problem:
                await sessions.sign_in(world.runtime, login, password, "192.0.2.1")
            assert problem.value.public == sessions.WRONG

    @pytest.mark.usefixtures("alice")
    async def test_are_limited_per_address_and_member(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = Limits(enabled=True, sign_ins_per_5_minutes=2)
        monkeypatch.setitem(world.runtime.settings.__dict__, "limits", few)
        for address in ("192.0.2.1", "192.0.2.2"):
            with pytest.raises(Unauthorized):
                await sessions.sign_in(world.runtime, "alice", "wrong", address)
        with pytest.raises(TooMany) as problem:
            await sessions.sign_in(world.runtime, "alice", "correct horse", "192.0.2.3")
        assert 0 < (problem.value.retry_after or 0) <= 300


class TestSetup:
    async def test_makes_the_first_owner_once(
        self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runtime = world.runtime
        monkeypatch.setitem(runtime.settings.__dict__, "data", str(tmp_path))
        (tmp_path / "run").mkdir()
        file = tmp_path / "run" / "setup-token"
        file.write_text(hashlib.sha256(b"good").hexdigest() + "\n")
        with pytest.raises(NotFound):
            await setup.check_setup(runtime, "bad")
        with pytest.raises(Invalid):
            await setup.redeem_setup(runtime, "good", "admin", "a@mail.test", "short")
        token = await setup.redeem_setup(runtime, "good", "admin", "a@mail.test", "long enough")
        found = await get_session(world, token)
        assert (found.username, found.role) == ("admin", "owner")
        assert not file.exists()
        file.write_text(hashlib.sha256(b"good").hexdigest())
        with pytest.raises(NotFound):
            await setup.redeem_setup(runtime, "good", "eve", "e@mail.test", "long enough")
