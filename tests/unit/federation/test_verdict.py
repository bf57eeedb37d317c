"""What an inbox's answer means."""

import pytest

from fedi.federation.delivery.verdict import Rules, Try, judge
from fedi.kit.errors import RemoteDown, RemoteNonsense, RemoteRefused
from fedi.kit.http import Posted
from fedi.kit.result import Done, GaveUp, Later, Refused

DAY = 86_400.0
RULES = Rules((60, 300, 1800, 7200, 21_600, 43_200), 7 * DAY)


def posted(status: int, kind: str = "application/json", retry: float | None = None) -> Posted:
    return Posted(status, kind, retry, accept_signature="", error="no")


def test_waits_follow_the_schedule_and_its_last_step_repeats() -> None:
    waits: list[float] = []
    for attempts in range(1, 9):
        outcome = judge(posted(500), Try(attempts, 0), RULES).outcome
        assert isinstance(outcome, Later)
        waits.append(outcome.after)
    assert waits == [60, 300, 1800, 7200, 21_600, 43_200, 43_200, 43_200]


@pytest.mark.parametrize("luck", [-1.0, 1.0])
def test_jitter_is_a_fifth(luck: float) -> None:
    outcome = judge(RemoteDown("timeout"), Try(1, 0, luck), RULES).outcome
    assert isinstance(outcome, Later)
    assert outcome.after == pytest.approx(60 * (1 + 0.2 * luck))


def test_retry_after_is_trusted_for_a_day() -> None:
    for asked, granted in ((120.0, 120.0), (10 * DAY, DAY), (0.0, 1.0)):
        outcome = judge(posted(429, retry=asked), Try(1, 0), RULES).outcome
        assert isinstance(outcome, Later)
        assert outcome.after == granted


def test_a_host_that_is_back_just_before_the_end_still_gets_it() -> None:
    outcome = judge(RemoteDown("connect"), Try(20, 7 * DAY - 3600), RULES).outcome
    assert isinstance(outcome, Later)
    assert outcome.after == 3600
    ended = judge(RemoteDown("connect"), Try(21, 7 * DAY), RULES).outcome
    assert isinstance(ended, GaveUp)
    assert "7 days" in ended.reason
    assert "connect" in ended.reason


def test_a_page_that_says_no_is_believed_after_three_tries() -> None:
    page = posted(403, "text/html")
    assert isinstance(judge(page, Try(2, 0), RULES).outcome, Later)
    assert isinstance(judge(page, Try(3, 0), RULES).outcome, Refused)
    assert isinstance(judge(posted(403), Try(1, 0), RULES).outcome, Refused)


def test_our_own_guard_is_final_and_says_nothing_about_the_host() -> None:
    ending = judge(RemoteRefused("address", "x"), Try(1, 0), RULES)
    assert isinstance(ending.outcome, Refused)
    assert ending.healthy is None


def test_health() -> None:
    assert judge(posted(202), Try(1, 0), RULES).healthy is True
    assert isinstance(judge(posted(200), Try(1, 0), RULES).outcome, Done)
    assert judge(posted(404), Try(1, 0), RULES).healthy is True
    assert judge(posted(429), Try(1, 0), RULES).healthy is None
    assert judge(posted(502), Try(1, 0), RULES).healthy is False
    assert judge(RemoteNonsense("protocol"), Try(1, 0), RULES).healthy is False
