"""Events are grouped for speed, and keep the order of their lanes."""

import dataclasses

from fedi import events as happened
from fedi.core.live import Message, parse, say
from fedi.kit.runtime import Runtime
from fedi.reactions import REACTIONS, in_waves, read_event


def test_every_event_has_a_line_in_the_table() -> None:
    assert set(REACTIONS) == set(happened.EVENTS.values())


def test_order_within_a_lane_is_kept() -> None:
    like = happened.StatusFavourited(1, 10, 5, local=True)
    unlike = happened.StatusUnfavourited(10, 5, "u", local=True)
    again = happened.StatusFavourited(2, 10, 5, local=True)
    other = happened.StatusFavourited(3, 11, 5, local=True)
    waves = in_waves([like, unlike, again, other])
    assert waves == [[like, other], [unlike], [again]]
    posts: list[happened.Event] = [happened.StatusCreated(n, 1, local=False) for n in range(100)]
    assert in_waves(posts) == [posts]


def test_events_are_read_back() -> None:
    deleted = happened.StatusDeleted(
        1, 2, "u", local=True, visibility=0, reach_inboxes=("a", "b"), heard_by=(1,)
    )
    payload = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(deleted).items()
    }
    assert read_event("StatusDeleted", payload) == deleted
    assert read_event("SomethingNew", {}) is None
    assert read_event("StatusCreated", {"nonsense": 1}) is None


async def test_messages_travel(runtime: Runtime) -> None:
    heard = Message("update", "1", 2, (3, 4), local=True)
    revoked = Message("revoked", user=7, tokens=(8,))
    async with runtime.unit() as unit:
        say(unit, [heard, Message("update", "2", 2), revoked])
        assert [parse(data) for _, data in unit._words] == [[heard, revoked]]
    assert parse(b"nonsense") == parse(b'{"a": 1}') == parse(b'[{"event": "x"}]') == []
