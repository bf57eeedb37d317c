"""Add and Remove: what an actor does to a list of its own.

Two kinds of lists mean something here: what stands on top of the actor's profile, and the answers
or the conversation that belong to a post of the actor's. Nobody speaks for another's list.
"""

from dataclasses import dataclass

from fedi.ap.authority import same_origin
from fedi.ap.lenient import text_of, type_of
from fedi.core.accounts.types import Account
from fedi.core.tags.received import read_names
from fedi.federation.meaning.incoming import Asks, Incoming, Known, ids
from fedi.kit.result import Ignored, Outcome, Refused

UNKNOWN = Ignored("no list that means anything here")


@dataclass(frozen=True, slots=True)
class Pin:
    """A post on top of a profile, or no longer there."""

    account_id: int
    uri: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag on a profile, or no longer there."""

    account_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A post in a list that belongs to a post of the account."""

    account_id: int
    target: str
    uri: str


Listed = Pin | Tag | Member


def check_listed(item: Incoming) -> Outcome | None:
    """What can be said without looking anything up."""
    target = item.activity.target
    if target is None:
        return Ignored("it does not say which list")
    if not same_origin(target, item.actor_uri):
        return Refused("the list is not the actor's own")
    if _tag_of(item) is None and not _post_of(item):
        return Refused("it does not say what is listed")
    return None


def asks_about_listed(item: Incoming) -> Asks:
    """The post that it is about."""
    return Asks(statuses=() if _tag_of(item) else ids(_post_of(item)))


def read_listed(item: Incoming, known: Known) -> Listed | Outcome:
    """What the activity is about; an outcome if it is about nothing of ours."""
    account = known.accounts[item.actor_uri]
    target = item.activity.target or ""
    if name := _tag_of(item):
        names = read_names([name])
        return Tag(account.id, names[0]) if names and _is_profile(account, target) else UNKNOWN
    uri = _post_of(item)
    if uri is None:
        return UNKNOWN
    return (
        Pin(account.id, uri) if target == account.featured_url else Member(account.id, target, uri)
    )


def is_pin(item: Incoming, known: Known) -> bool:
    """Whether a post of the actor's own is to stand on top of its profile."""
    account = known.accounts.get(item.actor_uri)
    uri = _post_of(item)
    is_own = uri is not None and same_origin(uri, item.actor_uri)
    return is_own and account is not None and account.featured_url == item.activity.target


def _is_profile(account: Account, target: str) -> bool:
    """Whether it is one of the two lists in which servers keep hashtags: posts or hashtags."""
    return target == account.featured_url or "tags" in target.lower()


def _tag_of(item: Incoming) -> str | None:
    thing = item.activity.object
    return text_of(thing.get("name"), 255) if type_of(thing) == "Hashtag" and thing else None


def _post_of(item: Incoming) -> str | None:
    """The post; of an activity that is added to a conversation, the post that it is about."""
    thing = item.activity.object or {}
    inner = thing.get("object")
    if type_of(thing, ("Create", "Announce")):
        inner = inner.get("id") if isinstance(inner, dict) else inner
        return inner if isinstance(inner, str) else None
    return item.activity.object_id
