"""`fedi emoji`: small pictures with names, for the posts of members."""

import json
from pathlib import Path
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("emoji", help="add and remove custom emojis")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add an emoji, in place of one of the same name")
    add.add_argument("shortcode", metavar="NAME", help="what stands between the colons")
    add.add_argument("file", metavar="IMAGE", type=Path, help="a picture of at most 256 kB")
    add.add_argument("--category", help="the group in which apps show it")
    add.set_defaults(run=run_add)
    remove = actions.add_parser("remove", help="take an emoji away")
    remove.add_argument("shortcode", metavar="NAME")
    remove.set_defaults(run=run_remove)
    listing = actions.add_parser("list", help="list the emojis")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)


def run_add(context: Context) -> int:
    """Add an emoji."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.runtimes import open_runtime
        from fedi.core.emojis.service import add_emoji

        async with open_runtime(settings) as runtime:
            await add_emoji(runtime, args.shortcode, args.file, args.category)
        print(f":{args.shortcode}: is there.")

    return context.run(work)


def run_remove(context: Context) -> int:
    """Take an emoji away."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.emojis.service import remove_emoji

        async with open_desk(settings) as desk, desk.unit() as unit:
            await remove_emoji(unit, context.args.shortcode)
        print(f":{context.args.shortcode}: is gone.")

    return context.run(work)


def run_list(context: Context) -> int:
    """List the emojis."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.emojis.queries import list_all

        async with open_desk(settings) as desk:
            emojis = await list_all(desk.read())
        if context.args.json:
            rows = [
                {
                    "shortcode": emoji.shortcode,
                    "category": emoji.category,
                    "content_type": emoji.content_type,
                    "disabled": emoji.disabled,
                }
                for emoji in emojis
            ]
            print(json.dumps(rows, indent=1))
            return
        for emoji in emojis:
            print(f":{emoji.shortcode}:".ljust(40), emoji.category or "")

    return context.run(work)
