"""The socket that clients connect to."""

import errno
import socket

from fedi.kit.errors import FediError


def open_listener(address: tuple[str, int]) -> socket.socket:
    """Bind and listen, or say in words why not."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        words = {
            errno.EADDRINUSE: "something else listens there already",
            errno.EACCES: "ports below 1024 need a privilege that this user lacks",
            errno.EADDRNOTAVAIL: "this machine has no such address",
        }.get(problem.errno or 0, problem.strerror)
        raise FediError(f"Cannot listen on {host}:{port}: {words}.") from problem
    listener.listen(2048)
    listener.settimeout(0)
    return listener
