"""`fedi probe`: look at a remote account or address step by step."""

import dataclasses
import json
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the command."""
    about = "look at a remote account or address step by step"
    parser = commands.add_parser("probe", help=about, description=about)
    parser.add_argument("target", help="a handle (user@host) or the address of an actor or post")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(context: Context) -> int:
    """Show each step; the exit code is 1 when one failed."""
    from fedi.cli.runtimes import open_runtime
    from fedi.core.accounts.people import People
    from fedi.core.instance import ensure_instance
    from fedi.federation.reading.probe import probe

    async def work(settings: Settings) -> int:
        async with open_runtime(settings) as runtime:
            await ensure_instance(runtime)
            steps = await probe(People(runtime), context.args.target)
        if context.args.json:
            print(json.dumps([dataclasses.asdict(step) for step in steps], indent=2))
        else:
            width = max(len(step.name) for step in steps)
            for step in steps:
                mark = {True: "ok  ", False: "FAIL", None: "    "}[step.ok]
                print(f"{mark}  {step.name.ljust(width)}  {step.detail}")
                if step.advice:
                    print(f"      {' ' * width}  -> {step.advice}")
        return 1 if any(step.ok is False for step in steps) else 0

    return context.run(work)
