"""Others ask whether they may like, answer or boost members' posts, before they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fedi.core.accounts.types import Account
from fedi.core.consent.decide import carry_out
from fedi.core.statuses.consent.policy import Kind
from fedi.core.statuses.consent.requests import Deed, find_earlier, hold
from fedi.core.statuses.policy import UNLISTED, visible_sql
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_ABSENT = Ignored("the post is not here, or not for this actor")


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """The actor wants to do something with the post `status_uri`; `uri` is what they would do."""

    kind: Kind
    actor: Account
    status_uri: str
    uri: str
    request: dict[str, Any]


_FIND = f"""
SELECT d.n, s.id, s.account_id, s.visibility
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS d(uri, who, n)
JOIN statuses s ON s.uri = d.uri AND s.local AND NOT s.local_only AND s.reblog_of_id IS NULL
WHERE {visible_sql("s", "d.who")} ORDER BY d.n
"""


async def receive_requests(unit: Unit, items: Sequence[ReceivedRequest]) -> list[Outcome]:
    """Answer what the policies of the posts answer, and keep the rest for their authors."""
    rows = await unit.fetch(
        _FIND, [item.status_uri for item in items], [item.actor.id for item in items]
    )
    outcomes: list[Outcome] = [_ABSENT] * len(items)
    deeds: dict[int, Deed] = {}
    for number, status_id, account_id, visibility in rows:
        item = items[number - 1]
        if item.kind == "announce" and visibility > UNLISTED:
            outcomes[number - 1] = Refused("the post is not for all to see")
            continue
        deeds[number - 1] = Deed(
            item.kind, status_id, account_id, item.actor.id, item.uri, item.request, is_asked=True
        )
    held = await hold(unit, deeds)
    for index in deeds:
        outcomes[index] = held.get(index, Done())
    free = [deed for index, deed in deeds.items() if index not in held]
    if free:
        made = await find_earlier(unit, free)
        await carry_out(unit, [made[deed.object_uri, deed.kind] for deed in free])
    return outcomes
