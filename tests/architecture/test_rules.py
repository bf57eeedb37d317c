"""The house keeps its own rules."""

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.rules import RULES, Module, find_breaks


@pytest.fixture(scope="module")
def breaks() -> dict[str, list[str]]:
    return find_breaks()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Callable[[Module], Iterator[str]], breaks: dict[str, list[str]]) -> None:
    assert breaks[rule.__name__] == [], rule.__doc__


def test_rules_find_what_breaks_them() -> None:
    text = (
        "from a import BaseHTTPMiddleware\n"
        "try:\n    db.commit()\nexcept Exception:\n    raise HTTPException from None\n"
    ) + "\n" * 400
    module = Module("fedi/core/x.py", text, tuple(ast.walk(ast.parse(text))))
    assert [list(rule(module)) for rule in RULES] == [
        ["fedi/core/x.py: 405 lines"],
        ["fedi/core/x.py:3"],
        ["fedi/core/x.py:4"],
        ["fedi/core/x.py"],
        ["fedi/core/x.py:1"],
    ]
