"""fedi: an ActivityPub server for one community on one machine."""

__version__ = "0.1.0"
