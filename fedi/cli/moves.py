"""`fedi account alias` and `fedi account move`: accounts that change servers."""

from collections.abc import Awaitable, Callable
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings

# (the parts of the process, the member's account)
Work = Callable[[Any, Any], Awaitable[None]]


def register(actions: Any) -> None:
    """Add the commands to those about accounts."""
    alias = actions.add_parser("alias", help="name accounts elsewhere that are the same person's")
    alias.add_argument("name", metavar="NAME")
    alias.add_argument("handles", metavar="HANDLE", nargs="*", help="none lists the aliases")
    alias.add_argument("--remove", action="store_true", help="they no longer are")
    alias.set_defaults(run=run_alias)
    move = actions.add_parser("move", help="move an account to another server, with its followers")
    move.add_argument("name", metavar="NAME")
    move.add_argument("handle", metavar="HANDLE", nargs="?", help="the new account")
    move.add_argument("--cancel", action="store_true", help="the account is here again")
    move.set_defaults(run=run_move)


def run_alias(context: Context) -> int:
    """Name accounts elsewhere that are the same person's, so that they can be moved here."""
    args = context.args

    async def work(people: Any, account: Any) -> None:
        from fedi.core.accounts.queries import get_by_id
        from fedi.core.moving import add_alias, remove_alias

        for handle in args.handles:
            uri = await _find_uri(people, handle)
            async with people.runtime.unit() as unit:
                fresh = await get_by_id(unit, account.id)
                await (remove_alias if args.remove else add_alias)(unit, fresh, uri)
        known = await get_by_id(people.runtime.read(), account.id)
        for uri in known.also_known_as:
            print(uri)

    return _run(context, work)


def run_move(context: Context) -> int:
    """Move an account away, or back."""
    args = context.args

    async def work(people: Any, account: Any) -> None:
        from fedi.core.moving import cancel_move, move
        from fedi.kit.errors import Invalid

        if args.cancel:
            async with people.runtime.unit() as unit:
                await cancel_move(unit, account)
            print(f"@{account.username} is here again.")
            return
        if not args.handle:
            raise Invalid("Name the new account, as user@host")
        target = await _read_anew(people, args.handle)
        async with people.runtime.unit() as unit:
            await move(unit, account, target)
        print(f"@{account.username} has moved to @{target.acct}; followers are being told.")

    return _run(context, work)


def _run(context: Context, work: Work) -> int:
    from fedi.cli.runtimes import open_runtime
    from fedi.core.accounts.people import People
    from fedi.core.accounts.queries import get_by_id
    from fedi.core.auth.users import get_user
    from fedi.core.instance import ensure_instance

    async def run(settings: Settings) -> None:
        async with open_runtime(settings) as runtime:
            await ensure_instance(runtime)
            user = await get_user(runtime.read(), context.args.name)
            await work(People(runtime), await get_by_id(runtime.read(), user.account_id))

    return context.run(run)


async def _find_uri(people: Any, text: str) -> str:
    """The id behind a handle, or an id as it was typed."""
    from fedi.core.accounts.resolve import resolve_handle

    if text.startswith(("https://", "http://")):
        return text
    account = await resolve_handle(people, text)
    return account.uri


async def _read_anew(people: Any, text: str) -> Any:
    """An account as its own server shows it now."""
    from fedi.core.accounts.resolve import resolve_actors
    from fedi.kit.clock import now
    from fedi.kit.errors import FediError, Invalid

    uri, began = await _find_uri(people, text), now()
    found = (await resolve_actors(people, [uri], refresh=True))[uri]
    if isinstance(found, FediError):
        raise found
    if not found.is_local and (found.fetched_at is None or found.fetched_at < began):
        raise Invalid("The server of the new account does not answer")
    return found
