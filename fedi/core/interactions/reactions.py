"""Reactions with an emoji: by members, and by others from the network.

Whoever reacts counts as one who likes the post: apps that know no reactions show them so. That is
a row of `favourites` which says that it is there only for that (`by_reaction`); a like that stands
already stays what it is. Some servers know one reaction to a post for each person and write it as a
Like: there a new one takes the place of all before. Others (EmojiReact) add one to the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from fedi.core import undone
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.reactions import Emoji
from fedi.core.undone import Undone
from fedi.events import StatusReacted, StatusUnreacted
from fedi.kit.result import Done, Ignored, Outcome
from fedi.kit.unit import Unit

# Different emojis by one account to one post.
MOST = 10

_REPLACED = Undone(applied=True, signed_at=None)

# Who reacted to what: (post, account).
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NewReaction:
    """A reaction to a post that is here and that the account may see."""

    status_id: int
    account_id: int
    emoji: Emoji
    uri: str | None
    local: bool
    # Whether it takes the place of all before, as it was written as a Like.
    alone: bool

    @property
    def pair(self) -> Pair:
        """The post, and who reacts."""
        return (self.status_id, self.account_id)


_INSERT = f"""
INSERT INTO status_reactions AS r (id, status_id, account_id, name, url, uri, created_at)
SELECT d.id, d.status_id, d.who, d.name, d.url, d.uri, $7
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
  AS d(id, status_id, who, name, url, uri)
WHERE (SELECT count(*) FROM status_reactions o WHERE o.status_id = d.status_id
  AND o.account_id = d.who AND o.name <> d.name) < {MOST}
ORDER BY d.status_id, d.who, d.name
ON CONFLICT (status_id, account_id, name) DO UPDATE SET uri = coalesce(excluded.uri, r.uri)
RETURNING r.id, r.status_id, r.account_id, r.name, r.uri, xmax = 0 AS is_new
"""


async def store(unit: Unit, items: Sequence[NewReaction]) -> set[tuple[int, int, str]]:
    """Store reactions, in order; those (post, account, name) that were not there before.

    Records StatusReacted and StatusUnreacted.
    """
    wanted = _choose(items)
    if not wanted:
        return set()
    tally = Tally()
    alone = [each for each in wanted if each.alone]
    await _replace(unit, alone, tally)
    rows = await unit.fetch(
        _INSERT,
        await unit.new_ids(len(wanted)),
        [each.status_id for each in wanted],
        [each.account_id for each in wanted],
        [each.emoji.name for each in wanted],
        [each.emoji.url for each in wanted],
        [each.uri if is_storable(each.uri) else None for each in wanted],
        unit.now(),
    )
    by_key = {(each.status_id, each.account_id, each.emoji.name): each for each in wanted}
    stored = {(row["status_id"], row["account_id"], row["name"]): row for row in rows}
    await _count_as_likes(unit, [by_key[key] for key in sorted(stored)], tally)
    new = {key for key, row in stored.items() if row["is_new"]}
    for key in sorted(new, key=lambda key: stored[key]["id"]):
        tally.reaction(key[0])
        reaction = by_key[key]
        unit.record(
            StatusReacted(stored[key]["id"], key[0], key[1], reaction.local, *_said(reaction.emoji))
        )
    await tally.write(unit)
    return new


def _said(emoji: Emoji) -> tuple[str, str]:
    return emoji.name, emoji.url or ""


def _choose(items: Sequence[NewReaction]) -> list[NewReaction]:
    """What of a batch remains: one of each name, and of those alone the last one."""
    chosen: dict[Pair, dict[str, NewReaction]] = {}
    for item in items:
        standing = chosen.setdefault(item.pair, {})
        if item.alone:
            standing.clear()
        if item.emoji.name in standing or len(standing) < MOST:
            standing[item.emoji.name] = item
    return [each for standing in chosen.values() for each in standing.values()]


async def _replace(unit: Unit, items: Sequence[NewReaction], tally: Tally) -> None:
    keep = {item.pair: item.emoji.name for item in items}
    await end_others(unit, keep, tally)


async def end_others(unit: Unit, keep: Mapping[Pair, str], tally: Tally) -> None:
    """Take away the reactions of these pairs that have other names; "" keeps none."""
    if not keep:
        return
    rows = await unit.fetch(
        "DELETE FROM status_reactions r"
        " USING unnest($1::bigint[], $2::bigint[], $3::text[]) AS k(status_id, who, name)"
        " WHERE r.status_id = k.status_id AND r.account_id = k.who AND r.name <> k.name"
        f" RETURNING {_GONE}",
        [status_id for status_id, _ in keep],
        [who for _, who in keep],
        list(keep.values()),
    )
    _record_gone(unit, rows, tally)


_GONE = (
    "r.id, r.status_id, r.account_id, r.name, r.url, r.uri,"
    " EXISTS (SELECT 1 FROM accounts a WHERE a.id = r.account_id AND a.domain IS NULL) AS local"
)


def _record_gone(unit: Unit, rows: Iterable[asyncpg.Record], tally: Tally) -> None:
    for row in sorted(rows, key=lambda row: row["id"]):
        tally.reaction(row["status_id"], -1)
        unit.record(
            StatusUnreacted(
                row["id"],
                row["status_id"],
                row["account_id"],
                row["local"],
                row["name"],
                row["url"] or "",
            )
        )


async def _count_as_likes(unit: Unit, items: Sequence[NewReaction], tally: Tally) -> None:
    """Whoever reacts counts as one who likes; a Like that is a reaction now was one before."""
    last = {item.pair: item for item in items}
    pairs = sorted(last)
    rows = await unit.fetch(
        "INSERT INTO favourites AS f (id, account_id, status_id, uri, by_reaction, created_at)"
        " SELECT d.id, d.who, d.status_id, d.uri, true, $5"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])"
        "   AS d(id, who, status_id, uri)"
        " ON CONFLICT (status_id, account_id) DO UPDATE SET by_reaction = true,"
        "   uri = excluded.uri, created_at = excluded.created_at"
        "   WHERE excluded.uri IS NOT NULL AND f.uri IS DISTINCT FROM excluded.uri"
        " RETURNING f.status_id, xmax = 0 AS is_new,"
        "   (SELECT o.uri FROM favourites o WHERE o.id = f.id) AS older,"
        "   (SELECT a.uri FROM accounts a WHERE a.id = f.account_id) AS actor_uri",
        await unit.new_ids(len(pairs)),
        [who for _, who in pairs],
        [status_id for status_id, _ in pairs],
        [_like_id(last[pair]) for pair in pairs],
        unit.now(),
    )
    for row in rows:
        if row["is_new"]:
            tally.favourite(row["status_id"])
    # An Undo of what another has replaced comes too late.
    older = [(row["older"], row["actor_uri"]) for row in rows if row["older"]]
    await undone.remember(unit, dict.fromkeys(older, _REPLACED))


def _like_id(item: NewReaction) -> str | None:
    """Of a reaction that is a Like, its id: an Undo of the Like means the reaction."""
    return item.uri if item.alone and not item.local and is_storable(item.uri) else None


async def end(unit: Unit, reaction_ids: Sequence[int]) -> set[int]:
    """Take reactions back; those that were still there.

    Who reacts no more, and did not like it besides, counts as one who likes no more.
    """
    if not reaction_ids:
        return set()
    rows = await unit.fetch(
        f"DELETE FROM status_reactions r WHERE r.id = ANY($1::bigint[]) RETURNING {_GONE}",
        sorted(reaction_ids),
    )
    tally = Tally()
    _record_gone(unit, rows, tally)
    pairs = sorted({(row["status_id"], row["account_id"]) for row in rows})
    gone = await unit.fetch(
        "DELETE FROM favourites f USING unnest($1::bigint[], $2::bigint[]) AS p(status_id, who)"
        " WHERE f.status_id = p.status_id AND f.account_id = p.who AND f.by_reaction"
        " AND NOT EXISTS (SELECT 1 FROM status_reactions r WHERE r.status_id = f.status_id"
        "   AND r.account_id = f.account_id) RETURNING f.status_id",
        [status_id for status_id, _ in pairs],
        [who for _, who in pairs],
    )
    for row in gone:
        tally.favourite(row["status_id"], -1)
    await tally.write(unit)
    return {row["id"] for row in rows}


@dataclass(frozen=True, slots=True)
class ReceivedUnreaction:
    """An Undo of a reaction: by its id, by the post and the emoji, or by the post alone."""

    account_id: int
    actor_uri: str
    uri: str | None
    object_uri: str | None
    # The emoji, of a custom one the shortcode; empty where it does not say.
    name: str
    signed_at: datetime | None


_STANDING = """
SELECT r.id, r.uri, r.account_id, r.name, s.uri AS object_uri
FROM status_reactions r JOIN statuses s ON s.id = r.status_id
WHERE r.account_id = ANY($1::bigint[])
  AND (r.uri = ANY($2::text[]) OR s.uri = ANY($3::text[])) ORDER BY r.id + 0
"""


async def receive_undo_reactions(unit: Unit, items: Sequence[ReceivedUnreaction]) -> list[Outcome]:
    """Take reactions back; records StatusUnreacted. One that never came is remembered."""
    rows = await unit.fetch(
        _STANDING,
        [item.account_id for item in items],
        [item.uri for item in items if item.uri],
        [item.object_uri for item in items if item.object_uri],
    )
    outcomes: list[Outcome] = []
    doomed: set[int] = set()
    memory: dict[undone.Key, Undone] = {}
    early: list[undone.Key] = []
    for item in items:
        row = _find_meant([row for row in rows if row["id"] not in doomed], item)
        for uri in {item.uri, row["uri"] if row is not None else None}:
            if uri and is_storable(uri):
                memory[uri, item.actor_uri] = Undone(row is not None, item.signed_at)
        if row is not None:
            doomed.add(row["id"])
        elif not item.uri and item.object_uri:
            early.append((undone.nameless("EmojiReact", item.object_uri), item.actor_uri))
        outcomes.append(Ignored("not here") if row is None else Done())
    await undone.remember(unit, memory)
    await undone.expect(unit, [key for key in early if is_storable(key[0])])
    await end(unit, sorted(doomed))
    return outcomes


def _find_meant(rows: Sequence[asyncpg.Record], item: ReceivedUnreaction) -> asyncpg.Record | None:
    """The reaction that an Undo means, of those by its actor."""
    mine = [row for row in rows if row["account_id"] == item.account_id]
    by_id = [row for row in mine if item.uri and row["uri"] == item.uri]
    if by_id:
        return by_id[0]
    there = [row for row in mine if row["object_uri"] == item.object_uri]
    if item.name:
        there = [row for row in there if item.name in {row["name"], row["name"].partition("@")[0]}]
    return there[0] if len(there) == 1 else None
