"""What the decoding process gives up before it touches a file."""

import ctypes
import os
import resource
from contextlib import suppress

_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_NO_NEW_PRIVILEGES = 38
_MAX_FILES = 64


class Refusal(Exception):
    """The file cannot be used; the words are for the person who sent it."""


def enter(memory_mb: int, cpu_seconds: int, file_bytes: int) -> None:
    """Limit this process and all that it starts."""
    _leave_network()
    _limit(resource.RLIMIT_AS, memory_mb * 1_048_576)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_NOFILE, _MAX_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    os.umask(0o077)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _leave_network() -> None:
    """Into a network without a way out, where the system lets us; no privileges ever again."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        libc.unshare(_NEW_USER | _NEW_NET | _NEW_IPC)
