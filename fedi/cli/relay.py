"""`fedi relay`: take part in relays, which pass public posts on among servers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings


def register(commands: Any) -> None:
    """Add the commands."""
    about = "take part in relays, which pass on public posts"
    parser = commands.add_parser("relay", help=about, description=about)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="ask a relay to pass posts on")
    add.add_argument("address", metavar="ADDRESS", help="its inbox, or its actor")
    add.add_argument(
        "--style",
        choices=("mastodon", "litepub"),
        help="mastodon: ADDRESS is an inbox; litepub: it is an actor; else told by how it ends",
    )
    add.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="NAME",
        help="take only posts with this hashtag; may be given several times",
    )
    add.add_argument(
        "--receive-only", action="store_true", help="do not send posts of this server there"
    )
    add.set_defaults(run=run_add)
    remove = actions.add_parser("remove", help="leave a relay")
    remove.add_argument("address", metavar="ADDRESS", help="its inbox, its actor, or its host")
    remove.set_defaults(run=run_remove)
    listing = actions.add_parser("list", help="list the relays")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=run_list)


def run_add(context: Context) -> int:
    """Ask a relay."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.core.relays import NewRelay, add_relay

        inbox, actor = args.address, None
        if (args.style or _style_of(inbox)) == "litepub":
            inbox, actor = await _find_inbox(settings, args.address)
        style = "litepub" if actor else "mastodon"
        new = NewRelay(style, inbox, actor, tuple(args.tag), sends=not args.receive_only)
        await _change(settings, lambda unit: add_relay(unit, settings.origin, new))
        print(f"{inbox} is asked; `fedi relay list` shows its answer.")

    return context.run(work)


def _style_of(address: str) -> str:
    return "mastodon" if address.rstrip("/").endswith("/inbox") else "litepub"


async def _find_inbox(settings: Settings, address: str) -> tuple[str, str]:
    """The inbox and the id of the actor at an address."""
    from fedi.cli.runtimes import open_runtime
    from fedi.core.accounts.people import People
    from fedi.core.accounts.resolve import resolve_actors
    from fedi.kit.errors import FediError

    async with open_runtime(settings) as runtime:
        found = (await resolve_actors(People(runtime), [address], refresh=True))[address]
        if isinstance(found, FediError):
            raise found
        inbox = await runtime.db.value("SELECT inbox_url FROM accounts WHERE id = $1", found.id)
    return inbox, found.uri


def run_remove(context: Context) -> int:
    """Leave a relay."""

    async def work(settings: Settings) -> None:
        from fedi.core.relays import remove_relay

        await _change(settings, lambda unit: remove_relay(unit, context.args.address))
        print("Left; what came by it stays.")

    return context.run(work)


async def _change(settings: Settings, change: Callable[[Any], Awaitable[Any]]) -> None:
    from fedi.cli.units import open_desk

    async with open_desk(settings) as desk, desk.unit() as unit:
        await change(unit)


def run_list(context: Context) -> int:
    """List the relays and what they said."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.relays import STATES, list_relays

        async with open_desk(settings) as desk:
            relays = await list_relays(desk.read())
        if context.args.json:
            rows = [
                {
                    "inbox": relay.inbox_url,
                    "actor": relay.actor_uri,
                    "style": relay.style,
                    "state": STATES[relay.state],
                    "tags": list(relay.tags),
                    "sends": relay.sends,
                    "created_at": relay.created_at.isoformat(),
                }
                for relay in relays
            ]
            print(json.dumps(rows, indent=1))
            return
        for relay in relays:
            tags = " ".join(f"#{tag}" for tag in relay.tags)
            way = "both ways" if relay.sends else "receives only"
            print(f"{relay.inbox_url:<50} {STATES[relay.state]:<9} {way} {tags}".rstrip())

    return context.run(work)
