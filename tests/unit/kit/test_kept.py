"""What is remembered for a moment, and what must not take its neighbours along."""

import logging

import pytest

from fedi.kit.clock import clock
from fedi.kit.kept import Lately
from fedi.kit.nets import attempt


def test_a_key_is_news_once_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: moment)
    lately = Lately(10)
    assert lately.is_news("a", 5)
    assert not lately.is_news("a", 5)
    assert lately.is_news(("a", 1), 5)
    moment += 5
    assert lately.is_news("a", 5)


def test_of_too_many_keys_the_oldest_are_forgotten() -> None:
    lately = Lately(2)
    assert [lately.is_news(key, 60) for key in "abc"] == [True] * 3
    assert not lately.is_news("c", 60)
    assert lately.is_news("a", 60)


def test_what_fails_is_none_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("fedi.test")
    assert attempt(log, "row %d is lost", 7, int, "12") == 12
    assert not caplog.records
    assert attempt(log, "row %d is lost", 7, int, "x") is None
    assert [record.getMessage() for record in caplog.records] == ["row 7 is lost"]
