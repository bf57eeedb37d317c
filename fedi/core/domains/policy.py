"""May we talk to this host? The answers of the admin's list, as of a second ago at most."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fedi.ap.authority import normalise_host
from fedi.kit.clock import clock
from fedi.kit.runtime import Runtime

SUSPEND = "suspend"
SILENCE = "silence"
_SECONDS = 1.0
_AUTHORITY_END = re.compile(r"[/?#\\]")


def normalise(host: str) -> str:
    """A host or address in the one spelling in which lists hold it: no case, dot, or port.

    What is no host at all becomes the empty string.
    """
    text = host.strip()
    if "//" in text:
        text = _AUTHORITY_END.split(text.partition("//")[2], maxsplit=1)[0]
    if text.startswith("["):
        return normalise_host(f"{text.partition(']')[0]}]") or ""
    return normalise_host(text.partition(":")[0].rstrip(".")) or ""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The list as it stood; a rule for a domain holds for everything below it."""

    severities: Mapping[str, str] = field(default_factory=dict[str, str])

    def find(self, host: str) -> str | None:
        """The severity that holds for a host; the strictest along its parents."""
        if not self.severities:
            return None
        name = normalise(host)
        found: str | None = None
        while name:
            severity = self.severities.get(name)
            if severity == SUSPEND:
                return SUSPEND
            found = found or severity
            name = name.partition(".")[2]
        return found

    def is_suspended(self, host: str) -> bool:
        """Whether nothing is exchanged with this host (name, authority or address)."""
        return self.find(host) == SUSPEND

    def is_silenced(self, host: str) -> bool:
        """Whether its posts stay out of public timelines."""
        return self.find(host) is not None


class Policy:
    """The list of one process, read again once a second when somebody asks."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._until = 0.0
        self._blocks = Blocks()

    async def load(self) -> Blocks:
        """The list."""
        moment = clock.monotonic()
        if moment >= self._until:
            rows = await self._runtime.db.fetch("SELECT domain, severity FROM domain_blocks")
            self._blocks = Blocks({row[0]: row[1] for row in rows})
            self._until = moment + _SECONDS
        return self._blocks

    def forget(self) -> None:
        """Read the list again at the next question."""
        self._until = 0.0
