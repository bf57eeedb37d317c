"""`fedi domain`: what holds for other servers."""

import json
import sys
from pathlib import Path
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("domain", help="block, limit and allow other servers")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_rule(actions, "block", "suspend", "cut off a domain and everything below it")
    _add_rule(actions, "limit", "silence", "keep a domain out of public timelines")
    allow = actions.add_parser(
        "allow", help="put a domain on the list of those that we talk to (setting allow_list)"
    )
    allow.add_argument("domain_name", metavar="NAME")
    allow.add_argument("--reason", default="", help="a note for admins")
    allow.set_defaults(run=run_allow)
    unblock = actions.add_parser("unblock", help="let a domain back, or lift its limit")
    unblock.add_argument("domain_name", metavar="NAME")
    unblock.set_defaults(run=run_unblock)
    disallow = actions.add_parser("disallow", help="take a domain from the list of the allowed")
    disallow.add_argument("domain_name", metavar="NAME")
    disallow.set_defaults(run=run_disallow)
    listing = actions.add_parser("list", help="list the rules, or the allowed domains")
    listing.add_argument("--allowed", action="store_true", help="the allowed domains")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)
    export = actions.add_parser("export", help="write the rules as CSV, as Mastodon does")
    export.add_argument("file", metavar="FILE", nargs="?", default="-", help="default: the screen")
    export.set_defaults(run=run_export)
    read = actions.add_parser("import", help="take rules from a CSV file or a list of domains")
    read.add_argument("file", metavar="FILE", help="- for standard input")
    read.add_argument("--reason", default="", help="a note for admins, for all of them")
    read.set_defaults(run=run_import)


def _add_rule(actions: Any, name: str, severity: str, about: str) -> None:
    parser = actions.add_parser(name, help=about)
    parser.add_argument("domain_name", metavar="NAME")
    parser.add_argument("--reason", default="", help="a note for admins")
    parser.add_argument("--public-reason", default="", help="a note for everybody")
    parser.add_argument("--reject-media", action="store_true", help="take no files from there")
    parser.add_argument("--reject-reports", action="store_true", help="take no reports from there")
    parser.add_argument(
        "--force-sensitive", action="store_true", help="hide the media of all its posts at first"
    )
    parser.add_argument(
        "--obfuscate", action="store_true", help="show the name with stars where lists are public"
    )
    parser.set_defaults(run=run_rule, severity=severity)


def run_rule(context: Context) -> int:
    """Make a rule, or change it."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.service import Rule, block

        rule = Rule(
            severity=args.severity,
            reject_media=args.reject_media,
            reject_reports=args.reject_reports,
            force_sensitive=args.force_sensitive,
            obfuscate=args.obfuscate,
            comment=args.reason,
            public_comment=args.public_reason,
        )
        async with open_desk(settings) as desk, desk.unit() as unit:
            made = await block(unit, args.domain_name, rule, own=settings.host)
        print(f"{made.domain}: {made.severity}")

    return context.run(work)


def run_allow(context: Context) -> int:
    """Put a domain on the list."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.allows import allow

        async with open_desk(settings) as desk, desk.unit() as unit:
            made = await allow(unit, args.domain_name, args.reason, own=settings.host)
        print(f"{made.domain} is allowed.")
        if not settings.federation.allow_list:
            print("This server talks to everybody: see allow_list in [federation].")

    return context.run(work)


def run_disallow(context: Context) -> int:
    """Take a domain from the list."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.allows import disallow

        async with open_desk(settings) as desk, desk.unit() as unit:
            await disallow(unit, context.args.domain_name)
        print(f"{context.args.domain_name} is no longer on the list.")

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
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.allows import list_allows
        from fedi.core.domains.service import list_blocks

        async with open_desk(settings) as desk:
            rows = await (list_allows if args.allowed else list_blocks)(desk.read())
        if args.json:
            print(json.dumps([_as_json(row) for row in rows], indent=1))
            return
        for row in rows:
            severity = getattr(row, "severity", "allowed")
            print(f"{row.domain:<40} {severity:<8} {row.comment}".rstrip())

    return context.run(work)


def _as_json(row: Any) -> dict[str, Any]:
    import dataclasses

    return {**dataclasses.asdict(row), "created_at": row.created_at.isoformat()}


def run_export(context: Context) -> int:
    """Write the rules as CSV."""
    file = context.args.file

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.domains.blocklists import write_csv
        from fedi.core.domains.service import list_blocks

        async with open_desk(settings) as desk:
            texts.append(write_csv(await list_blocks(desk.read())))

    texts: list[str] = []
    code = context.run(work)
    if texts and file == "-":
        sys.stdout.write(texts[0])
    elif texts:
        Path(file).write_text(texts[0])
    return code


def run_import(context: Context) -> int:
    """Take rules from a file: all of them, or none."""
    args = context.args
    text = sys.stdin.read() if args.file == "-" else Path(args.file).read_text()

    async def work(settings: Settings) -> None:
        import dataclasses

        from fedi.cli.units import open_desk
        from fedi.core.domains.blocklists import read_csv
        from fedi.core.domains.service import block

        rules = read_csv(text)
        async with open_desk(settings) as desk, desk.unit() as unit:
            for domain, rule in rules:
                noted = dataclasses.replace(rule, comment=args.reason)
                await block(unit, domain, noted, own=settings.host)
        print(f"{len(rules)} rules are in effect.")

    return context.run(work)
