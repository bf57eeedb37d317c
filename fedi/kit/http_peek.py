"""A look at one address of a server: does anybody answer there, and with which certificate?

`http` asks for a name and takes what it finds; this asks one address after the other, so that a
record which leads nowhere, or to a machine with an old certificate, is seen for itself.
"""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from fedi.kit.errors import RemoteDown


@dataclass(frozen=True, slots=True)
class Handshake:
    """How TLS began: the last day of the certificate, or the reason why it is not valid.

    `code` is that of OpenSSL: 10 expired, 18 to 21 nobody known vouches for it, 62 another name;
    0 stands for a valid one, -1 for a failure before any certificate was seen.
    """

    code: int
    words: str = ""
    not_after: datetime | None = None


async def shake_hands(address: str, port: int, name: str, tls: ssl.SSLContext) -> Handshake:
    """Connect to an address, call it by a name, and hang up.

    Raises:
        RemoteDown: Nobody answers there; `public` is `timeout`, `unreachable` or `connect`.
    """
    try:
        _, writer = await asyncio.open_connection(address, port, ssl=tls, server_hostname=name)
    except ssl.SSLCertVerificationError as problem:
        return Handshake(problem.verify_code, problem.verify_message)
    except (ssl.SSLError, ConnectionResetError) as problem:
        return Handshake(-1, str(problem))
    except TimeoutError as problem:
        raise RemoteDown("timeout", str(problem)) from problem
    except OSError as problem:
        unreachable = "unreachable" in str(problem).lower()
        raise RemoteDown("unreachable" if unreachable else "connect", str(problem)) from problem
    found = writer.get_extra_info("peercert") or {}
    writer.transport.abort()
    last = found.get("notAfter")
    return Handshake(0, not_after=_moment(last) if isinstance(last, str) else None)


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
