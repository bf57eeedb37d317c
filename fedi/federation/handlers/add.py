"""Add: a pin, a hashtag on a profile, or a post in a conversation."""

from collections.abc import Sequence

from fedi.core.accounts.people import People
from fedi.core.statuses.pins_received import add_pins
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.tags.received import add_featured
from fedi.core.threads.candidates import Candidate, ask_for_candidates
from fedi.federation.meaning.incoming import Handler, Incoming, Known, settle
from fedi.federation.meaning.listed import (
    UNKNOWN,
    Listed,
    Member,
    Pin,
    Tag,
    asks_about_listed,
    check_listed,
    is_pin,
    read_listed,
)
from fedi.kit.errors import RemoteDown
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit


def _needs(item: Incoming, known: Known) -> bool:
    """Whether a post of somebody whom we follow is pinned and not here."""
    account = known.accounts.get(item.actor_uri)
    followed = account is not None and account.id in known.followed
    return followed and is_pin(item, known) and item.activity.object_id not in known.statuses


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    uri = item.activity.object_id
    if uri is None or not _needs(item, known):
        return None
    found = (await resolve_statuses(people, [uri], are_news=False))[uri]
    if isinstance(found, RemoteDown):
        raise found
    return None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    async def carry_out(things: list[Listed]) -> Sequence[Outcome]:
        pins = [(thing.account_id, thing.uri) for thing in things if isinstance(thing, Pin)]
        tags = [(thing.account_id, thing.name) for thing in things if isinstance(thing, Tag)]
        members = [
            Candidate(thing.account_id, thing.target, thing.uri)
            for thing in things
            if isinstance(thing, Member)
        ]
        pinned = await add_pins(unit, pins) if pins else set[tuple[int, str]]()
        if tags:
            await add_featured(unit, tags)
        asked = await ask_for_candidates(unit, members) if members else set[Candidate]()
        return [_ending(thing, pinned, asked) for thing in things]

    return await settle(items, lambda item: read_listed(item, known), carry_out)


def _ending(thing: Listed, pinned: set[tuple[int, str]], asked: set[Candidate]) -> Outcome:
    match thing:
        case Pin():
            is_pinned = (thing.account_id, thing.uri) in pinned
            return Done() if is_pinned else Ignored("the post is not here, or not the actor's own")
        case Member():
            candidate = Candidate(thing.account_id, thing.target, thing.uri)
            return Done() if candidate in asked else UNKNOWN
        case Tag():
            return Done()


HANDLER = Handler(
    check=check_listed, asks=asks_about_listed, needs=_needs, fetch=_fetch, apply=_apply
)
