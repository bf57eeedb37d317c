"""How fast one host is asked, and what a crawl looks at first."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fedi.core.accounts.turns import Allowance, Turns
from fedi.core.threads.frontier import MAX_LENGTH, Frontier, Lead, as_stored, read_leads
from fedi.kit.errors import RemoteDown, TooMany


class Moment:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def turns(self) -> Turns:
        return Turns(sleep=self.sleep, monotonic=self.monotonic)


async def test_two_requests_a_second_for_each_host() -> None:
    moment = Moment()
    turns = moment.turns()
    for _ in range(4):
        await turns.turn("a.test")
    await turns.turn("b.test")
    assert moment.slept == [0.5, 1.0, 1.5], "the first of each host goes at once"
    moment.time += 60
    await turns.turn("a.test")
    assert len(moment.slept) == 3


@pytest.mark.parametrize("date", [False, True])
async def test_a_busy_host_is_left_alone_as_long_as_it_says(*, date: bool) -> None:
    moment = Moment()
    turns = moment.turns()
    later = datetime.now(UTC) + timedelta(seconds=600)
    turns.heard("a.test", 429, format_datetime(later, usegmt=True) if date else "600")
    assert turns.is_held("a.test")
    with pytest.raises(RemoteDown):
        await turns.turn("a.test")
    await turns.turn("b.test")
    moment.time += 601
    await turns.turn("a.test")


@pytest.mark.parametrize(
    ("status", "header", "held"),
    [(429, None, True), (429, "nonsense", True), (429, "1", False), (503, "100", True),
     (503, None, False), (500, "100", False), (200, "100", False), (429, "9" * 60, True)],
)  # fmt: skip
def test_what_means_busy(status: int, header: str | None, *, held: bool) -> None:
    turns = Moment().turns()
    turns.heard("a.test", status, header)
    assert turns.is_held("a.test") is held


def test_nobody_is_held_longer_than_an_hour() -> None:
    moment = Moment()
    turns = moment.turns()
    turns.heard("a.test", 429, "9" * 60)
    moment.time += 3601
    assert not turns.is_held("a.test")


async def test_an_allowance_ends() -> None:
    allowance = Allowance(2)
    await allowance.turn("a.test")
    await allowance.turn("b.test")
    with pytest.raises(TooMany):
        await allowance.turn("c.test")


def take_all(frontier: Frontier, host: str) -> list[str]:
    found: list[str] = []
    while lead := frontier.take(host):
        found.append(f"{lead.kind} {lead.depth}")
        frontier.done(lead)
    return found


def test_whole_conversations_first_then_breadth_first() -> None:
    frontier = Frontier()
    for lead in (
        Lead("replies", "https://a.test/r1", 1),
        Lead("post", "https://a.test/2", 2),
        Lead("post", "https://a.test/1", 1),
        Lead("context", "https://a.test/c"),
        Lead("history", "https://a.test/h"),
    ):
        assert frontier.add(lead)
    assert take_all(frontier, "a.test") == [
        "history 0", "context 0", "post 1", "replies 1", "post 2",
    ]  # fmt: skip


def test_nothing_twice_and_not_too_far() -> None:
    frontier = Frontier()
    assert frontier.add(Lead("post", "https://a.test/1"))
    assert not frontier.add(Lead("post", "https://a.test/1#x"))
    assert not frontier.add(Lead("post", "https://a.test/2", 101))
    assert not frontier.add(Lead("replies", "https://a.test/3", page=MAX_LENGTH + 1))
    assert not frontier.add(Lead("post", "no address"))
    assert frontier.add(Lead("replies", "https://a.test/4", page=MAX_LENGTH))


def test_the_budget_ends_and_the_rest_is_kept() -> None:
    frontier = Frontier(posts=2, pages=1)
    for number in range(4):
        frontier.add(Lead("post", f"https://a.test/{number}"))
    frontier.add(Lead("replies", "https://b.test/r"))
    assert len(take_all(frontier, "a.test")) == 2
    assert frontier.hosts() == ["b.test"]
    rest = frontier.rest()
    assert len(rest) == 3
    assert read_leads(as_stored(rest)) == rest


def test_who_told_all_is_not_asked_for_answers() -> None:
    frontier = Frontier()
    frontier.add(Lead("context", "https://a.test/c"))
    frontier.add(Lead("replies", "https://a.test/r"))
    frontier.add(Lead("replies", "https://b.test/r"))
    lead = frontier.take("a.test")
    assert lead is not None
    assert frontier.take("a.test") is None, "first it may say all"
    frontier.told("a.test")
    frontier.done(lead)
    assert frontier.take("a.test") is None
    assert [lead.host for lead in frontier.rest()] == ["b.test"]
