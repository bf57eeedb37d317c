"""Posts from the network: what a Create, an Update and a Delete do here, in any order."""

from fedi.core.statuses.receive_deletes import receive_deletes
from fedi.core.statuses.receive_notes import receive_notes
from fedi.core.statuses.receive_updates import receive_updates

__all__ = ["receive_deletes", "receive_notes", "receive_updates"]
