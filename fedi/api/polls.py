"""Polls: how they stand, and voting in them."""

import re

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.statuses import queries
from fedi.core.statuses.poll_refresh import is_stale, refresh_poll
from fedi.core.statuses.polls import Poll, find_polls
from fedi.core.statuses.votes import NO_CHOICE, vote
from fedi.entities.accounts import build_emojis
from fedi.entities.polls import build_poll
from fedi.kit.errors import Invalid, NotFound

# A poll of another server may have that many options, and all may be chosen.
MOST_CHOICES = 500
_NUMBER = re.compile(r"[0-9]{1,6}")


async def show(call: Call) -> Response:
    """A poll; one of another server is counted anew if that was not done lately."""
    poll = await _get_visible(call)
    if call.viewer_id is not None and is_stale(poll, call.read().now()):
        await refresh_poll(call.services.people, poll, call.viewer_id)
        # The new count is shown if there is one; the post may also be gone by now.
        poll = await _get_visible(call)
    return await _answer(call, poll)


async def cast(call: Call) -> Response:
    """Vote, once and for good."""
    poll_id, texts = call.id(), call.params.texts("choices")
    async with call.runtime.unit() as unit:
        await vote(unit, await call.account(unit), poll_id, _parse_choices(texts))
    return await _answer(call, await _get_visible(call))


def _parse_choices(texts: list[str]) -> list[int]:
    """The numbers of the options; what is no number stands for an option that no poll has."""
    if len(texts) > MOST_CHOICES:
        raise Invalid(NO_CHOICE)
    return [int(text) if _NUMBER.fullmatch(text) else -1 for text in texts]


async def _get_visible(call: Call) -> Poll:
    """The poll in the path.

    Raises:
        NotFound: there is none, or not for this viewer.
    """
    poll_id, read = call.id(), call.read()
    poll = (await find_polls(read, call.viewer_id, [poll_id])).get(poll_id)
    if poll is None:
        raise NotFound
    await queries.get_visible(read, call.viewer_id, poll.status_id)
    return poll


async def _answer(call: Call, poll: Poll) -> Response:
    body = (await queries.bodies(call.read(), [poll.status_id])).get(poll.status_id)
    if body is None:
        raise NotFound
    emojis = build_emojis(body.emojis, call.links)
    return answer(build_poll(poll, emojis, is_member=call.viewer_id is not None))


_ONE = "/api/v1/polls/{id}"

ROUTES = [
    Route("GET", _ONE, show, Who.ANYONE, ("read:statuses",)),
    Route("POST", f"{_ONE}/votes", cast, Who.MEMBER, ("write:statuses",)),
]
