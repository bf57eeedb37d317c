"""Votes as they travel: notes with the text of an option, answering the post with the poll.

Each is an object by itself, sent to the author alone. Some send several choices as one Create.
"""

from fedi.ap.authority import owns
from fedi.ap.parse import parse_note
from fedi.ap.vocabulary import Note
from fedi.core.accounts.types import Account
from fedi.core.statuses.votes import ReceivedVote
from fedi.federation.meaning.incoming import Incoming
from fedi.kit.errors import RemoteNonsense


def is_vote(item: Incoming) -> bool:
    """Whether what was created is a vote, and no post."""
    return item.note is not None and item.note.is_vote


def read_votes(item: Incoming, author: Account) -> list[ReceivedVote]:
    """The votes in a Create; what of it is no vote of the actor's own is left out."""
    notes = [item.note] if item.note else []
    if item.is_own_word and len(item.activity.objects) > 1:
        notes = [note for thing in item.activity.objects if (note := _read(item, thing))]
    return [
        ReceivedVote(note.id, author.id, note.in_reply_to, note.name)
        for note in notes
        if note.is_vote and note.in_reply_to and note.name
    ]


def _read(item: Incoming, thing: object) -> Note | None:
    if not isinstance(thing, dict) or not owns(item.actor_uri, thing):
        return None
    try:
        return parse_note(thing, author=item.actor_uri)
    except RemoteNonsense:
        return None
