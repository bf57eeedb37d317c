"""What follows from what: the table, and the drain that runs it."""

from fedi.reactions.reactor import Reactor, in_waves, react, read_event
from fedi.reactions.table import REACTIONS

__all__ = ["REACTIONS", "Reactor", "in_waves", "react", "read_event"]
