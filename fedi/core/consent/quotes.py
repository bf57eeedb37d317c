"""Others ask whether they may quote members' posts: the policy decides, or the author does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedi.ap.vocabulary import Note
from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.statuses.consent.policy import ALLOWED, ASKS, FORBIDDEN
from fedi.core.statuses.consent.requests import GRANTED, Deed, hold
from fedi.core.statuses.policy import AUTOMATIC, MANUAL, quoting_sql, visible_sql
from fedi.core.statuses.quote_states import grant, withdraw
from fedi.core.statuses.quotes import PENDING, REJECTED
from fedi.core.statuses.receive import receive_notes
from fedi.core.statuses.types import ReceivedNote
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_ABSENT = Ignored("the post is not here, or not for this actor")
_ANSWERS = {AUTOMATIC: ALLOWED, MANUAL: ASKS}


@dataclass(frozen=True, slots=True)
class ReceivedQuoteRequest:
    """The actor wants to quote the post `quoted_uri` in `note`, which is checked to be theirs."""

    actor: Account
    quoted_uri: str
    note: Note
    request: Mapping[str, Any]


_PERMISSION = quoting_sql(
    "d.who",
    author="s.account_id",
    visibility="s.visibility",
    policy="s.quote_policy",
    manual="s.quote_manual",
)
# Whoever may not see a post does not learn that there is one.
_FIND = f"""
SELECT d.n, s.id, s.account_id, {_PERMISSION} AS permission,
  EXISTS (SELECT 1 FROM account_domain_blocks b JOIN accounts w ON w.id = d.who
    WHERE b.account_id = s.account_id AND b.domain = w.domain OFFSET 0) AS is_shut_out
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS d(uri, who, n)
JOIN statuses s ON s.uri = d.uri AND s.local AND NOT s.local_only AND s.reblog_of_id IS NULL
WHERE {visible_sql("s", "d.who")}
"""


async def receive_quote_requests(
    unit: Unit, items: Sequence[ReceivedQuoteRequest]
) -> list[Outcome]:
    """Decide about quotes, or keep them for their authors; what may be shown is stored at once."""
    rows = await unit.fetch(
        _FIND, [item.quoted_uri for item in items], [item.actor.id for item in items]
    )
    found = {row["n"] - 1: row for row in rows}
    deeds = {
        index: Deed(
            "quote",
            row["id"],
            row["account_id"],
            items[index].actor.id,
            items[index].note.id,
            items[index].request,
            is_asked=True,
        )
        for index, row in sorted(found.items())
    }
    answers = [
        FORBIDDEN
        if found[index]["is_shut_out"]
        else _ANSWERS.get(found[index]["permission"], FORBIDDEN)
        for index in deeds
    ]
    held = await hold(unit, deeds, answers)
    wanted = [
        ReceivedNote(items[index].note, items[index].actor)
        for index, answer in zip(deeds, answers, strict=True)
        if answer != FORBIDDEN and not isinstance(held.get(index), Refused)
    ]
    await receive_notes(unit, wanted)
    await settle_quotes(unit, [deeds[index].object_uri for index in deeds])
    return [held.get(i, Done()) if i in deeds else _ABSENT for i in range(len(items))]


async def settle_quotes(unit: Unit, uris: Sequence[str]) -> None:
    """Bring the quotes in these posts in line with what was decided about them."""
    rows = await unit.fetch(
        "SELECT q.id, r.id AS request_id, r.state, a.uri AS author FROM interaction_requests r"
        " JOIN statuses s ON s.uri = r.object_uri AND s.account_id = r.actor_id"
        " JOIN quotes q ON q.status_id = s.id AND q.quoted_status_id = r.status_id"
        " JOIN accounts a ON a.id = r.account_id"
        " WHERE r.object_uri = ANY($1::text[]) AND r.kind = 'quote' AND r.state IN (1, 2)"
        f" AND (q.state = {PENDING} OR q.approval_uri IS NULL)",
        list(uris),
    )
    stamps = {
        row["id"]: urls.stamp_uri(row["author"], row["request_id"])
        for row in rows
        if row["state"] == GRANTED
    }
    await grant(unit, stamps)
    await withdraw(unit, [row["id"] for row in rows if row["state"] != GRANTED], REJECTED)
