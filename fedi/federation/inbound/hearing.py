"""Groups of this server hear what somebody elsewhere tells them, once it has taken effect.

What they do about it is a reaction (`publish/groups.py`). A batch that addresses no member by name
costs nothing here.
"""

from collections.abc import Sequence

from fedi.ap.authority import PUBLIC
from fedi.ap.lenient import type_of
from fedi.core.urls import parse_actor_uri
from fedi.events import GroupHeard
from fedi.federation.meaning.incoming import Incoming
from fedi.federation.meaning.unwrap import MODERATION
from fedi.kit.result import Done, Outcome
from fedi.kit.unit import Unit

# What a group passes on of what it hears. Never an Announce: no circle can begin.
VOTES = ("Like", "Dislike", "EmojiReact")
HEARD = frozenset({"Create", "Update", *VOTES})


async def hear(
    unit: Unit, origin: str, items: Sequence[Incoming], endings: Sequence[tuple[int, Outcome]]
) -> None:
    """Record GroupHeard for what took effect and was meant for a group of ours."""
    done = {row_id for row_id, outcome in endings if isinstance(outcome, Done)}
    meant = [
        (item, ids)
        for item in items
        if item.row_id in done and _is_heard(item) and (ids := _addressed(origin, item))
    ]
    if not meant:
        return
    rows = await unit.fetch(
        "SELECT group_id FROM groups WHERE group_id = ANY($1::bigint[])",
        sorted(set[int]().union(*(ids for _, ids in meant))),
    )
    groups = {row[0] for row in rows}
    if not groups:
        return
    actors = await unit.fetch(
        "SELECT uri, id FROM accounts WHERE uri = ANY($1::text[])",
        [item.actor_uri for item, _ in meant],
    )
    accounts = {row[0]: row[1] for row in actors}
    unit.record(
        *(
            GroupHeard(
                item.row_id,
                group_id,
                accounts[item.actor_uri],
                item.activity.type,
                item.activity.object_id or "",
            )
            for item, ids in meant
            for group_id in sorted(ids & groups)
            if item.actor_uri in accounts
        )
    )


def _is_heard(item: Incoming) -> bool:
    """Only what its actor sent itself; what another group passes on is not passed on again.

    Of what leaves nothing to look at, only what was said to everybody.
    """
    activity = item.activity
    if not item.authentic or item.via is not None:
        return False
    if activity.type == "Undo":
        return type_of(activity.object, VOTES) is not None
    if activity.type in ("Delete", MODERATION):
        return PUBLIC in activity.recipients
    return activity.type in HEARD


def _addressed(origin: str, item: Incoming) -> set[int]:
    """The members whom it is for, by name or by the inbox that it came to."""
    named = {*item.activity.recipients, *((item.note.recipients) if item.note else ())}
    found = {parse_actor_uri(origin, uri) for uri in named if uri.startswith(origin)}
    found.add(item.recipient_id)
    return {account_id for account_id in found if account_id is not None and account_id > 0}
