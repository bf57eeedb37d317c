"""`fedi announcement`: say something to everybody."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("announcement", help="say something to everybody")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="announce something")
    add.add_argument("text", metavar="TEXT")
    add.add_argument("--starts", type=_moment, help="when it begins: 2026-05-01T18:00, in UTC")
    add.add_argument("--ends", type=_moment, help="when it is over; then it is shown no longer")
    add.add_argument("--all-day", action="store_true", help="show only the days, not the hours")
    add.set_defaults(run=run_add)
    listing = actions.add_parser("list", help="list the announcements with their ids")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)
    remove = actions.add_parser("remove", help="take an announcement back")
    remove.add_argument("id", metavar="ID", type=int)
    remove.set_defaults(run=run_remove)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is no date") from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def run_add(context: Context) -> int:
    """Announce something."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.announcements.service import publish

        async with open_desk(settings) as desk, desk.unit() as unit:
            announcement_id = await publish(
                unit,
                settings.origin,
                args.text,
                starts_at=args.starts,
                ends_at=args.ends,
                all_day=args.all_day,
            )
        print(f"Announcement {announcement_id} is shown to everybody.")

    return context.run(work)


def run_list(context: Context) -> int:
    """List the announcements."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.announcements.queries import list_all

        async with open_desk(settings) as desk:
            found = await list_all(desk.read())
        if context.args.json:
            rows = [
                {
                    "id": str(item.id),
                    "text": item.text,
                    "published_at": item.published_at.isoformat(),
                    "ends_at": item.ends_at.isoformat() if item.ends_at else None,
                }
                for item in found
            ]
            print(json.dumps(rows, indent=1))
            return
        for item in found:
            print(f"{item.id}  {item.text.splitlines()[0][:100]}")

    return context.run(work)


def run_remove(context: Context) -> int:
    """Take an announcement back."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.announcements.service import remove

        async with open_desk(settings) as desk, desk.unit() as unit:
            await remove(unit, context.args.id)
        print(f"Announcement {context.args.id} is gone.")

    return context.run(work)
