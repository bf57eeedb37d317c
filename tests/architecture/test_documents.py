"""Documents say what is there, and all that is there."""

import dataclasses
import re
from pathlib import Path

import pytest

from fedi import reactions
from fedi.events import EVENTS
from fedi.kit.metrics import CATALOGUE
from tests.architecture import reference

ROOT = Path(__file__).parents[2]
_FILE = re.compile(r"`((?:fedi|tests|conf|docs|migrations)/[\w./-]+\.\w+)`")


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_every_named_file_exists(document: str) -> None:
    named = _FILE.findall((ROOT / document).read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", reference.PAGES)
def test_reference_pages_are_what_their_definitions_say(page: str) -> None:
    assert (ROOT / "docs" / page).read_text() == reference.PAGES[page](), (
        "run: python -m tests.architecture.reference"
    )


def test_every_metric_that_is_counted_is_in_the_catalogue() -> None:
    used = re.compile(r"metrics\.(?:count|observe)\(\s*\"([^\"]+)\"")
    names = {n for f in (ROOT / "fedi").rglob("*.py") for n in used.findall(f.read_text())}
    assert names - set(CATALOGUE) == set()


def test_every_event_has_its_reactions_or_says_that_nothing_follows() -> None:
    assert {event for event in EVENTS.values() if event not in reactions.REACTIONS} == set()


def test_events_are_frozen_and_carry_plain_values() -> None:
    for event in EVENTS.values():
        assert dataclasses.is_dataclass(event)
        assert event.__dataclass_params__.frozen  # pyright: ignore[reportAttributeAccessIssue]
