"""Undo: of a Follow, Like, reaction, Announce or Block, by id, by what it was about, or by both."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from fedi.ap.lenient import as_object, id_of, ids_of, type_of
from fedi.core import interactions
from fedi.core.interactions.dislikes import receive_undo_dislikes
from fedi.core.interactions.reactions import ReceivedUnreaction, receive_undo_reactions
from fedi.core.relationships import blocks, receive, types
from fedi.core.statuses.types import ReceivedUndo
from fedi.federation.meaning.emojis import read_name
from fedi.federation.meaning.incoming import Asks, Handler, Incoming, Known, ids, settle_kinds
from fedi.federation.meaning.parts import split_objects
from fedi.kit.result import Ignored, Outcome, Refused
from fedi.kit.unit import ReadUnit, Unit

# What was undone was a row of this kind; an id alone does not say so.
_KIND = """
SELECT k.uri, k.actor, CASE
  WHEN EXISTS (SELECT 1 FROM follows t WHERE t.uri = k.uri AND t.account_id = k.actor)
    THEN 'Follow'
  WHEN EXISTS (SELECT 1 FROM favourites t WHERE t.uri = k.uri AND t.account_id = k.actor)
    THEN 'Like'
  WHEN EXISTS (SELECT 1 FROM statuses t WHERE t.uri = k.uri AND t.account_id = k.actor
    AND t.reblog_of_id IS NOT NULL) THEN 'Announce'
  WHEN EXISTS (SELECT 1 FROM blocks t WHERE t.uri = k.uri AND t.account_id = k.actor)
    THEN 'Block'
  WHEN EXISTS (SELECT 1 FROM status_reactions t WHERE t.uri = k.uri AND t.account_id = k.actor)
    THEN 'EmojiReact'
  WHEN EXISTS (SELECT 1 FROM dislikes t WHERE t.uri = k.uri AND t.account_id = k.actor)
    THEN 'Dislike'
END FROM unnest($1::text[], $2::bigint[]) AS k(uri, actor)
"""
_KINDS = ("Follow", "Like", "EmojiReact", "Announce", "Block", "Accept", "Dislike")


def _check(item: Incoming) -> Outcome | None:
    inner = item.activity.object
    if inner is None:
        return None if item.activity.object_id else Refused("the Undo has no object")
    named = id_of(inner.get("actor"))
    if named is not None and named != item.actor_uri:
        return Refused("it undoes what somebody else did")
    kind = type_of(inner, _KINDS)
    if kind is None and type_of(inner) is not None:
        return Ignored("nothing of a kind that is kept here")
    if item.activity.object_id is None and id_of(inner.get("object")) is None:
        return Refused("it does not say what it undoes")
    return None


def _asks(item: Incoming) -> Asks:
    inner = item.activity.object or {}
    accepted = as_object(inner.get("object")) or {}
    return Asks(members=ids(id_of(inner.get("object")), id_of(accepted.get("actor"))))


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    found = await _find_kinds(unit, known, items)

    def kind_of(item: Incoming) -> str:
        return _kind_of(item.activity.object) or found.get(item.row_id) or "Follow"

    return await settle_kinds(items, kind_of, lambda kind, some: _UNDO[kind](unit, known, some))


def _kind_of(inner: dict[str, Any] | None) -> str | None:
    """What is undone, as far as it is said; a Like that only its emoji names is a reaction."""
    kind = type_of(inner, _KINDS)
    if inner is not None and kind == "Like" and inner.get("id") is None and read_name(inner):
        return "EmojiReact"
    return kind


async def _find_kinds(
    read: ReadUnit, known: Known, items: Sequence[Incoming]
) -> dict[int, str | None]:
    """For those that give an id and nothing else: what stands here under that id."""
    bare = [item for item in items if type_of(item.activity.object, _KINDS) is None]
    if not bare:
        return {}
    actors = [known.accounts[item.actor_uri].id for item in bare]
    rows = await read.fetch(_KIND, [item.activity.object_id for item in bare], actors)
    kinds = {(row[0], row[1]): row[2] for row in rows}
    return {
        item.row_id: kinds.get((item.activity.object_id, actor))
        for item, actor in zip(bare, actors, strict=True)
    }


def _of_person(known: Known, item: Incoming) -> types.ReceivedUndo:
    target = known.local(id_of((item.activity.object or {}).get("object")))
    return types.ReceivedUndo(
        account_id=known.accounts[item.actor_uri].id,
        uri=item.activity.object_id,
        target_id=target.id if target else None,
        signed_at=item.signed_at,
    )


def _of_post(known: Known, item: Incoming) -> ReceivedUndo:
    return ReceivedUndo(
        uri=item.activity.object_id,
        account_id=known.accounts[item.actor_uri].id,
        actor_uri=item.actor_uri,
        object_uri=id_of((item.activity.object or {}).get("object")),
        signed_at=item.signed_at,
        received_at=item.received_at,
    )


async def _undo_follows(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return await receive.receive_undo_follows(unit, [_of_person(known, item) for item in items])


async def _undo_blocks(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return await blocks.receive_undo_blocks(unit, [_of_person(known, item) for item in items])


async def _undo_likes(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    undos = list(map(partial(_of_post, known), items))
    return await interactions.receive_undo_likes(unit, undos)


async def _undo_reactions(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return await receive_undo_reactions(unit, [_of_reaction(known, item) for item in items])


def _of_reaction(known: Known, item: Incoming) -> ReceivedUnreaction:
    inner = item.activity.object or {}
    return ReceivedUnreaction(
        account_id=known.accounts[item.actor_uri].id,
        actor_uri=item.actor_uri,
        uri=item.activity.object_id,
        object_uri=id_of(inner.get("object")),
        name=read_name(inner),
        signed_at=item.signed_at,
    )


async def _undo_dislikes(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return await receive_undo_dislikes(unit, [_of_post(known, item) for item in items])


async def _undo_announces(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    undos: list[ReceivedUndo] = []
    firsts: list[int] = []
    for item in items:
        undo = _of_post(known, item)
        firsts.append(len(undos))
        undos.append(undo)
        # One Announce may have been the boost of several posts.
        parts = split_objects(undo.uri or "", ids_of((item.activity.object or {}).get("object")))
        undos += [replace(undo, uri=undo.uri and uri, object_uri=it) for uri, it in parts[1:]]
    outcomes = await interactions.receive_undo_announces(unit, undos)
    return [outcomes[first] for first in firsts]


async def _undo_accepts(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    """To take back a yes is to say no."""
    answers: list[types.ReceivedAnswer] = []
    for item in items:
        follow = (item.activity.object or {}).get("object")
        follower = known.local(id_of((as_object(follow) or {}).get("actor")))
        actor = known.accounts[item.actor_uri]
        answers.append(
            types.ReceivedAnswer(actor.id, id_of(follow), follower.id if follower else None)
        )
    return await receive.receive_rejects(unit, answers)


_UNDO = {
    "Follow": _undo_follows,
    "Like": _undo_likes,
    "EmojiReact": _undo_reactions,
    "Announce": _undo_announces,
    "Block": _undo_blocks,
    "Accept": _undo_accepts,
    "Dislike": _undo_dislikes,
}

HANDLER = Handler(check=_check, asks=_asks, apply=_apply, from_suspended=True)
