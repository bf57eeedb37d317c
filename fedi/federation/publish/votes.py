"""Votes of members, each as a note of its own to the author of the poll."""

from collections.abc import Sequence

from fedi import events as happened
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render.create import render_vote
from fedi.kit.unit import Unit

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
