"""Who may like, answer and boost a post: one rule, for members and for everybody elsewhere.

A post stores what its author said only where that is not "everybody", as the ids that the wire
names: {"reply": {"automatic": [...], "manual": [...]}}. Whom a post mentions may always answer it.
Who may quote a post is told by numbers of its own; see `core.statuses.policy.quoting_sql`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fedi.ap.authority import PUBLIC
from fedi.core import urls
from fedi.kit.errors import Forbidden, Invalid
from fedi.kit.unit import ReadUnit

Kind = Literal["like", "reply", "announce", "quote"]
Policy = dict[str, dict[str, list[str]]]

ALLOWED, ASKS, FORBIDDEN = range(3)

# What stands in `statuses.approval`.
ASKED, GRANTED, REFUSED = range(3)

_MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a post and its author: the ids by which a policy may name them."""

    names: frozenset[str]
    is_author: bool = False
    is_mentioned: bool = False


def decide(policy: Policy | None, kind: str, standing: Standing) -> int:
    """Whether somebody may do something with a post, may ask for it, or may not."""
    rule = (policy or {}).get(kind)
    if rule is None or standing.is_author or (kind == "reply" and standing.is_mentioned):
        return ALLOWED
    if not standing.names.isdisjoint(rule.get("automatic", ())):
        return ALLOWED
    return FORBIDDEN if standing.names.isdisjoint(rule.get("manual", ())) else ASKS


def own_policy(actor: str, asked: Mapping[str, Mapping[str, Sequence[str]]]) -> Policy | None:
    """The policy of a member's post, from the circles that the member names for each kind.

    Raises:
        Invalid: a circle that nobody knows.
    """
    kept: Policy = {}
    for kind, rule in asked.items():
        automatic = [_circle(actor, name) for name in rule["automatic"][:_MOST_NAMED]]
        manual = [_circle(actor, name) for name in rule["manual"][:_MOST_NAMED]]
        if PUBLIC not in automatic:
            # Everybody whom the post mentions is let in by the rule itself.
            named = [found for found in automatic if found]
            kept[kind] = {
                "automatic": named or [actor],
                "manual": [found for found in manual if found],
            }
    return kept or None


def _circle(actor: str, name: str) -> str | None:
    circles = {
        "public": PUBLIC,
        "followers": urls.followers_url(actor),
        "following": urls.following_url(actor),
        "author": actor,
        "me": actor,
        "mentioned": None,
    }
    if name in circles:
        return circles[name]
    if name.startswith(("https://", "http://")) and len(name) <= 2048:
        return name
    raise Invalid(f"Validation failed: Interaction policy does not know {name[:50]!r}")


def name_circles(actor: str, named: Sequence[str]) -> list[str]:
    """The ids in a rule as apps name them."""
    circles = {
        PUBLIC: "public",
        urls.followers_url(actor): "followers",
        urls.following_url(actor): "following",
        actor: "author",
    }
    return [circles.get(each, each) for each in named]


# OFFSET 0: one index probe for each question.
_STANDINGS = """
SELECT d.n, s.interaction_policy, s.account_id = d.who AS is_author,
  EXISTS (SELECT 1 FROM status_mentions m WHERE m.status_id = s.id AND m.account_id = d.who
    OFFSET 0) AS is_mentioned,
  w.uri, a.uri AS author, a.followers_url, a.following_url,
  EXISTS (SELECT 1 FROM follows f WHERE f.account_id = d.who AND f.target_id = s.account_id
    AND f.accepted OFFSET 0) AS follows,
  EXISTS (SELECT 1 FROM follows b WHERE b.account_id = s.account_id AND b.target_id = d.who
    AND b.accepted OFFSET 0) AS followed
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS d(status_id, who, n)
JOIN statuses s ON s.id = d.status_id
JOIN accounts a ON a.id = s.account_id
JOIN accounts w ON w.id = d.who
WHERE s.interaction_policy IS NOT NULL
"""


async def decide_all(read: ReadUnit, deeds: Sequence[tuple[str, int, int]]) -> list[int]:
    """For each (kind, post, who): whether they may, may ask, or may not."""
    answers = [ALLOWED] * len(deeds)
    if not deeds:
        return answers
    rows = await read.fetch(_STANDINGS, [d[1] for d in deeds], [d[2] for d in deeds])
    for row in rows:
        place = row["n"] - 1
        answers[place] = decide(row["interaction_policy"], deeds[place][0], _standing(row))
    return answers


def _standing(row: Any) -> Standing:
    names = {PUBLIC, row["uri"]}
    if row["follows"]:
        names.add(row["followers_url"] or urls.followers_url(row["author"]))
    if row["followed"]:
        names.add(row["following_url"] or urls.following_url(row["author"]))
    return Standing(frozenset(names), row["is_author"], row["is_mentioned"])


async def check_member(read: ReadUnit, kind: Kind, status_id: int, account_id: int) -> bool:
    """Whether a member who wants to do something with a post has to ask its author first.

    Raises:
        Forbidden: the author lets nobody like this member do it.
    """
    answer = (await decide_all(read, [(kind, status_id, account_id)]))[0]
    if answer == FORBIDDEN:
        raise Forbidden("This action is not allowed")
    return answer == ASKS
