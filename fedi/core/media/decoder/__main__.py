"""One order in, one report out; whatever goes wrong becomes words."""

import json
import sys
from typing import Any

from fedi.core.media.decoder import cage

_FILE_BYTES = 2_000_000_000


def main() -> int:
    """Do what the order on standard input says."""
    order: dict[str, Any] = json.loads(sys.stdin.buffer.read(65_536))
    cage.enter(order["memory_mb"], int(order["seconds"]) * 2, _FILE_BYTES)
    # Loaded inside the cage, since loading them takes threads and memory.
    from fedi.core.media.decoder import av, images  # noqa: PLC0415

    images.prepare()
    try:
        report = _process(order, av, images)
    except cage.Refusal as problem:
        report = {"error": str(problem.args[0]), "detail": " | ".join(problem.args[1:])[:500]}
    except images.pyvips.Error as problem:
        report = {"error": "The file cannot be read", "detail": str(problem)[:500]}
    except MemoryError:
        report = {"error": "The file needs too much memory"}
    sys.stdout.write(json.dumps(report))
    return 0


def _process(order: dict[str, Any], av: Any, images: Any) -> dict[str, Any]:
    makes = {"profile": images.profile, "emoji": images.emoji, "preview": images.preview}
    make = makes.get(order["make"])
    if make is not None:
        return make(order)
    if order["family"] == "av":
        return av.process(order)
    if order["extension"] in {"gif", "webp"}:
        pages, width, height = images.count_frames(order)
        if pages > 1:
            return av.animate(order, pages, width, height)
    return images.process(order)


if __name__ == "__main__":
    sys.exit(main())
