"""`fedi migrate`: the database schema, brought up to date by one process at a time."""

import asyncio
import json
from typing import Any

from fedi.cli.context import Context
from fedi.cli.schema import current_revision, ensure_current, find_head, has_owner
from fedi.embedded.services import borrow_services
from fedi.kit.errors import Unavailable

_AWAY = 75  # the code of "try again later" in sysexits.h


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("migrate", help="bring the database up to date")
    parser.add_argument(
        "--check", action="store_true", help="only say whether it is; code 1 if not"
    )
    parser.add_argument("--report", action="store_true", help="say in JSON what was found and done")
    for flag in ("--public-url", "--bind"):
        parser.add_argument(flag)
    parser.set_defaults(run=run)


def run(context: Context) -> int:
    """Migrate, or check."""
    with borrow_services(context.home, context.settings) as settings:
        try:
            if context.args.check:
                current = asyncio.run(current_revision(settings)) == find_head()
                print("up to date" if current else "needs `fedi migrate`")
                return 0 if current else 1
            migrated = ensure_current(settings)
            if context.args.report:
                print(json.dumps({"migrated": migrated, "owner": asyncio.run(has_owner(settings))}))
            else:
                print("migrated" if migrated else "already up to date")
        except Unavailable as problem:
            print(json.dumps({"away": str(problem)}))
            return _AWAY
    return 0
