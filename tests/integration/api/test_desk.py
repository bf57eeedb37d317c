"""The commands with which admins write rules and announcements, and let people in."""

import asyncio
import io
import json
from argparse import Namespace
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from fedi.cli import account, announcement, rule
from fedi.config import Settings
from fedi.core.auth.sign_up import Applicant, sign_up
from fedi.kit.errors import NotFound
from tests.integration.api.conftest import House, Member


class Desk:
    """A context whose databases are those of the test."""

    def __init__(self, settings: Settings, **args: Any) -> None:
        self.args = Namespace(**args)
        self.settings = settings

    def run(self, work: Callable[[Settings], Coroutine[Any, Any, int | None]]) -> int:
        return asyncio.run(work(self.settings)) or 0


async def call(handler: Callable[[Any], int], settings: Settings, **args: Any) -> int:
    return await asyncio.to_thread(handler, Desk(settings, **args))


async def test_rules(house: House, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    await call(rule.run_add, settings, text="Be kind.", hint="Really.")
    capsys.readouterr()
    await call(rule.run_list, settings, json=True)
    listed = json.loads(capsys.readouterr().out)
    assert [(item["text"], item["hint"]) for item in listed] == [("Be kind.", "Really.")]
    await call(rule.run_list, settings, json=False)
    assert "Be kind." in capsys.readouterr().out
    await call(rule.run_remove, settings, id=int(listed[0]["id"]))
    assert (await house.client.get("/api/v1/instance/rules")).json() == []
    with pytest.raises(NotFound):
        await call(rule.run_remove, settings, id=1)


async def test_announcements(
    settings: Settings, alice: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"text": "Hello", "starts": None, "ends": None, "all_day": False}
    await call(announcement.run_add, settings, **said)
    capsys.readouterr()
    await call(announcement.run_list, settings, json=True)
    listed = json.loads(capsys.readouterr().out)
    assert [item["text"] for item in listed] == ["Hello"]
    await call(announcement.run_list, settings, json=False)
    assert "Hello" in capsys.readouterr().out
    assert len((await alice.get("/api/v1/announcements")).json()) == 1
    await call(announcement.run_remove, settings, id=int(listed[0]["id"]))
    assert (await alice.get("/api/v1/announcements")).json() == []


async def test_who_waits_is_let_in_or_turned_down(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await house.token(None, "write")
    app_id = await house.runtime.db.value("SELECT application_id FROM access_tokens")
    assert token
    assert app_id
    house.runtime.settings = replace(
        settings, registration=replace(settings.registration, mode="approval")
    )
    for name in ("carol", "dave"):
        await sign_up(
            house.runtime,
            app_id,
            Applicant(name, f"{name}@mail.test", "correct horse", agreement=True, reason="why not"),
        )
    house.runtime.settings = settings
    await call(account.run_list, settings, json=False, pending=True)
    told = capsys.readouterr().out
    assert "carol" in told
    assert "why not" in told
    await call(account.run_approve, settings, name="carol")
    await call(account.run_reject, settings, name="dave")
    capsys.readouterr()
    await call(account.run_list, settings, json=True, pending=False)
    listed = json.loads(capsys.readouterr().out)
    assert [(user["username"], user["approved"]) for user in listed] == [("carol", True)]
    rows = await house.runtime.db.fetch("SELECT username FROM accounts WHERE id > 0")
    assert [row[0] for row in rows] == ["carol"]


async def test_an_address_is_confirmed_afterwards(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    new = {"email": "erin@mail.test", "password": "correct horse", "role": "member"}
    await call(account.run_create, settings, name="erin", confirmed=False, **new)
    assert "fedi account confirm erin" in capsys.readouterr().out
    await call(account.run_confirm, settings, name="erin")
    capsys.readouterr()
    await call(account.run_list, settings, json=True, pending=False)
    listed = json.loads(capsys.readouterr().out)
    assert [(user["username"], user["confirmed"]) for user in listed] == [("erin", True)]


@pytest.mark.parametrize(("typed", "stays"), [("", True), ("y\n", True), ("erin\n", False)])
async def test_nobody_is_deleted_by_mistake(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch, typed: str, stays: bool
) -> None:
    """A script that forgets `--yes` deletes nobody, either."""
    new = {"email": "erin@mail.test", "password": "correct horse", "role": "member"}
    await call(account.run_create, settings, name="erin", confirmed=True, **new)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    ending = await call(account.run_delete, settings, name="erin", yes=False)
    assert ending == (1 if stays else 0)
    left = await house.runtime.db.value(
        "SELECT count(*) FROM accounts WHERE username = 'erin' AND deleted_at IS NULL"
    )
    assert left == int(stays)


async def test_a_link_for_the_first_owner_that_leads_nowhere_says_so(house: House) -> None:
    assert (await house.client.get("/setup/none")).status_code == 404
