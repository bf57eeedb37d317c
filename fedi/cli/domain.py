"""`fedi domain`: cut other servers off, and let them back."""

import json
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("domain", help="block and unblock other servers")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    block = actions.add_parser("block", help="cut off a domain and everything below it")
    block.add_argument("domain_name", metavar="NAME")
    block.add_argument(
        "--severity",
        choices=("suspend", "silence"),
        default="suspend",
        help="suspend: exchange nothing; silence: keep it out of public timelines",
    )
    block.add_argument("--comment", default="", help="a note for admins")
    block.set_defaults(run=run_block)
    unblock = actions.add_parser("unblock", help="let a domain back")
    unblock.add_argument("domain_name", metavar="NAME")
    unblock.set_defaults(run=run_unblock)
    listing = actions.add_parser("list", help="list the blocked domains")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)


def run_block(context: Context) -> int:
    """Cut a domain off."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.service import block

        async with open_desk(settings) as desk, desk.unit() as unit:
            made = await block(
                unit, args.domain_name, args.severity, args.comment, own=settings.host
            )
        print(f"{made.domain}: {made.severity}")

    return context.run(work)


def run_unblock(context: Context) -> int:
    """Let a domain back."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.service import unblock

        async with open_desk(settings) as desk, desk.unit() as unit:
            lifted = await unblock(unit, context.args.domain_name)
        print(f"{lifted.domain} is no longer blocked; follows must be made anew.")

    return context.run(work)


def run_list(context: Context) -> int:
    """List the rules."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.service import list_blocks

        async with open_desk(settings) as desk:
            blocks = await list_blocks(desk.read())
        if context.args.json:
            rows = [
                {
                    "domain": block.domain,
                    "severity": block.severity,
                    "comment": block.comment,
                    "created_at": block.created_at.isoformat(),
                }
                for block in blocks
            ]
            print(json.dumps(rows, indent=1))
            return
        for block in blocks:
            print(f"{block.domain:<40} {block.severity:<8} {block.comment}".rstrip())

    return context.run(work)
