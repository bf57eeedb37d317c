"""What all events share."""

from typing import ClassVar


class Happened:
    """What all events share."""

    __slots__ = ()
    # The object, by the names of the fields that identify it.
    LANE: ClassVar[str]

    @property
    def lane(self) -> str:
        """The object that it is about."""
        return self.LANE.format(self)
