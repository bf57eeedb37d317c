"""What authors elsewhere answer to members who asked them: yes in writing, or no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from fedi.ap.authority import same_origin
from fedi.ap.lenient import as_object, id_of
from fedi.core.consent.release import release, turn_down
from fedi.core.consent.stamps import Written, is_stamp
from fedi.core.statuses.consent.asking import check_later
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.quote_states import grant, withdraw
from fedi.core.statuses.quotes import REJECTED, REVOKED
from fedi.events import StatusUnfavourited
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

QUOTE, REPLY, ANNOUNCE, ASKING = "#quote_request", "#reply_request", "#announce_request", "#asking"

_NOT_THEIRS = Refused("it answers for somebody else")
_NOTHING = Ignored("nothing here waits for that")


@dataclass(frozen=True, slots=True)
class ReceivedConsent:
    """An Accept or Reject of something that a member wanted to do with a post of the actor's."""

    actor_id: int
    actor_uri: str
    # The id of the answer itself, and of what it answers.
    uri: str | None
    object_uri: str
    # The written consent: an address, or a document.
    result: Any
    is_yes: bool


_FIND = """
SELECT s.uri, s.id, s.approval, s.in_reply_to_account_id, o.account_id AS boosted_account_id,
  q.id AS quote_id, q.quoted_uri, c.account_id AS quoted_account_id
FROM statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id
LEFT JOIN quotes q ON q.id = s.quote_id LEFT JOIN statuses c ON c.id = q.quoted_status_id
WHERE s.uri = ANY($1::text[]) AND s.local
"""


def asked_about(object_uri: str) -> str:
    """The id of the post or boost that an answer speaks of."""
    base = object_uri.partition("#")[0]
    return base.removesuffix("/activity") if object_uri.endswith(ASKING) else base


async def receive_answers(unit: Unit, items: Sequence[ReceivedConsent]) -> list[Outcome]:
    """Carry out what authors answered; only who was asked has a say."""
    uris = sorted({asked_about(item.object_uri) for item in items})
    rows = {row["uri"]: row for row in await unit.fetch(_FIND, uris)}
    likes = await _refuse_likes(unit, [item for item in items if not item.is_yes])
    plan = _Plan()
    outcomes: list[Outcome] = []
    for item in items:
        row = rows.get(asked_about(item.object_uri))
        if row is None:
            outcomes.append(Done() if item.object_uri in likes else _NOTHING)
        elif item.object_uri.endswith(QUOTE):
            outcomes.append(plan.judge_quote(item, row))
        else:
            outcomes.append(plan.judge_deed(item, row))
    await plan.carry_out(unit)
    return outcomes


class _Plan:
    """What the answers of a batch come to."""

    def __init__(self) -> None:
        self.stamps: dict[int, str] = {}
        self.unread: dict[int, tuple[str | None, str]] = {}
        self.refused_quotes: list[int] = []
        self.released: dict[int, str] = {}
        self.refused: list[int] = []

    def judge_quote(self, item: ReceivedConsent, row: asyncpg.Record) -> Outcome:
        """Yes or no to a quote."""
        if row["quote_id"] is None or row["quoted_account_id"] is None:
            return _NOTHING
        if row["quoted_account_id"] != item.actor_id:
            return _NOT_THEIRS
        if not item.is_yes:
            self.refused_quotes.append(row["quote_id"])
            return Done()
        stamp = id_of(item.result)
        if stamp is None or not is_storable(stamp) or not same_origin(stamp, item.actor_uri):
            return Refused("the stamp is not the quoted author's")
        document = as_object(item.result)
        written = Written(item.actor_uri, row["uri"], row["quoted_uri"])
        if document is not None and is_stamp(document, stamp, written):
            self.stamps[row["quote_id"]] = stamp
        else:
            self.unread[row["quote_id"]] = (stamp, row["quoted_uri"])
        return Done()

    def judge_deed(self, item: ReceivedConsent, row: asyncpg.Record) -> Outcome:
        """Yes or no to an answer or a boost."""
        asked = row["boosted_account_id"] or row["in_reply_to_account_id"]
        if row["approval"] is None:
            return _NOTHING
        if asked != item.actor_id:
            return _NOT_THEIRS
        if not item.is_yes:
            self.refused.append(row["id"])
            return Done()
        # Old servers write nothing: their answer itself is the consent.
        approval = id_of(item.result) or item.uri
        if not is_storable(approval) or not same_origin(approval, item.actor_uri):
            return Refused("the approval is not the author's")
        self.released[row["id"]] = approval or ""
        return Done()

    async def carry_out(self, unit: Unit) -> None:
        """Write it down."""
        await withdraw(unit, self.refused_quotes, REJECTED)
        await grant(unit, self.stamps)
        await check_later(unit, self.unread)
        await turn_down(unit, self.refused)
        await release(unit, self.released)


async def _refuse_likes(unit: Unit, items: Sequence[ReceivedConsent]) -> set[str]:
    """Take back likes that the authors of the posts do not want; their ids."""
    if not items:
        return set()
    rows = await unit.fetch(
        "DELETE FROM favourites f USING unnest($1::text[], $2::bigint[]) AS d(uri, author),"
        " statuses s, accounts a WHERE f.uri = d.uri AND s.id = f.status_id"
        " AND s.account_id = d.author AND a.id = f.account_id AND a.domain IS NULL"
        " RETURNING f.uri, f.status_id, f.account_id",
        [item.object_uri for item in items],
        [item.actor_id for item in items],
    )
    tally = Tally()
    for uri, status_id, account_id in rows:
        tally.favourite(status_id, -1)
        unit.record(StatusUnfavourited(status_id, account_id, uri, local=False))
    await tally.write(unit)
    return {row["uri"] for row in rows}


@dataclass(frozen=True, slots=True)
class Revocation:
    """Written consent that its author takes back."""

    uri: str
    actor_uri: str


async def receive_revocations(
    unit: Unit, items: Sequence[Revocation]
) -> Mapping[Revocation, Outcome]:
    """End what rested on consent that is taken back; those items that were about such."""
    if not items:
        return {}
    from_quotes = await unit.fetch(
        "SELECT q.approval_uri, q.id, NULL::bigint AS status_id, a.uri AS author FROM quotes q"
        " JOIN accounts a ON a.id = q.quoted_account_id WHERE q.approval_uri = ANY($1::text[])"
        " UNION ALL SELECT s.approval_uri, NULL, s.id, a.uri FROM statuses s"
        " LEFT JOIN statuses o ON o.id = s.reblog_of_id"
        " JOIN accounts a ON a.id = coalesce(o.account_id, s.in_reply_to_account_id)"
        " WHERE s.approval_uri = ANY($1::text[]) AND s.local",
        sorted({item.uri for item in items}),
    )
    found: dict[str, list[asyncpg.Record]] = {}
    for row in from_quotes:
        found.setdefault(row["approval_uri"], []).append(row)
    endings: dict[Revocation, Outcome] = {}
    doomed: list[asyncpg.Record] = []
    for item in items:
        for row in found.get(item.uri, ()):
            is_theirs = row["author"] == item.actor_uri
            endings[item] = Done() if is_theirs else _NOT_THEIRS
            doomed += [row] if is_theirs else []
    await withdraw(unit, [row["id"] for row in doomed if row["id"]], REVOKED)
    await turn_down(unit, [row["status_id"] for row in doomed if row["status_id"]])
    return endings
