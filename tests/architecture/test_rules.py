"""The house keeps its own rules."""

from collections.abc import Callable, Iterator

import pytest

from tests.architecture.rules import RULES, Finding


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Callable[[], Iterator[Finding]]) -> None:
    found = [finding.place for finding in rule()]
    assert not found, rule.__doc__
