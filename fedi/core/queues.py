"""The queues of the core: what happened (`events`) and what is to be done outside (`chores`)."""

from fedi.kit.queue import Queue

EVENTS = Queue("events", ("type", "payload"), max_attempts=5)
CHORES = Queue("chores", ("kind", "key", "payload"), max_attempts=8)
