"""Runs the `toot` client as people do, in a world where `*.test` has an address.

    python -m tests.rig.toot HOST=ADDRESS:PORT[,...] WORDS...

Names under `.test` stand in no DNS: connections to them go where the first argument says. All else
is toot as it comes from its package.
"""

import socket
import sys
from typing import Any

from toot.cli import cli

_system_getaddrinfo = socket.getaddrinfo


def redirect(places: dict[str, tuple[str, int]]) -> None:
    """Let names lead to addresses."""

    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        place = places.get(host.decode() if isinstance(host, bytes) else host)
        return _system_getaddrinfo(*(place or (host, port)), *args, **options)

    socket.getaddrinfo = getaddrinfo


if __name__ == "__main__":
    table = dict(pair.split("=") for pair in sys.argv.pop(1).split(","))
    redirect(
        {name: (to.rpartition(":")[0], int(to.rpartition(":")[2])) for name, to in table.items()}
    )
    cli()
