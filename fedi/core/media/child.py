"""Having a file decoded by the child process, which may do little and not for long."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fedi.config.settings import Media
from fedi.core.media.limits import SNIFFED, Format, sniff
from fedi.kit.errors import Invalid
from fedi.kit.runtime import Runtime

Make = Literal["media", "profile", "preview", "emoji"]

_MOST_SAID = 1_048_576
_IMAGE_SECONDS = 60
NOT_OURS = "Validation failed: File content type is invalid"


class Undecodable(Invalid):
    """The file cannot be used; the words may be shown."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the child made: names of files in `folder`, and what it says of them."""

    folder: Path
    report: dict[str, Any]

    def path(self, name: str) -> Path | None:
        """The file that a part of the report names."""
        file = self.report.get(name)
        return self.folder / Path(file).name if file else None


def recognise(path: Path) -> Format:
    """The format of a file by its first bytes.

    Raises:
        Undecodable: it is none that we read.
    """
    with path.open("rb") as file:
        found = sniff(file.read(SNIFFED))
    if found is None:
        raise Undecodable(NOT_OURS, field="file")
    return found


def size_of(path: Path) -> int:
    """The size of a file."""
    return path.stat().st_size


@asynccontextmanager
async def workbench(runtime: Runtime) -> AsyncGenerator[Path]:
    """A folder for one file and what becomes of it."""
    folder = Path(tempfile.mkdtemp(prefix="decode-", dir=runtime.scratch))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def decode(
    runtime: Runtime, source: Path, folder: Path, make: Make, *, shape: tuple[int, int] = (0, 0)
) -> Made:
    """Have a file decoded; what is made of it appears in `folder`.

    Raises:
        Undecodable: it cannot be used, or not within our limits.
    """
    media = runtime.settings.media
    found = recognise(source)
    if make != "media" and found.family != "image":
        raise Undecodable(NOT_OURS, field="file")
    seconds = media.processing_seconds if _is_long(found) else _IMAGE_SECONDS
    order = _write_order(media, found, source, folder, seconds)
    said = await _run(json.dumps({**order, "make": make, "shape": shape}).encode(), seconds)
    try:
        report = json.loads(said)
    except ValueError:
        # It was killed, or ran out of what it may use.
        raise Undecodable("The file could not be processed") from None
    if "error" in report:
        raise Undecodable(f"Validation failed: {report['error']}", field="file")
    return Made(folder, report)


def _is_long(found: Format) -> bool:
    return found.family == "av" or found.extension in {"gif", "webp"}


def is_long(source: Path) -> bool:
    """Whether decoding a file may take minutes."""
    return _is_long(recognise(source))


def _write_order(
    media: Media, found: Format, source: Path, folder: Path, seconds: int
) -> dict[str, Any]:
    return {
        "source": str(source),
        "folder": str(folder),
        "extension": found.extension,
        "family": found.family,
        "demuxer": found.demuxer,
        "max_pixels": media.image_max_pixels,
        "video_max_pixels": media.video_max_pixels,
        "max_rate": media.video_max_frame_rate,
        "max_frames": media.video_max_frames,
        "memory_mb": media.processing_memory_mb,
        "seconds": seconds,
    }


async def _run(order: bytes, seconds: float) -> bytes:
    """Run the child to its end, or to the end of its time; then nothing of it is left."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "fedi.core.media.decoder",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env=_environment(),
        limit=_MOST_SAID,
    )
    try:
        async with asyncio.timeout(seconds + 5):
            said, _ = await child.communicate(order)
    except TimeoutError:
        raise Undecodable("The file took too long to process") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
    return said[:_MOST_SAID]


def _environment() -> dict[str, str]:
    """Nothing of ours: the environment holds passwords."""
    kept = {"PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV"}
    env = {name: value for name, value in os.environ.items() if name in kept}
    root = str(Path(__file__).parents[3])
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (root, env.get("PYTHONPATH", ""))))
    return env
