"""`fedi rule`: the rules of the house."""

import json
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("rule", help="the rules of the house")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a rule after the others")
    add.add_argument("text", metavar="TEXT")
    add.add_argument("--hint", default="", help="more about it, for those who ask")
    add.set_defaults(run=run_add)
    listing = actions.add_parser("list", help="list the rules with their ids")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)
    remove = actions.add_parser("remove", help="take a rule away")
    remove.add_argument("id", metavar="ID", type=int)
    remove.set_defaults(run=run_remove)


def run_add(context: Context) -> int:
    """Add a rule."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.moderation.rules import add_rule

        async with open_desk(settings) as desk, desk.unit() as unit:
            rule = await add_rule(unit, context.args.text, context.args.hint)
        print(f"{rule.id}: {rule.text}")

    return context.run(work)


def run_list(context: Context) -> int:
    """List the rules."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.moderation.rules import list_rules

        async with open_desk(settings) as desk:
            rules = await list_rules(desk.read())
        if context.args.json:
            rows = [{"id": str(rule.id), "text": rule.text, "hint": rule.hint} for rule in rules]
            print(json.dumps(rows, indent=1))
            return
        for rule in rules:
            print(f"{rule.id}  {rule.text}")

    return context.run(work)


def run_remove(context: Context) -> int:
    """Take a rule away."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.moderation.rules import remove_rule

        async with open_desk(settings) as desk, desk.unit() as unit:
            await remove_rule(unit, context.args.id)
        print(f"Rule {context.args.id} is gone.")

    return context.run(work)
