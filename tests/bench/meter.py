"""CPU seconds and memory of all processes of an instance, from /proc."""

import asyncio
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
ROLES: tuple[str, ...] = ("supervisor", "web", "worker", "postgres", "redis")


def _stat(pid: int) -> tuple[int, float] | None:
    """Parent and CPU seconds, those of children that have ended included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), sum(int(value) for value in fields[11:15]) / TICK


def seconds_of(pid: int) -> float:
    """CPU seconds of one process."""
    found = _stat(pid)
    return found[1] if found else 0.0


def machine_busy() -> float:
    """CPU seconds that the whole machine has been busy, for whomever."""
    user, nice, system, _, _, *rest = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return sum(int(value) for value in (user, nice, system, *rest[:3])) / TICK


def _pss(pid: int) -> float:
    """Memory in MiB: what is shared counts in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@dataclass
class Meter:
    """Looks at the processes named in `roots` (pid to role) and all that descend from them."""

    roots: dict[int, str] = field(default_factory=dict[int, str])

    def processes(self) -> dict[int, tuple[str, float]]:
        """Role and CPU seconds of each process; a descendant has the role of its nearest root."""
        pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        stats = {pid: stat for pid in pids if (stat := _stat(pid))}
        found: dict[int, tuple[str, float]] = {}
        for pid, (_, seconds) in stats.items():
            above = pid
            while above in stats and above not in self.roots:
                above = stats[above][0]
            if role := self.roots.get(above):
                found[pid] = (role, seconds)
        return found

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, by role."""
        spent = dict.fromkeys(ROLES, 0.0)
        for role, seconds in self.processes().values():
            spent[role] += seconds
        return spent

    def memory(self) -> dict[str, float]:
        """MiB by role."""
        used = dict.fromkeys(ROLES, 0.0)
        for pid, (role, _) in self.processes().items():
            used[role] += _pss(pid)
        return used

    async def settle(self, seconds: float = 15.0) -> None:
        """Wait until nothing works any more: under a twentieth of one core."""
        deadline = time.monotonic() + seconds
        before = sum(self.cpu().values())
        while time.monotonic() < deadline:
            await asyncio.sleep(0.4)
            after = sum(self.cpu().values())
            if after - before <= 0.02:
                return
            before = after

    def begin(self) -> "Window":
        """Start to count."""
        return Window(self, self.cpu(), time.monotonic())


@dataclass
class Window:
    """What was spent since `begin`."""

    meter: Meter
    before: dict[str, float]
    start: float

    def spent(self) -> dict[str, float]:
        """CPU seconds by role."""
        after = self.meter.cpu()
        return {role: round(after[role] - self.before[role], 3) for role in ROLES}

    async def settled(self) -> dict[str, float]:
        """CPU seconds by role, with all that follows later."""
        await self.meter.settle()
        return self.spent()
