"""What a load generator did and was told, in the words of the checker: facts, and what is owed.

A fact is what must stand in the database once an operation has been acknowledged; an unacknowledged
one may have left its facts or not. Owed is what peers must have been sent.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """("status", uri, author), ("home", member, uri), ("like", actor, uri) and so on."""

    kind: str
    who: str
    what: str
    more: str = ""


class Debt(NamedTuple):
    """Somebody must be sent an activity of this type about this object."""

    host: str
    type: str
    about: str


@dataclass
class Ledger:
    """Acknowledged operations, and those of which nobody knows."""

    facts: set[Fact] = field(default_factory=set)
    # Facts of operations that were sent and not acknowledged.
    possible: set[Fact] = field(default_factory=set)
    owed: set[Debt] = field(default_factory=set)
    # What peers may have been sent but need not.
    permitted: set[Debt] = field(default_factory=set)
    acknowledged: int = 0

    def did(self, facts: Iterable[Fact], owed: Iterable[Debt] = ()) -> None:
        """An operation was acknowledged."""
        self.acknowledged += 1
        self.facts.update(facts)
        self.owed.update(owed)

    def tried(self, facts: Iterable[Fact], owed: Iterable[Debt] = ()) -> None:
        """An operation was sent; nobody knows what became of it."""
        self.possible.update(facts)
        self.permitted.update(owed)

    def undid(self, facts: Iterable[Fact]) -> None:
        """An operation took these away again."""
        self.acknowledged += 1
        self.facts.difference_update(facts)


def facts_of(activity: dict[str, Any], followers: Iterable[str], members: set[str]) -> list[Fact]:
    """The facts that a received activity leaves.

    `followers`: members who follow its actor. `members`: all actor ids of this instance.
    """
    actor, thing = activity["actor"], activity["object"]
    match activity["type"]:
        case "Create":
            uri = thing["id"]
            told = [tag["href"] for tag in thing["tag"] if tag["href"] in members]
            return [
                Fact("status", actor, uri),
                *(Fact("home", member, uri) for member in followers),
                *(Fact("notice", member, uri, f"mention {actor}") for member in told),
            ]
        case "Like":
            owner = _owner(thing, members)
            notice = [Fact("notice", owner, thing, f"favourite {actor}")] if owner else []
            return [Fact("like", actor, thing), *notice]
        case "Announce":
            owner = _owner(thing, members)
            notice = [Fact("notice", owner, thing, f"reblog {actor}")] if owner else []
            home = [Fact("home", member, activity["id"]) for member in followers]
            return [Fact("boost", actor, thing), *notice, *home]
        case "Follow":
            return [
                Fact("follow", actor, thing),
                Fact("notice", thing, "", f"follow {actor}"),
            ]
        case other:
            raise AssertionError(f"no facts are known of {json.dumps(other)}")


def _owner(uri: str, members: set[str]) -> str | None:
    return next((member for member in members if uri.startswith(f"{member}/")), None)
