"""What members do with posts: like, react, boost, keep; and take it back."""

from dataclasses import dataclass

from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.emojis.queries import find_used
from fedi.core.interactions import reactions
from fedi.core.interactions.reactions import NewReaction
from fedi.core.media.links import file_url
from fedi.core.statuses.compose import MOVED
from fedi.core.statuses.consent.deeds import ask_member, like_wish, must_ask
from fedi.core.statuses.consent.policy import ASKED
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.policy import PRIVATE, PUBLIC, may_reblog, visible_sql
from fedi.core.statuses.reactions import Emoji
from fedi.core.statuses.removal import remove
from fedi.events import (
    InteractionAsked,
    StatusBookmarked,
    StatusBoosted,
    StatusFavourited,
    StatusUnfavourited,
)
from fedi.kit.emoji import is_emoji
from fedi.kit.errors import Forbidden, Invalid, NotFound
from fedi.kit.unit import Unit

_TARGET = (
    "SELECT t.id, t.account_id, t.visibility, t.local_only,"
    " t.interaction_policy IS NOT NULL, t.local FROM statuses s"
    " JOIN statuses t ON t.id = coalesce(s.reblog_of_id, s.id)"
    f" WHERE s.id = $2 AND {visible_sql('s', '$1::bigint')} FOR KEY SHARE OF t"
)


@dataclass(frozen=True, slots=True)
class _Target:
    """The post that is acted on, held so that it is not deleted meanwhile."""

    id: int
    account_id: int
    visibility: int
    local_only: bool
    # Whether its author lets only some do everything with it, and whether that is a member.
    is_guarded: bool
    is_local: bool


async def _find_target(unit: Unit, account_id: int, status_id: int) -> _Target:
    row = await unit.row(_TARGET, account_id, status_id)
    if row is None:
        raise NotFound
    return _Target(*row)


async def favourite(
    unit: Unit, account: Account, status_id: int, *, is_allowed: bool = False
) -> int:
    """Like a post; the id of the post that is liked (of a boost, the original).

    Where its author is to be asked first, a member is, unless that has been done (`is_allowed`).
    Likes go to the author alone, so of somebody elsewhere the like itself is the question.

    Raises:
        NotFound: there is no such post for this account.
        Forbidden: the author does not let this account like it.
    """
    target = await _find_target(unit, account.id, status_id)
    if not is_allowed and await must_ask(unit, "like", target, account.id) and target.is_local:
        await ask_member(unit, "like", target, account, like_wish(account, target.id))
        return target.id
    favourite_id = await unit.new_id()
    row = await unit.row(
        "INSERT INTO favourites AS f (id, account_id, status_id, uri, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (status_id, account_id)"
        # Who has reacted counts already; a like is more than that.
        " DO UPDATE SET by_reaction = false, uri = excluded.uri WHERE f.by_reaction"
        " RETURNING f.id, xmax = 0 AS is_new",
        favourite_id,
        account.id,
        target.id,
        urls.like_uri(urls.origin_of(account.uri), favourite_id),
        unit.now(),
    )
    if row is not None:
        if row["is_new"]:
            await _count_favourite(unit, target.id, 1)
        unit.record(StatusFavourited(row["id"], target.id, account.id, local=True))
    return target.id


async def unfavourite(unit: Unit, account: Account, status_id: int) -> int:
    """Take a like back, and with it all reactions; the id of the post that was liked.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    row = await unit.row(
        "DELETE FROM favourites WHERE status_id = $1 AND account_id = $2"
        " RETURNING uri, by_reaction",
        target.id,
        account.id,
    )
    if row is not None:
        tally = Tally()
        tally.favourite(target.id, -1)
        await reactions.end_others(unit, {(target.id, account.id): ""}, tally)
        await tally.write(unit)
        if not row["by_reaction"]:
            unit.record(StatusUnfavourited(target.id, account.id, row["uri"] or "", local=True))
    return target.id


async def _count_favourite(unit: Unit, status_id: int, by: int) -> None:
    tally = Tally()
    tally.favourite(status_id, by)
    await tally.write(unit)


async def react(unit: Unit, account: Account, status_id: int, name: str) -> int:
    """React to a post with an emoji, of Unicode or a custom one; the id of the (original) post.

    Raises:
        NotFound: there is no such post for this account.
        Forbidden: its author does not let this account do that without asking.
        Invalid: there is no such emoji, or there are too many by this account.
    """
    target = await _find_target(unit, account.id, status_id)
    if await must_ask(unit, "like", target, account.id) and target.is_local:
        # A like can wait for its author's word; a reaction is not worth the question.
        raise Forbidden("This action is not allowed")
    emoji = await _find_emoji(unit, account, target.id, name)
    kept = await unit.fetch(
        "SELECT name FROM status_reactions WHERE status_id = $1 AND account_id = $2",
        target.id,
        account.id,
    )
    if emoji.name not in {row[0] for row in kept} and len(kept) >= reactions.MOST:
        raise Invalid("Validation failed: Limit of different reactions reached")
    wanted = NewReaction(target.id, account.id, emoji, None, local=True, alone=False)
    await reactions.store(unit, [wanted])
    return target.id


async def _find_emoji(unit: Unit, account: Account, status_id: int, name: str) -> Emoji:
    """An emoji to react with: also one of another server, where somebody else did so before."""
    name = name.strip().strip(":")
    if is_emoji(name):
        return Emoji(name)
    bare, _, host = name.partition("@")
    if not host:
        for ours in await find_used(unit, [f":{bare}:"]):
            if ours["shortcode"] == bare:
                return Emoji(bare, file_url(urls.origin_of(account.uri), ours["key"]))
    url = await unit.value(
        "SELECT url FROM status_reactions WHERE status_id = $1 AND name = $2"
        " AND url IS NOT NULL LIMIT 1",
        status_id,
        name,
    )
    if url is None:
        raise Invalid("Validation failed: Name is not a recognized emoji", field="name")
    return Emoji(name, url)


async def unreact(unit: Unit, account: Account, status_id: int, name: str) -> int:
    """Take a reaction back, if there is one; the id of the (original) post.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    rows = await unit.fetch(
        "SELECT id FROM status_reactions WHERE status_id = $1 AND account_id = $2 AND name = $3",
        target.id,
        account.id,
        name.strip().strip(":"),
    )
    await reactions.end(unit, [row["id"] for row in rows])
    return target.id


async def bookmark(unit: Unit, account: Account, status_id: int) -> int:
    """Keep a post; the id of the post that is kept.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    added = await unit.execute(
        "INSERT INTO bookmarks (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (status_id, account_id) DO NOTHING",
        await unit.new_id(),
        account.id,
        target.id,
        unit.now(),
    )
    if added:
        unit.record(StatusBookmarked(target.id, account.id))
    return target.id


async def unbookmark(unit: Unit, account: Account, status_id: int) -> int:
    """Keep a post no longer; the id of the post.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    await unit.execute(
        "DELETE FROM bookmarks WHERE status_id = $1 AND account_id = $2", target.id, account.id
    )
    return target.id


async def reblog(
    unit: Unit, account: Account, status_id: int, visibility: int | None = None
) -> int:
    """Boost a post; the id of the boost, also if it was there already.

    Raises:
        NotFound: there is no such post for this account.
        Forbidden: what is not for all, only its author may boost; or the author forbids it; or
            the member has moved away.
    """
    if account.moved_to_uri:
        raise Forbidden(MOVED)
    target = await _find_target(unit, account.id, status_id)
    if not may_reblog(target.visibility, is_author=target.account_id == account.id):
        raise Forbidden("This action is not allowed")
    waits = await must_ask(unit, "announce", target, account.id)
    asked = PUBLIC if visibility is None else visibility
    seen_by = min(
        max(asked, target.visibility if target.visibility == PRIVATE else PUBLIC), PRIVATE
    )
    boost_id = await unit.new_id()
    origin = urls.origin_of(account.uri)
    added = await unit.execute(
        "INSERT INTO statuses (id, uri, url, account_id, local, visibility, reblog_of_id,"
        " created_at, local_only, approval) VALUES ($1, $2, NULL, $3, true, $4, $5, $6, $7, $8)"
        " ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL DO NOTHING",
        boost_id,
        urls.boost_uri(origin, account.id, boost_id),
        account.id,
        seen_by,
        target.id,
        unit.now(),
        target.local_only,
        ASKED if waits else None,
    )
    if not added:
        return await _find_boost(unit, account.id, target.id) or target.id
    tally = Tally()
    if not waits:
        tally.reblog(target.id)
    tally.status(account.id, seen_by, 1, unit.now())
    await tally.write(unit)
    await unit.execute(
        "INSERT INTO home_entries (account_id, status_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account.id,
        boost_id,
    )
    if not waits:
        unit.record(StatusBoosted(boost_id, account.id, target.id, local=True))
    elif target.is_local:
        uri = urls.boost_uri(origin, account.id, boost_id)
        await ask_member(unit, "announce", target, account, uri)
    else:
        unit.record(InteractionAsked(boost_id, account.id))
    return boost_id


async def unreblog(unit: Unit, account: Account, status_id: int) -> int:
    """Take a boost back; the id of the original.

    Raises:
        NotFound: there is no such post for this account.
    """
    target = await _find_target(unit, account.id, status_id)
    boost_id = await _find_boost(unit, account.id, target.id)
    if boost_id is not None:
        await remove(unit, [boost_id])
    return target.id


async def _find_boost(unit: Unit, account_id: int, original_id: int) -> int | None:
    return await unit.value(
        "SELECT id FROM statuses WHERE reblog_of_id = $1 AND account_id = $2",
        original_id,
        account_id,
    )
