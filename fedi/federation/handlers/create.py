"""Create: a post is stored when somebody here has to do with it, a vote is counted."""

from collections.abc import Sequence

from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.types import ReceivedNote
from fedi.core.statuses.votes import receive_votes
from fedi.core.threads.parents import ask_for_parents
from fedi.core.urls import is_ours
from fedi.federation.meaning.by_groups import boost_passed_on
from fedi.federation.meaning.incoming import Apply, Handler, Incoming, Known, settle, settle_kinds
from fedi.federation.meaning.notes import (
    asks_about_note,
    fetch_note,
    needs_note,
    read_note,
    received,
    refusal_of,
)
from fedi.federation.meaning.votes import is_vote, read_votes
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit

NO_VOTE = Ignored("no vote that can be counted")


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def way_of(item: Incoming) -> Apply:
        return _apply_votes if is_vote(item) else _apply_posts

    return await settle_kinds(items, way_of, lambda way, some: way(unit, known, some))


async def _apply_votes(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    """Votes are counted and never stored as posts; of one Create the best end is its own."""
    votes = [read_votes(item, known.accounts[item.actor_uri]) for item in items]
    found = iter(await receive_votes(unit, [vote for mine in votes for vote in mine]))
    ends = [[next(found) for _ in mine] for mine in votes]
    return [
        next((end for end in mine if isinstance(end, Done)), mine[0] if mine else NO_VOTE)
        for mine in ends
    ]


async def _apply_posts(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedNote | Outcome:
        if ending := refusal_of(item, known):
            return ending
        note = received(item, known.accounts[item.actor_uri], is_wanted=True)
        return note or Ignored("known already")

    async def carry_out(notes: list[ReceivedNote]) -> Sequence[Outcome]:
        return await receive_notes(unit, notes)

    outcomes = await settle(items, decide, carry_out)
    stored = [item for item, end in zip(items, outcomes, strict=True) if isinstance(end, Done)]
    await ask_for_parents(unit, _missing_parents(known, stored))
    return await boost_passed_on(unit, known, items, outcomes)


def _missing_parents(known: Known, items: Sequence[Incoming]) -> list[str]:
    """The posts that are answered and not here."""
    parents = {item.note.in_reply_to for item in items if item.note and item.note.in_reply_to}
    return sorted(
        uri
        for uri in parents
        if uri not in known.statuses and uri not in known.authors and not is_ours(known.origin, uri)
    )


HANDLER = Handler(
    check=read_note,
    asks=asks_about_note,
    needs=needs_note,
    fetch=fetch_note,
    apply=_apply,
)
