"""What may go to a host, and when."""

from datetime import UTC, datetime

from fedi.federation.delivery.hosts import FIRST_RATE, MANY_FAILURES, Host, Hosts, Item
from fedi.federation.delivery.knock import Learned


def item(number: int, host: str = "b.test") -> Item:
    return Item(number, 1, host, f"https://{host}/inbox", 1, 1, datetime(2026, 1, 1, tzinfo=UTC), 0)


def test_an_unproven_host_gets_one_at_a_time() -> None:
    host = Host("b.test")
    assert host.limit(4, 0.0) == 1
    host.ended(item(1), healthy=True)
    assert host.limit(4, 0.0) == 4


def test_a_host_in_trouble_gets_one_at_a_time_until_it_recovers() -> None:
    host = Host("b.test", is_proven=True)
    host.ended(item(1), healthy=False)
    assert host.is_troubled(0.0)
    assert host.limit(4, 0.0) == 1
    host.ended(item(1), healthy=True)
    assert host.limit(4, 0.0) == 4


def test_a_request_that_takes_long_is_trouble() -> None:
    host = Host("b.test", is_proven=True)
    host.started(item(1), 10.0)
    assert not host.is_troubled(10.5)
    assert host.is_troubled(11.5)


def test_who_was_down_for_long_comes_back_slowly() -> None:
    host = Host("b.test", is_proven=True)
    for _ in range(MANY_FAILURES):
        host.ended(item(1), healthy=False)
    host.ended(item(1), healthy=True)
    start = host.ramp_since
    assert start is not None
    assert host.rate(start) == FIRST_RATE
    for number in range(10):
        host.started(item(number), start)
    assert host.next_start - start > 0.99
    assert host.rate(start + 61) == FIRST_RATE * 2
    assert host.rate(start + 3600) is None


def test_one_failure_does_not_slow_a_host_down_afterwards() -> None:
    host = Host("b.test", is_proven=True)
    host.ended(item(1), healthy=False)
    host.ended(item(1), healthy=True)
    assert host.rate(0.0) is None


def test_hosts_take_turns() -> None:
    hosts = Hosts()
    for number in range(4):
        hosts.push(item(number, f"{'ab'[number % 2]}.test"))
    first = next(iter(hosts.turns()))
    first.waiting.popleft()
    second = next(iter(hosts.turns()))
    assert {first.name, second.name} == {"a.test", "b.test"}
    assert [left.id for left in hosts.drop_waiting(second)] == [1, 3]
    assert [host.name for host in hosts.turns()] == [first.name]


def test_two_second_knocks_in_a_row_change_the_order() -> None:
    host = Host("b.test")
    host.knocked(Learned("rfc9421"), healthy=True)
    host.knocked(None, healthy=True)
    host.knocked(Learned("rfc9421"), healthy=True)
    assert host.dialect == "cavage"
    host.knocked(Learned("rfc9421"), healthy=True)
    assert host.dialect == "rfc9421"


def test_one_knock_is_enough_where_the_host_asked_for_it() -> None:
    host = Host("b.test")
    host.knocked(Learned("rfc9421", was_asked=True), healthy=True)
    assert host.dialect == "rfc9421"
