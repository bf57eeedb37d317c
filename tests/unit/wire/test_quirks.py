"""Every habit of other software that we know of has its documents and its tests."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.wire.quirks import QUIRKS, Quirk
from tests.wire.reading import WIRE, raw

ROOT = Path(__file__).parents[3]


@cache
def functions_in(path: str) -> frozenset[str]:
    """The names of the test functions in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        item.name
        for item in ast.walk(tree)
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: quirk.key)
def test_every_habit_has_a_test_that_is_there(quirk: Quirk) -> None:
    assert bool(quirk.tests) != bool(quirk.without)
    for test in quirk.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), test
        assert not name or name in functions_in(path), test


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: quirk.key)
def test_every_document_is_there(quirk: Quirk) -> None:
    for name in quirk.documents:
        assert raw(name)


def test_keys_are_of_one_each() -> None:
    keys = [quirk.key for quirk in QUIRKS]
    assert len(keys) == len(set(keys)) == 111


def test_many_kinds_of_software_are_there() -> None:
    wanted = {
        "akkoma", "bookwyrm", "bridgy", "discourse", "friendica", "funkwhale", "ghost",
        "gotosocial", "hollo", "hubzilla", "iceshrimp", "lemmy", "mastodon", "mbin", "misskey",
        "mitra", "mobilizon", "nodebb", "peertube", "piefed", "pixelfed", "pleroma", "sharkey",
        "snac", "takahe", "threads", "wordpress", "writefreely",
    }  # fmt: skip
    assert wanted <= {path.parent.name for path in WIRE.rglob("*.json")}
