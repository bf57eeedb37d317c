"""Who may see a post: one rule, once as SQL and once in Python; a property test holds them equal.

    the author is gone or suspended   nobody
    the author blocks the viewer      no
    public, unlisted                  everybody
    followers-only                    the author, accepted followers, those mentioned
    direct                            the author, those mentioned
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule asks about one post and one viewer; all False for an anonymous one."""

    visibility: int
    author_gone: bool = False
    author_blocks: bool = False
    is_author: bool = False
    is_follower: bool = False
    is_mentioned: bool = False
    # For a boost: the same about the original.
    original: "Facts | None" = None


def may_see(facts: Facts) -> bool:
    """Whether the viewer may see the post."""
    if facts.author_gone or facts.author_blocks:
        return False
    if facts.original is not None and not may_see(facts.original):
        return False
    if facts.visibility <= UNLISTED or facts.is_author or facts.is_mentioned:
        return True
    return facts.visibility == PRIVATE and facts.is_follower


def may_reblog(post_visibility: int, *, is_author: bool) -> bool:
    """Whether who sees a post may boost it: what is not for all, only its author may."""
    return post_visibility <= UNLISTED or (post_visibility == PRIVATE and is_author)


def may_change(account: Account, author_id: int) -> bool:
    """Whether an account may edit or delete a post: equality of persons, nothing else."""
    return account.id == author_id and not account.is_gone


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


def wanted_sql(viewer: str, accounts: tuple[str, ...]) -> str:
    """Whether the viewer neither blocks nor mutes any of these accounts (ids as SQL, or NULL)."""
    listed = ", ".join(accounts)
    return (
        f"(NOT EXISTS (SELECT 1 FROM blocks wb WHERE wb.account_id = {viewer}"
        f"   AND wb.target_id IN ({listed}))"
        f" AND NOT EXISTS (SELECT 1 FROM mutes wm WHERE wm.account_id = {viewer}"
        f"   AND wm.target_id IN ({listed})"
        f"   AND (wm.expires_at IS NULL OR wm.expires_at > now())))"
    )
