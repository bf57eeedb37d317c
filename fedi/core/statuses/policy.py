"""Who may see a post: one rule, once as SQL and once in Python; a property test holds them equal.

    the author is gone or suspended   nobody
    the author blocks the viewer      no
    public, unlisted                  everybody
    followers-only                    the author, accepted followers, those mentioned
    direct                            the author, those mentioned
    local-only, whatever else         nobody but members of this server
    waiting, or turned down           the author, and who was asked to allow it
    a boost                           whoever may see the boost and the original

Every reader of posts uses `visible_sql` (or `seen_sql`, its half for one post alone) or `may_see`.
`wanted_sql` comes on top where posts are shown unasked: what a viewer may see, but does not want.
"""

from dataclasses import dataclass

from fedi.ap.authority import visibility
from fedi.core.accounts.types import Account

PUBLIC = 0
UNLISTED = 1
PRIVATE = 2
DIRECT = 3

NAMES = ("public", "unlisted", "private", "direct")
NUMBERS = {name: number for number, name in enumerate(NAMES)}

# What a viewer may do who wants to quote a post, by number.
QUOTING = ("denied", "automatic", "manual", "unknown")
DENIED, AUTOMATIC, MANUAL = range(3)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule asks about one post and one viewer; all False for an anonymous one."""

    visibility: int
    author_gone: bool = False
    author_blocks: bool = False
    is_author: bool = False
    is_follower: bool = False
    is_mentioned: bool = False
    # Whether the post stays on this server, and whether the viewer is a member of it.
    local_only: bool = False
    is_local: bool = False
    # Whether somebody has not allowed it (yet), and whether the viewer is the one to do so.
    is_waiting: bool = False
    is_asked: bool = False
    # For a boost: the same about the original.
    original: "Facts | None" = None


def may_see(facts: Facts) -> bool:
    """Whether the viewer may see the post."""
    if facts.author_gone or facts.author_blocks or (facts.local_only and not facts.is_local):
        return False
    if facts.is_waiting and not (facts.is_author or facts.is_asked):
        return False
    if facts.original is not None and not may_see(facts.original):
        return False
    if facts.visibility <= UNLISTED or facts.is_author or facts.is_mentioned:
        return True
    return facts.visibility == PRIVATE and facts.is_follower


def may_reblog(post_visibility: int, *, is_author: bool) -> bool:
    """Whether who sees a post may boost it: what is not for all, only its author may."""
    return post_visibility <= UNLISTED or (post_visibility == PRIVATE and is_author)


def received_visibility(to: tuple[str, ...], cc: tuple[str, ...], author: Account) -> int:
    """Who a received post is for, by its addresses and the author's stored followers collection."""
    return NUMBERS[visibility(to, cc, author.followers_url)]


def seen_sql(status: str, author: str, viewer: str) -> str:
    """The rule for one post by itself; `author` is the row of `accounts` joined to it.

    Args:
        status: alias of the post's row.
        author: alias of its author's row.
        viewer: the viewer's account id as SQL; NULL for an anonymous one.

    OFFSET 0 keeps these questions what they are, one index probe each: without it Postgres may
    answer them by hashing everything that the viewer ever followed or was mentioned in.
    """
    return (
        f"({author}.deleted_at IS NULL AND {author}.suspended_at IS NULL"
        f" AND NOT EXISTS (SELECT 1 FROM blocks vb"
        f"   WHERE vb.account_id = {status}.account_id AND vb.target_id = {viewer})"
        f" AND (coalesce({status}.approval, 1) = 1 OR {status}.account_id = {viewer}"
        f"   OR {status}.in_reply_to_account_id = {viewer})"
        f" AND (NOT {status}.local_only OR EXISTS (SELECT 1 FROM accounts vl"
        f"   WHERE vl.id = {viewer} AND vl.domain IS NULL OFFSET 0))"
        f" AND ({status}.visibility <= {UNLISTED} OR {status}.account_id = {viewer}"
        f"   OR EXISTS (SELECT 1 FROM status_mentions vm"
        f"     WHERE vm.status_id = {status}.id AND vm.account_id = {viewer} OFFSET 0)"
        f"   OR ({status}.visibility = {PRIVATE} AND EXISTS (SELECT 1 FROM follows vf"
        f"     WHERE vf.account_id = {viewer} AND vf.target_id = {status}.account_id"
        f"     AND vf.accepted OFFSET 0))))"
    )


def visible_sql(status: str, viewer: str) -> str:
    """The whole rule as a condition on a row of `statuses`, whatever else is joined."""
    return (
        f"(EXISTS (SELECT 1 FROM accounts va WHERE va.id = {status}.account_id"
        f"   AND {seen_sql(status, 'va', viewer)})"
        f" AND ({status}.reblog_of_id IS NULL OR EXISTS (SELECT 1 FROM statuses vo"
        f"   JOIN accounts voa ON voa.id = vo.account_id"
        f"   WHERE vo.id = {status}.reblog_of_id AND {seen_sql('vo', 'voa', viewer)})))"
    )


def federated_sql(status: str) -> str:
    """Whether a post may leave this server at all, whoever asks for it there."""
    # What waits for somebody's word is shown to nobody else; see `core.consent`.
    return f"(NOT {status}.local_only AND coalesce({status}.approval, 1) = 1)"


def quoting_sql(viewer: str, *, author: str, visibility: str, policy: str, manual: str) -> str:
    """What the viewer may do who wants to quote a post that they see: a number of `QUOTING`.

    All arguments are SQL: the viewer's account id or NULL, and columns of the post.
    """
    follows = (
        f"EXISTS (SELECT 1 FROM follows qf WHERE qf.account_id = {viewer}"
        f" AND qf.target_id = {author} AND qf.accepted OFFSET 0)"
    )
    return (
        f"CASE WHEN {viewer} IS NULL OR {visibility} = {DIRECT} THEN {DENIED}"
        f" WHEN {author} = {viewer} THEN {AUTOMATIC}"
        f" WHEN {visibility} > {UNLISTED} THEN {DENIED}"
        f" WHEN {policy} = 2 THEN {AUTOMATIC}"
        f" WHEN ({policy} = 1 OR {manual} = 1) AND {follows}"
        f" THEN CASE WHEN {policy} = 1 THEN {AUTOMATIC} ELSE {MANUAL} END"
        f" WHEN {manual} = 2 THEN {MANUAL} ELSE {DENIED} END"
    )


def wanted_sql(viewer: str, accounts: tuple[str, ...], domains: tuple[str, ...] = ()) -> str:
    """Whether the viewer neither blocks nor mutes any of these accounts (ids as SQL, or NULL).

    With `domains` (of these accounts, as SQL, or NULL) also whether none of them is shut out.
    """
    listed = ", ".join(accounts)
    return (
        f"(NOT EXISTS (SELECT 1 FROM blocks wb WHERE wb.account_id = {viewer}"
        f"   AND wb.target_id IN ({listed}))"
        f" AND NOT EXISTS (SELECT 1 FROM mutes wm WHERE wm.account_id = {viewer}"
        f"   AND wm.target_id IN ({listed})"
        f"   AND (wm.expires_at IS NULL OR wm.expires_at > now()))"
        + (
            f" AND NOT EXISTS (SELECT 1 FROM account_domain_blocks wd"
            f"   WHERE wd.account_id = {viewer} AND wd.domain IN ({', '.join(domains)}))"
            if domains
            else ""
        )
        + ")"
    )
