"""Votes as they travel: notes with the text of an option, answering the post with the poll.

Each is an object by itself, sent to the author alone. Some send several choices as one Create.
"""

from collections.abc import Sequence

from fedi import events as happened
from fedi.ap.authority import owns
from fedi.ap.parse import parse_note
from fedi.ap.vocabulary import Note
from fedi.core.accounts.types import Account
from fedi.core.statuses.votes import ReceivedVote
from fedi.federation.audience import Reach
from fedi.federation.incoming import Incoming
from fedi.federation.outgoing import Outgoing, Publishing, send
from fedi.federation.render.create import render_vote
from fedi.kit.errors import RemoteNonsense
from fedi.kit.unit import Unit


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


_VOTES = """
SELECT v.id, v.uri, p.options[v.choice + 1] AS name, s.uri AS post, a.uri AS actor,
  o.uri AS author, o.id AS author_id
FROM poll_votes v JOIN polls p ON p.id = v.poll_id JOIN statuses s ON s.id = p.status_id
JOIN accounts a ON a.id = v.account_id JOIN accounts o ON o.id = p.account_id
WHERE v.id = ANY($1::bigint[]) AND o.domain IS NOT NULL AND v.uri IS NOT NULL
ORDER BY v.id
"""


async def poll_voted(unit: Unit, context: Publishing, events: Sequence[happened.PollVoted]) -> None:
    """Create(Note) for each choice of a member, to the author of the poll."""
    ours = {vote_id: event for event in events if event.local for vote_id in event.vote_ids}
    rows = await unit.fetch(_VOTES, list(ours)) if ours else []
    await send(
        unit,
        context,
        [
            Outgoing(
                event := ours[row["id"]],
                render_vote(row["uri"], row["actor"], row["author"], row["post"], row["name"]),
                event.account_id,
                f"vote {event.account_id} {event.poll_id}",
                Reach(people=(row["author_id"],), personal=True),
            )
            for row in rows
        ],
    )
