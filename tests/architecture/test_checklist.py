"""Every line of the federation checklist names tests that are there."""

import pytest

from tests.architecture.checklist import (
    ATTACKS,
    LIST,
    Line,
    find_test,
    parse_checklist,
    render_federation,
)
from tests.architecture.feps import FEPS

SECTIONS = parse_checklist(LIST.read_text())
LINES = [line for name, lines in SECTIONS.items() if name != "What is missing" for line in lines]
WITHSTOOD = [line for lines in parse_checklist(ATTACKS.read_text()).values() for line in lines]


@pytest.mark.parametrize("lines", [LINES, WITHSTOOD], ids=["federation", "attacks"])
def test_every_line_has_a_test_that_exists(lines: list[Line]) -> None:
    assert lines
    assert [line.key for line in lines if not line.tests] == []
    missing = [(line.key, name) for line in lines for name in line.tests if not find_test(name)]
    assert missing == []


def test_no_line_stands_twice() -> None:
    keys = [line.key for lines in SECTIONS.values() for line in lines]
    assert sorted(keys) == sorted(set(keys))


def test_a_line_without_a_test_would_be_found() -> None:
    text = "## A\n\n- **A-01** It holds.\n- **A-02** It does. Tests: `tests/x.py::test_y`\n"
    assert [line.tests for line in parse_checklist(text)["A"]] == [(), ("tests/x.py::test_y",)]
    assert not find_test("tests/x.py::test_y")
    assert not find_test("tests/architecture/test_checklist.py")
    assert not find_test("tests/architecture/test_checklist.py::test_of_nothing")


def test_every_proposal_has_its_lines() -> None:
    known = {line.key for line in LINES}
    assert {key for _, keys in FEPS.values() for key in keys} - known == set()


def test_federation_md_is_made_from_the_list() -> None:
    page = LIST.parents[1] / "FEDERATION.md"
    assert page.read_text() == render_federation(), "run: python -m tests.architecture.reference"
