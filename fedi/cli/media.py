"""`fedi media`: how much room files take, and making some."""

import dataclasses
import json
import sys
from typing import Any

from fedi.cli.context import Context
from fedi.cli.runtimes import run_with_runtime
from fedi.kit.runtime import Runtime


def register(commands: Any) -> None:
    """Add the command."""
    about = "see how much room files take, and make some"
    parts = commands.add_parser("media", help=about, description=about).add_subparsers(
        metavar="WHAT", required=True
    )
    about = "how much room uploads and files of other servers take"
    usage = parts.add_parser("usage", help=about, description=about)
    usage.set_defaults(run=show_usage)
    about = "remove unused uploads, and of other servers' files what is beyond the budget"
    prune = parts.add_parser("prune", help=about, description=about)
    prune.add_argument("--dry-run", action="store_true", help="only say what would go")
    prune.set_defaults(run=do_prune)
    for part in (usage, prune):
        part.add_argument("--json", action="store_true", help="for programs")


def show_usage(context: Context) -> int:
    """Counts and bytes."""
    from fedi.core.media.prune import measure

    async def work(runtime: Runtime) -> int:
        found = await measure(runtime.read(), runtime.settings.media.cache_max_bytes)
        if context.args.json:
            print(json.dumps(dataclasses.asdict(found), indent=2))
            return 0
        print(f"uploads            {found.uploads:>9}  {_size(found.uploads_bytes):>10}")
        print(f"  of these unused  {found.unused:>9}  {_size(found.unused_bytes):>10}")
        print(f"profile images     {found.profile_images:>9}")
        print(f"custom emojis      {found.emojis:>9}")
        most = _size(found.cache_max_bytes)
        print(f"of other servers   {found.cached:>9}  {_size(found.cached_bytes):>10}  of {most}")
        return 0

    return run_with_runtime(context, work)


def do_prune(context: Context) -> int:
    """Make room."""
    from fedi.core.media.prune import prune

    shows = sys.stderr.isatty() and not context.args.json

    def progress(what: str, count: int, size: int) -> None:
        if shows:
            print(f"\r{what}: {count}, {_size(size)} ", end="", file=sys.stderr, flush=True)

    async def work(runtime: Runtime) -> int:
        done = await prune(runtime, dry_run=context.args.dry_run, progress=progress)
        if shows:
            print(file=sys.stderr)
        if context.args.json:
            print(json.dumps(dataclasses.asdict(done), indent=2))
            return 0
        verb = "would go" if context.args.dry_run else "went"
        print(f"{done.uploads} unused uploads {verb} ({_size(done.uploads_bytes)}).")
        print(f"{done.cached} files of other servers {verb} ({_size(done.cached_bytes)}).")
        if done.scratch:
            print(f"{done.scratch} leftovers {verb}.")
        return 0

    return run_with_runtime(context, work)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
