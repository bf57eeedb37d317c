"""The server itself: the names that it can never change, its own actor, and its figures."""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from fedi.ap.signatures import keys
from fedi.config import Settings
from fedi.core import key_store, urls
from fedi.kit.clock import clock
from fedi.kit.errors import FediError
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit

_STATS_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class InstanceStats:
    """How big the server is."""

    users: int
    statuses: int
    domains: int
    active_month: int
    active_half_year: int
