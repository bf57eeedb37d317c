"""Relays: servers that pass the public posts of many on to many.

There are two ways to ask one. In the first a Follow of everything public goes to its inbox, and
whole activities of others come from there. In the second its actor is followed, it follows back,
and what comes are Announces of ids. Either way nothing that a relay says is believed: it names
posts, and each is what its own origin, or a proof inside, says it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fedi.ap.authority import host_of
from fedi.core import urls
from fedi.events import RelayFollowed, RelayUnfollowed
from fedi.kit.clock import clock
from fedi.kit.errors import Conflict, Invalid, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

Style = Literal["mastodon", "litepub"]

ASKED = 0
ACCEPTED = 1
REJECTED = 2
STATES = ("asked", "accepted", "rejected")
_SECONDS = 2.0

_COLUMNS = "id, style, inbox_url, actor_uri, follow_uri, state, tags, sends, created_at"


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay."""

    id: int
    style: str
    inbox_url: str
    # Known from the start in the second way, and from its answer in the first.
    actor_uri: str | None
    follow_uri: str
    state: int
    # Only posts with one of these hashtags are taken; none: all are.
    tags: tuple[str, ...]
    # Whether our own public posts go there.
    sends: bool
    created_at: datetime

    @property
    def is_accepted(self) -> bool:
        """Whether it has said yes."""
        return self.state == ACCEPTED

    def takes(self, tags: Sequence[str]) -> bool:
        """Whether a post with these hashtags is wanted from it."""
        return not self.tags or not {tag.lower() for tag in tags}.isdisjoint(self.tags)


@dataclass(frozen=True, slots=True)
class NewRelay:
    """A relay to be asked."""

    style: Style
    inbox_url: str
    actor_uri: str | None = None
    tags: tuple[str, ...] = ()
    sends: bool = True


class Relays:
    """The relays by their actors, read again every few seconds when somebody asks."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._until = 0.0
        self._relays: Mapping[str, Relay] = {}

    async def load(self) -> Mapping[str, Relay]:
        """Those whose actors are known and that have not said no."""
        moment = clock.monotonic()
        if moment >= self._until:
            rows = await self._runtime.db.fetch(
                f"SELECT {_COLUMNS} FROM relays WHERE actor_uri IS NOT NULL AND state < {REJECTED}"
            )
            self._relays = {row["actor_uri"]: Relay(*row) for row in rows}
            self._until = moment + _SECONDS
        return self._relays

    def forget(self) -> None:
        """Read them again at the next question."""
        self._until = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to a Follow that went to a relay."""

    follow_uri: str
    actor_uri: str
    accepted: bool


async def add_relay(unit: Unit, origin: str, new: NewRelay) -> Relay:
    """Ask a relay; one that said no is asked again.

    Raises:
        Invalid: that is no address that could be asked.
        Conflict: it was asked already, or said yes.
    """
    if host_of(new.inbox_url) is None or urls.is_ours(origin, new.inbox_url):
        raise Invalid(f"{new.inbox_url!r} is no address of a relay", field="inbox")
    tags = sorted({tag.strip().lstrip("#").lower() for tag in new.tags} - {""})
    await unit.execute(
        f"DELETE FROM relays WHERE inbox_url = $1 AND state = {REJECTED}", new.inbox_url
    )
    relay_id = await unit.new_id()
    row = await unit.row(
        "INSERT INTO relays (id, style, inbox_url, actor_uri, follow_uri, tags, sends, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (inbox_url) DO NOTHING"
        f" RETURNING {_COLUMNS}",
        relay_id,
        new.style,
        new.inbox_url,
        new.actor_uri,
        urls.follow_uri(origin, relay_id),
        tags,
        new.sends,
        unit.now(),
    )
    if row is None:
        raise Conflict("That relay was asked already")
    unit.record(RelayFollowed(relay_id))
    return Relay(*row)


async def remove_relay(unit: Unit, address: str) -> Relay:
    """Leave a relay, named by its inbox, its actor, or its host.

    Raises:
        NotFound: there is none of that name.
        Invalid: there are several on that host.
    """
    rows = await unit.fetch(
        f"SELECT {_COLUMNS} FROM relays WHERE $1 IN (inbox_url, actor_uri)"
        " OR lower(split_part(inbox_url, '/', 3)) = lower($1) ORDER BY id",
        address,
    )
    if not rows:
        raise NotFound(f"{address} is no relay of this server")
    if len(rows) > 1:
        raise Invalid("There are several there; name one by its inbox")
    relay = Relay(*rows[0])
    await unit.execute("DELETE FROM relays WHERE id = $1", relay.id)
    unit.record(
        RelayUnfollowed(
            relay.id, relay.style, relay.inbox_url, relay.actor_uri or "", relay.follow_uri
        )
    )
    return relay


async def list_relays(read: ReadUnit) -> list[Relay]:
    """All relays, in the order in which they were asked."""
    return [Relay(*row) for row in await read.fetch(f"SELECT {_COLUMNS} FROM relays ORDER BY id")]


async def receive_answers(unit: Unit, answers: Sequence[Answer]) -> set[str]:
    """Relays say yes or no; the ids of the Follows for which that was said by who was asked."""
    if not answers:
        return set()
    # A relay that said no may say yes later. Its actor is whoever answers from the host that was
    # asked, and from then on nobody else.
    rows = await unit.fetch(
        "UPDATE relays r SET state = x.state, actor_uri = coalesce(r.actor_uri, x.actor)"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[])"
        "   AS x(follow, actor, host, state)"
        " WHERE r.follow_uri = x.follow AND coalesce(r.actor_uri, x.actor) = x.actor"
        "   AND lower(split_part(r.inbox_url, '/', 3)) = x.host"
        " RETURNING r.follow_uri",
        [answer.follow_uri for answer in answers],
        [answer.actor_uri for answer in answers],
        [host_of(answer.actor_uri) or "" for answer in answers],
        [ACCEPTED if answer.accepted else REJECTED for answer in answers],
    )
    return {row["follow_uri"] for row in rows}
