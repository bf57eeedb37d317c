"""May we talk to this host? The answers of the admin's list, as of a second ago at most."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fedi.ap.authority import normalise_host
from fedi.kit.clock import clock
from fedi.kit.errors import Unavailable
from fedi.kit.runtime import Runtime

SUSPEND = "suspend"
SILENCE = "silence"
# Only what the switches of a rule say: no files, no reports, everything sensitive.
NOOP = "noop"
SEVERITIES = (SUSPEND, SILENCE, NOOP)
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
    """The list as it stood; a rule for a domain holds for everything below it.

    `allowed` is None unless the server keeps to a list of those that it talks to.
    """

    severities: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed: frozenset[str] | None = None

    def find(self, host: str) -> str | None:
        """The severity that holds for a host; the strictest along its parents."""
        if not self.severities and self.allowed is None:
            return None
        found = {self.severities[name] for name in parents(host) if name in self.severities}
        if self.allowed is not None and self.allowed.isdisjoint(parents(host)):
            return SUSPEND
        return next((severity for severity in SEVERITIES if severity in found), None)

    def is_suspended(self, host: str) -> bool:
        """Whether nothing is exchanged with this host (name, authority or address)."""
        return self.find(host) == SUSPEND


def parents(host: str) -> Iterator[str]:
    """A host and every name above it."""
    name = normalise(host)
    while name:
        yield name
        name = name.partition(".")[2]


class Policy:
    """The list of one process, read again once a second when somebody asks."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._until = 0.0
        self._blocks = Blocks()
        self._reading = asyncio.Lock()
        self._failure: Unavailable | None = None

    async def load(self) -> Blocks:
        """The list.

        Raises:
            Unavailable: the database is away.
        """
        if clock.monotonic() >= self._until:
            known = self._failure
            # One reads for all who come meanwhile, and fails for them, too: else each would wait
            # for a silent database after all those before it.
            async with self._reading:
                moment = clock.monotonic()
                if moment >= self._until:
                    if (new := self._failure) is not None and new is not known:
                        raise Unavailable(new.public, new.detail, retry_after=new.retry_after)
                    await self._refresh(moment)
        return self._blocks

    async def _refresh(self, moment: float) -> None:
        try:
            self._blocks = await self._read()
        except Unavailable as problem:
            self._failure = problem.with_traceback(None)
            raise
        self._until = moment + _SECONDS

    async def _read(self) -> Blocks:
        db, settings = self._runtime.db, self._runtime.settings
        rows = await db.fetch("SELECT domain, severity FROM domain_blocks")
        allowed = None
        if settings.federation.allow_list:
            found = await db.fetch("SELECT domain FROM domain_allows")
            own = {normalise(settings.domain), normalise(settings.local_domain)}
            allowed = frozenset(own.union(row[0] for row in found))
        return Blocks({row[0]: row[1] for row in rows}, allowed)

    def forget(self) -> None:
        """Read the list again at the next question."""
        self._until = 0.0
