"""Starting, knowing again and ending processes, also those of an earlier life."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fedi.kit.clock import clock

_LARGEST_LOG = 10_000_000


def birth_of(pid: int) -> str:
    """What tells a process from a later one with the same pid; empty if there is none."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return "" if shown.startswith("Z") else shown.partition(" ")[2].strip()


def is_alive(facts: Mapping[str, Any]) -> bool:
    """Whether the process that a record in `run` speaks of still lives."""
    pid, birth = facts.get("pid"), facts.get("birth")
    return isinstance(pid, int) and bool(birth) and birth_of(pid) == birth


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Look often until `done()` holds or the time is over; say whether it held."""
    deadline = clock.monotonic() + seconds
    while not done():
        if clock.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(pid: int, stop: signal.Signals, seconds: float, last: signal.Signals) -> None:
    """Ask a process to end with `stop`; after `seconds` send `last`. It may be no child of ours."""
    birth = birth_of(pid)

    def gone() -> bool:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return not birth or birth_of(pid) != birth

    for kind in (stop, last):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, kind)
        if wait_until(gone, seconds):
            return


def let_go(server: subprocess.Popen[Any]) -> None:
    """Stop watching a child through its `Popen`: from here on its pid is enough, for anybody."""
    server.returncode = 0


def open_log(file: Path) -> int:
    """Open a log for appending; one that has grown large becomes `….old` first."""
    with contextlib.suppress(FileNotFoundError):
        if file.stat().st_size > _LARGEST_LOG:
            file.replace(file.with_name(f"{file.name}.old"))
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def tail_of(file: Path, lines: int = 8) -> str:
    """The last lines of a log, to be shown when something failed."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 4096))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
