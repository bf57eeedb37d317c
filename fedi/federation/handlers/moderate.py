"""Deeds of a group's moderators: posts leave it, are locked, people are banned; and all of it back.

A Lock, a Delete with a reason, a Block with a target and their Undos come here, passed on by the
group or sent to a group of ours by a moderator. The author's own word counts in its own right: a
Delete of one's own is a Delete, and what is taken back is looked for where it was.
"""

from collections.abc import Sequence

from fedi.ap.authority import same_origin
from fedi.ap.lenient import id_of, instant
from fedi.core.accounts.people import People
from fedi.core.groups import moderation
from fedi.core.groups.moderators import read_moderators
from fedi.core.groups.restore import ask_to_restore
from fedi.core.groups.types import Ban, Deed
from fedi.core.statuses.receive import receive_deletes
from fedi.core.statuses.types import ReceivedDelete
from fedi.federation.meaning.incoming import (
    Asks,
    Handler,
    Incoming,
    Known,
    ids,
    settle,
    settle_kinds,
)
from fedi.federation.meaning.unwrap import deed_of
from fedi.federation.reading.featured import read_featured
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

_LISTS = ("Add", "Remove")
# How often a group's pinned posts are read, however often it says that they have changed.
FEATURED_SECONDS = 30.0


def _subject(item: Incoming) -> str | None:
    """The post or person that it is about; of an Undo, what was done to it."""
    _, undone = deed_of(item.activity)
    return item.activity.object_id if undone is None else id_of(undone.get("object"))


def _check(item: Incoming) -> Outcome | None:
    return None if _subject(item) else Refused("it does not say what it is about")


def _asks(item: Incoming) -> Asks:
    target = item.activity.target or id_of((item.activity.object or {}).get("target"))
    return Asks(members=ids(target), statuses=ids(_subject(item)))


def _needs(item: Incoming, _known: Known) -> bool:
    """Whether the group must be asked who keeps order there."""
    if item.via is None:
        return False
    kind, _ = deed_of(item.activity)
    return kind in _LISTS or not same_origin(item.actor_uri, item.signer_uri)


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    group = known.accounts.get(item.signer_uri)
    if not _needs(item, known) or group is None:
        return None
    kind, _ = deed_of(item.activity)
    if kind in _LISTS and item.activity.target == group.featured_url:
        if people.may(("featured of", group.id), FEATURED_SECONDS):
            await read_featured(people, group)
        return Done("read anew")
    await read_moderators(people, group, anew=kind in _LISTS)
    return Done("read anew") if kind in _LISTS else None


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def kind_of(item: Incoming) -> str:
        kind, _ = deed_of(item.activity)
        return _own_word(kind, item, known) or kind

    return await settle_kinds(
        items, kind_of, lambda kind, some: _carry_out(unit, known, kind, some)
    )


def _own_word(kind: str, item: Incoming, known: Known) -> str | None:
    """The deed, where it is the author's about a post of their own."""
    subject = _subject(item)
    stored = known.statuses.get(subject or "")
    if kind == "Delete" and stored is not None and stored.account_uri == item.actor_uri:
        return "own Delete" if item.is_own_word and item.via is None else None
    if kind == "Undo Delete" and stored is None and same_origin(subject, item.actor_uri):
        return "own Undo Delete"
    return None


async def _carry_out(
    unit: Unit, known: Known, kind: str, items: Sequence[Incoming]
) -> Sequence[Outcome]:
    if kind in ("Block", "Undo Block"):
        return await _ban(unit, known, items, is_over=kind == "Undo Block")
    if kind == "own Delete":
        mine = [ReceivedDelete(_subject(item) or "", item.actor_uri) for item in items]
        return await receive_deletes(unit, mine)
    if kind == "own Undo Delete":
        await ask_to_restore(unit, [_subject(item) or "" for item in items])
        return [Done()] * len(items)
    deeds = [_deed(item, known) for item in items]
    if kind == "Delete":
        return await moderation.receive_removals(unit, deeds)
    if kind == "Undo Delete":
        return await moderation.receive_returns(unit, deeds)
    if kind in ("Lock", "Undo Lock"):
        return await moderation.receive_locks(unit, deeds, is_locked=kind == "Lock")
    return [Ignored("nothing of a kind that is kept here")] * len(items)


def _deed(item: Incoming, known: Known) -> Deed:
    actor = known.accounts[item.actor_uri]
    group = known.accounts[item.signer_uri].id if item.via is not None else None
    return Deed(actor.id, actor.uri, _subject(item) or "", group)


async def _ban(
    unit: Unit, known: Known, items: Sequence[Incoming], *, is_over: bool
) -> list[Outcome]:
    def decide(item: Incoming) -> Ban | Outcome:
        _, undone = deed_of(item.activity)
        block = undone if undone is not None else item.activity.raw
        target = id_of(block.get("target")) or ""
        if item.via is not None and target != item.signer_uri:
            return Ignored("banned from elsewhere")
        group = known.accounts.get(target)
        if group is None:
            return Ignored("nothing here to be banned from")
        actor = known.accounts[item.actor_uri]
        until = instant(block.get("endTime") or block.get("expires"))
        return Ban(actor.id, actor.uri, group.id, _subject(item) or "", until)

    async def carry_out(bans: list[Ban]) -> Sequence[Outcome]:
        return await moderation.receive_bans(unit, bans, is_over=is_over)

    return await settle(items, decide, carry_out)


HANDLER = Handler(check=_check, asks=_asks, needs=_needs, fetch=_fetch, apply=_apply)
