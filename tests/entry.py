"""The `fedi` command for tests, with the clock and the fault points armed from the environment.

    FEDI_TEST_CLOCK    a file with an offset in seconds; writing it moves the clock of all processes
    FEDI_TEST_FAULTS   a directory; the file `<point>` in it says what happens at the next passing:
                       `kill`, `freeze` (SIGSTOP), `raise` or `sleep SECONDS`, and `kill 3` (any
                       word and a number, for `sleep` a second one) waits for the third passing.
                       Whoever strikes first renames the file to `<point>.struck`: it strikes once,
                       in one process.

Only this module can arm them: production never looks at these variables. `fedi up` started through
it starts its children through it as well, because the name of the entry module is handed down in
the code.
"""

import contextlib
import os
import re
import signal
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import fedi
from fedi.cli import main
from fedi.kit import faults
from fedi.kit.clock import clock

_POINT = re.compile(r"faults\.point\(\s*\"([^\"]+)\"")
_passed: Counter[str] = Counter()


class FaultStruck(Exception):
    """Raised at a point that was told to `raise`."""


def arm() -> None:
    """Arm what the environment asks for."""
    if file := os.environ.get("FEDI_TEST_CLOCK"):
        clock.arm(Path(file))
    if folder := os.environ.get("FEDI_TEST_FAULTS"):
        for name in list_points():
            faults.arm(name, partial(_strike, Path(folder) / name))


def list_points() -> list[str]:
    """Every fault point that stands in the source."""
    sources = Path(fedi.__file__).parent.rglob("*.py")
    return sorted({name for file in sources for name in _POINT.findall(file.read_text())})


def _strike(order: Path) -> None:
    try:
        word, *numbers = order.read_text().split()
    except (FileNotFoundError, ValueError):
        return
    seconds = float(numbers.pop(0)) if word == "sleep" else 0.0
    _passed[order.name] += 1
    if numbers and _passed[order.name] < int(numbers[0]):
        return
    try:
        order.rename(order.with_name(f"{order.name}.struck"))
    except FileNotFoundError:
        return
    _passed[order.name] = 0
    if word == "raise":
        raise FaultStruck(order.name)
    if word == "sleep":
        time.sleep(seconds)
    with contextlib.suppress(KeyError):
        os.kill(os.getpid(), {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}[word])


if __name__ == "__main__":
    arm()
    sys.exit(main(entry="tests.entry"))
