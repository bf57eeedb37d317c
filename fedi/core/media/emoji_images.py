"""Pictures of custom emojis: small, and beside one that moves one that does not."""

from pathlib import Path

from fedi.core.media.child import decode, workbench
from fedi.core.media.limits import CONTENT_TYPES
from fedi.core.media.processing import keep
from fedi.kit.errors import NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.store import still_key

SIDE = 128
MAX_BYTES = 262_144


async def prepare_emoji(runtime: Runtime, source: Path) -> tuple[str, str]:
    """Store the picture of an emoji; the names of it and of the one that does not move.

    Raises:
        Invalid: it is no picture that we read, or too large.
    """
    async with workbench(runtime) as folder, runtime.decoders.short:
        made = await decode(runtime, source, folder, "emoji", shape=(SIDE, SIDE))
        original, still = made.path("original"), made.path("still")
        if original is None or still is None:
            raise NotFound
        key = await keep(runtime, original)
        if not key.endswith(".gif"):
            return key, key
        await runtime.store.put(still_key(key), still, CONTENT_TYPES["png"])
        return key, still_key(key)
