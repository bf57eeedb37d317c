"""One received activity on its way from its row to its effect, and what is known around it."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from fedi.ap.vocabulary import Activity, Actor, Note
from fedi.core.accounts.keys import StoredKey
from fedi.core.accounts.people import People
from fedi.core.accounts.types import Account
from fedi.core.relays import Relay
from fedi.core.statuses.types import StoredStatus
from fedi.kit.result import Outcome
from fedi.kit.unit import Unit

Kind = TypeVar("Kind", bound=Hashable)
Thing = TypeVar("Thing")


@dataclass(slots=True)
class Incoming:
    """A parsed activity and who sent it; handlers fill in `note` and `actor` as they read them."""

    row_id: int
    received_at: datetime
    lane: str
    activity: Activity
    # Who acts. The signer, or for what is not authentic the one whom it names.
    actor_uri: str
    authentic: bool
    recipient_id: int | None
    signed_at: datetime | None
    # Who brought it: the actor, or somebody who passes it on.
    signer_uri: str = ""
    note: Note | None = None
    actor: Actor | None = None
    # The JSON as it came, where a proof inside is to stand in for the signature.
    document: dict[str, Any] | None = None
    # The Announce of the group that passed it on.
    via: Activity | None = None
    # Whether a proof, or its own origin, says that all of it is the actor's word.
    proven: bool = False
    # Whether the origin has confirmed what it is about, whoever brought the word of it.
    confirmed: bool = False

    @property
    def is_own_word(self) -> bool:
        """Whether every part of it, its addresses too, is what its actor says."""
        return self.authentic or self.proven

    @property
    def believed(self) -> bool:
        """Whether it may take effect."""
        return self.authentic or self.proven or self.confirmed

    def about(self) -> set[str]:
        """Ids that it is about; two activities of one actor that share one keep their order."""
        activity = self.activity
        found = {activity.id, activity.object_id, *activity.object_ids}
        inner = (activity.object or {}).get("object")
        found.add(inner if isinstance(inner, str) else None)
        if isinstance(inner, dict) and isinstance(inner.get("id"), str):
            found.add(inner["id"])
        return {key for key in found if key}


@dataclass(slots=True)
class Known:
    """What the database knows of the people and posts that a batch speaks of."""

    origin: str
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    statuses: dict[str, StoredStatus] = field(default_factory=dict[str, StoredStatus])
    keys: dict[str, StoredKey] = field(default_factory=dict[str, StoredKey])
    # Relays that were asked, by their actors.
    relays: Mapping[str, Relay] = field(default_factory=dict[str, Relay])
    # Accounts that somebody here follows.
    followed: frozenset[int] = frozenset()
    # Authors of posts that come in the same batch, by the ids of the posts.
    authors: dict[str, int] = field(default_factory=dict[str, int])

    def local(self, uri: str | None) -> Account | None:
        """The member with this actor id, if there is one and they are still here."""
        found = self.accounts.get(uri) if uri else None
        return found if found and found.is_local and found.deleted_at is None else None


class Asks(NamedTuple):
    """Ids that a handler wants to know about before it decides anything.

    `members` are looked up only where they are spelled like actors of ours.
    """

    members: Iterable[str] = ()
    statuses: Iterable[str] = ()
    keys: Iterable[str] = ()


NOTHING = Asks()


def ids(*values: str | None) -> tuple[str, ...]:
    """Those that are there."""
    return tuple(value for value in values if value)


def asks_nothing(_item: Incoming) -> Asks:
    """For handlers that look at nothing but the activity and its actor."""
    return NOTHING


def needs_nothing(_item: Incoming, _known: Known) -> bool:
    """For handlers that never fetch."""
    return False


async def fetch_nothing(_people: People, _item: Incoming, _known: Known) -> Outcome | None:
    """For handlers that never fetch."""
    return None


Check = Callable[[Incoming], Outcome | None]
Apply = Callable[[Unit, Known, Sequence[Incoming]], Awaitable[list[Outcome]]]


def accept_all(_item: Incoming) -> Outcome | None:
    """For handlers that find no fault before they look at the database."""
    return None


@dataclass(frozen=True, slots=True)
class Handler:
    """What one type of activity means.

    check   pure: reads the parts that it needs; an outcome ends the activity here
    asks    pure: the ids that it wants to know about
    needs   pure: whether something must be fetched first
    fetch   over the network, without a transaction; an outcome ends the activity here
    apply   in a transaction, for many at once, in order; one outcome each
    """

    apply: Apply
    check: Check = accept_all
    asks: Callable[[Incoming], Asks] = asks_nothing
    needs: Callable[[Incoming, Known], bool] = needs_nothing
    fetch: Callable[[People, Incoming, Known], Awaitable[Outcome | None]] = fetch_nothing
    # Whether a suspended actor may still say it.
    from_suspended: bool = False


async def settle_kinds(
    items: Sequence[Incoming],
    kind_of: Callable[[Incoming], Kind],
    carry_out: Callable[[Kind, list[Incoming]], Awaitable[Sequence[Outcome]]],
) -> list[Outcome]:
    """Carry out what is of one kind in one call, kind after kind; one outcome for each item."""
    groups: dict[Kind, list[Incoming]] = {}
    for item in items:
        groups.setdefault(kind_of(item), []).append(item)
    endings: dict[int, Outcome] = {}
    for kind, group in groups.items():
        outcomes = await carry_out(kind, group)
        endings.update(zip((item.row_id for item in group), outcomes, strict=True))
    return [endings[item.row_id] for item in items]


async def settle(
    items: Sequence[Incoming],
    decide: Callable[[Incoming], Thing | Outcome],
    carry_out: Callable[[list[Thing]], Awaitable[Sequence[Outcome]]],
) -> list[Outcome]:
    """Decide about each item, carry out in one call what is to be done, one outcome for each.

    `decide` gives an outcome for what ends here, and anything else as the thing to carry out.
    """
    endings: list[Outcome | None] = []
    things: list[Thing] = []
    for item in items:
        decided = decide(item)
        if isinstance(decided, Outcome):
            endings.append(decided)
        else:
            endings.append(None)
            things.append(decided)
    done = iter(await carry_out(things) if things else ())
    return [next(done) if ending is None else ending for ending in endings]
