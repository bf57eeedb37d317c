"""What every process of the server sees to before it begins."""

import asyncio
import logging

from fedi.core.instance import ensure_instance
from fedi.core.notifications.vapid import ensure_keys
from fedi.kit.errors import Unavailable
from fedi.kit.runtime import Runtime

log = logging.getLogger("fedi.start")

_AGAIN_SECONDS = 0.5


async def wait_until_ready(runtime: Runtime) -> None:
    """Wait for Postgres; then make sure of the write-once names and of the keys of this server.

    Raises:
        FediError: the database belongs to another domain.
    """
    while True:
        try:
            await ensure_instance(runtime)
            await ensure_keys(runtime)
        except Unavailable as problem:
            log.warning("waiting for Postgres", extra={"why": str(problem)})
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return
