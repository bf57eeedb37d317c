"""Answers from elsewhere to posts that not everybody may answer, whichever way they come."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fedi.ap.vocabulary import Note
from fedi.core.statuses.consent.requests import Deed, find_waiting_parents, hold
from fedi.core.statuses.threading import Parent
from fedi.core.statuses.types import ReceivedNote
from fedi.kit.result import Outcome
from fedi.kit.unit import Unit


class Answer(NamedTuple):
    """A post that is about to be stored, and what it answers, if that is here."""

    item: ReceivedNote
    parent: Parent | None


async def hold_answers(unit: Unit, answers: Sequence[Answer]) -> dict[str, Outcome]:
    """Which posts must not be stored, by their ids, and how each ended.

    It costs something only where a post answers one that is not open to everybody, or one that is
    not here: that may be waiting itself, and then what is below it waits, too.
    """
    orphans = {
        each.item.note.in_reply_to: each.item
        for each in answers
        if each.parent is None and each.item.note.in_reply_to
    }
    above = await find_waiting_parents(unit, sorted(orphans))
    deeds: dict[int, Deed] = {}
    for place, (item, parent) in enumerate(answers):
        waiting = above.get(item.note.in_reply_to or "")
        target = (parent.id, parent.account_id) if parent and parent.is_guarded else None
        if waiting is not None:
            target = (waiting.status_id, waiting.account_id)
        if target is not None:
            deeds[place] = Deed(
                "reply",
                *target,
                item.account.id,
                item.note.id,
                _request(item.note, item),
                is_behind=waiting is not None,
            )
    held = await hold(unit, deeds)
    return {answers[place].item.note.id: ending for place, ending in held.items()}


def _request(note: Note, item: ReceivedNote) -> dict[str, Any]:
    """What came, as the activity that it stands for."""
    return {
        "type": "Create",
        "actor": item.account.uri,
        "object": note.raw,
        "to": list(item.to),
        "cc": list(item.cc),
    }
