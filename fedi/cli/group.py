"""`fedi group`: groups of this server."""

import argparse
import asyncio
import json
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings

_POSTING = ("anybody", "members", "moderators")


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("group", help="groups that people here and elsewhere follow")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a group")
    create.add_argument("name", metavar="NAME", help="its name, as in !NAME@example.org")
    create.add_argument("--owner", metavar="MEMBER", required=True, help="who keeps order there")
    create.add_argument("--title", default="", help="what it is called")
    create.add_argument("--note", default="", help="what it is about")
    create.add_argument("--posting", choices=_POSTING, default="anybody", help="who may post")
    create.add_argument("--approval", action="store_true", help="posts wait for a moderator")
    create.set_defaults(run=run_create)
    listing = actions.add_parser("list", help="list the groups")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)
    for word, about in (("moderator", "let a member keep order, too"), ("ban", "ban somebody")):
        add = actions.add_parser(word, help=about)
        add.add_argument("name", metavar="NAME", help="the group")
        add.add_argument("who", metavar="MEMBER[@DOMAIN]")
        add.add_argument("--undo", action="store_true", help="take it back")
        add.set_defaults(run=run_moderator if word == "moderator" else run_ban)
    remove = actions.add_parser("remove", help="remove a group for good")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=run_remove)


def run_create(context: Context) -> int:
    """Make a group."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.accounts.queries import find_local
        from fedi.core.groups.service import create_group
        from fedi.core.groups.types import GroupChanges
        from fedi.core.key_pairs import generate_pair
        from fedi.kit.errors import NotFound

        keys = await asyncio.to_thread(generate_pair)
        changes = GroupChanges(
            display_name=args.title,
            note=args.note,
            posting=_POSTING.index(args.posting),
            approval=args.approval,
        )
        async with open_desk(settings) as desk, desk.unit() as unit:
            owner = await find_local(unit, args.owner)
            if owner is None or owner.is_gone:
                raise NotFound(f"there is no member {args.owner!r}")
            made = await create_group(unit, settings, owner.id, args.name, keys, changes)
        print(f"Group !{made.username}@{settings.local_domain} is there.")

    return context.run(work)


def run_list(context: Context) -> int:
    """List the groups."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.groups.queries import list_all

        async with open_desk(settings) as desk:
            found = await list_all(desk.read())
        rows = [
            {
                "id": str(group.id),
                "name": group.username,
                "title": group.display_name,
                "posting": _POSTING[group.posting],
                "approval": group.approval,
            }
            for group in found
        ]
        if context.args.json:
            print(json.dumps(rows, indent=1))
            return
        for row in rows:
            print(f"{row['id']}  {row['name']}  {row['posting']}  {row['title']}")

    return context.run(work)


def run_moderator(context: Context) -> int:
    """Let somebody keep order, or no more."""
    return _about(context, "moderator")


def run_ban(context: Context) -> int:
    """Ban somebody, or no more."""
    return _about(context, "ban")


def _about(context: Context, word: str) -> int:
    args: argparse.Namespace = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.accounts.queries import find_by_handles
        from fedi.core.groups import queries, service
        from fedi.kit.errors import NotFound

        name, _, domain = str(args.who).removeprefix("@").partition("@")
        handle = (name, None if domain in ("", settings.local_domain) else domain)
        deeds = {
            "moderator": (service.add_moderator, service.drop_moderator),
            "ban": (service.ban, service.unban),
        }
        async with open_desk(settings) as desk, desk.unit() as unit:
            group = await queries.find_by_name(unit, args.name)
            who = (await find_by_handles(unit, [handle])).get(handle)
            if who is None:
                raise NotFound(f"nobody is known as {args.who!r}")
            owner = await queries.find_owner(unit, group.id)
            await deeds[word][bool(args.undo)](unit, owner, group.id, who.id)
        print("Done.")

    return context.run(work)


def run_remove(context: Context) -> int:
    """Remove a group for good."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.groups.queries import find_by_name
        from fedi.core.groups.service import remove_group

        async with open_desk(settings) as desk, desk.unit() as unit:
            await remove_group(unit, (await find_by_name(unit, context.args.name)).id)
        print(f"Group {context.args.name} is gone.")

    return context.run(work)
