"""Waves: what keeps its order, and what goes together."""

from datetime import UTC, datetime
from typing import Any

from fedi.ap.parse import parse_activity
from fedi.federation.inbound.ordering import build_waves, find_unheard, split
from fedi.federation.inbound.receive import TYPES
from fedi.federation.meaning.incoming import Incoming

HOST = "https://p.far.test"


def said(number: int, kind: str, thing: Any, actor: str = "bob") -> Incoming:
    uri = f"{HOST}/{actor}"
    activity = parse_activity(
        {"id": f"{HOST}/a/{number}", "type": kind, "actor": uri, "object": thing}
    )
    moment = datetime.now(UTC)
    return Incoming(number, moment, uri, activity, uri, True, None, moment)


def numbers(waves: list[dict[str, list[Incoming]]]) -> list[dict[str, list[int]]]:
    return [{k: [item.row_id for item in items] for k, items in wave.items()} for wave in waves]


def test_a_flood_is_one_group() -> None:
    items = [said(n, "Create", {"id": f"{HOST}/n/{n}", "type": "Note"}) for n in range(200)]
    assert numbers(build_waves(items, TYPES)) == [{"Create": list(range(200))}]


def test_one_object_keeps_its_order_and_creates_come_first() -> None:
    note = {"id": f"{HOST}/n/1", "type": "Note"}
    items = [
        said(1, "Like", note["id"], "carol"),
        said(2, "Create", note),
        said(3, "Update", note),
        said(4, "Delete", note["id"]),
        said(5, "Create", {"id": f"{HOST}/n/2", "type": "Note"}),
    ]
    assert numbers(build_waves(items, TYPES)) == [
        {"Create": [2, 5], "Like": [1]},
        {"Update": [3]},
        {"Delete": [4]},
    ]


def test_an_undo_follows_what_it_undoes_by_id_or_by_object() -> None:
    follow = {"id": f"{HOST}/a/1", "type": "Follow", "object": "https://a.test/ap/users/1"}
    items = [
        said(1, "Follow", "https://a.test/ap/users/1"),
        said(2, "Undo", f"{HOST}/a/1"),
        said(3, "Follow", "https://a.test/ap/users/1"),
        said(4, "Undo", {**follow, "id": f"{HOST}/other"}),
    ]
    waves = numbers(build_waves(items, TYPES))
    assert [wave.get("Follow") or wave.get("Undo") for wave in waves[-2:]] == [[3], [4]]


def test_a_farewell_comes_last_and_silences() -> None:
    items = [
        said(1, "Create", {"id": f"{HOST}/n/1", "type": "Note"}),
        said(2, "Delete", f"{HOST}/bob"),
        said(3, "Create", {"id": f"{HOST}/n/3", "type": "Note"}),
        said(4, "Create", {"id": f"{HOST}/n/4", "type": "Note"}, "carol"),
    ]
    assert find_unheard(items) == {3}
    heard = [item for item in items if item.row_id != 3]
    assert numbers(build_waves(heard, TYPES)) == [{"Create": [1, 4]}, {"Delete": [2]}]


def test_who_waits_holds_back_only_what_is_about_the_same() -> None:
    items = [
        said(1, "Announce", f"{HOST}/n/1"),
        said(2, "Create", {"id": f"{HOST}/n/2", "type": "Note"}),
        said(3, "Undo", f"{HOST}/a/1"),
        said(4, "Announce", f"{HOST}/n/1", "carol"),
    ]
    ahead, behind = split(items, {1})
    assert [item.row_id for item in ahead] == [2, 4]
    assert [item.row_id for item in behind] == [1, 3]
    assert split(items, set()) == (items, [])
