"""`fedi account`: make and look after the accounts of this server."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from fedi.cli import moves
from fedi.cli.context import Context
from fedi.config import Settings

ROLES = ("owner", "admin", "moderator", "member")
DEFAULT_SCOPES = "read write follow push"


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("account", help="create and manage accounts")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = _add(actions, "create", run_create, "make an account")
    create.add_argument("--email", required=True)
    create.add_argument("--password", help="made up and printed when it is not given")
    create.add_argument("--role", choices=ROLES, default="member")
    create.add_argument("--confirmed", action="store_true", help="the address is known to be good")
    token = _add(actions, "token", run_token, "make an access token and print it")
    token.add_argument("--scopes", default=DEFAULT_SCOPES)
    password = _add(actions, "password", run_password, "give a new password; signs out everywhere")
    password.add_argument("--password", help="made up and printed when it is not given")
    _add(actions, "confirm", run_confirm, "take an address for good: without that no app lets in")
    _add(actions, "disable", run_disable, "lock somebody out")
    _add(actions, "enable", run_enable, "let somebody in again")
    delete = _add(actions, "delete", run_delete, "delete an account for good")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    listing = actions.add_parser("list", help="list the accounts")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.add_argument("--pending", action="store_true", help="only those who wait to be let in")
    listing.set_defaults(run=run_list)
    _add(actions, "suspend", run_suspend, "hide an account everywhere; after 30 days it is deleted")
    _add(actions, "unsuspend", run_unsuspend, "take a suspension back")
    _add(actions, "rotate-keys", run_rotate_keys, "give an account new keys to sign with")
    moves.register(actions)
    _add(actions, "approve", run_approve, "let somebody in who asked to join")
    _add(actions, "reject", run_reject, "turn down somebody who asked to join")


def _add(
    actions: Any, name: str, run: Callable[[Context], int], about: str
) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=about)
    action.add_argument("name", metavar="NAME")
    action.set_defaults(run=run)
    return action


def _change(context: Context, change: Callable[[Any, Any], Awaitable[object]], ending: str) -> int:
    """Do something with the user who is named, in a unit, and say what has become of them."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.auth.users import get_user

        async with open_desk(settings) as desk, desk.unit() as unit:
            user = await get_user(unit, context.args.name)
            await change(unit, user)
        print(f"{user.username} {ending}.")

    return context.run(work)


def run_create(context: Context) -> int:
    """Make an account that can sign in."""
    args = context.args

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.accounts.service import check_username, create_local
        from fedi.core.auth.passwords import hash_password
        from fedi.core.auth.users import check_email, create_user
        from fedi.core.key_pairs import generate_pair

        check_username(args.name, staff=True)
        check_email(args.email)
        password = args.password or _make_password()
        hashed, pair = await asyncio.gather(
            hash_password(password), asyncio.to_thread(generate_pair)
        )
        async with open_desk(settings) as desk, desk.unit() as unit:
            account = await create_local(unit, settings, args.name, pair)
            await create_user(
                unit, account.id, args.email, hashed, args.role, confirmed=args.confirmed
            )
        print(f"@{account.username}@{settings.local_domain} ({args.role}) is there.")
        if not args.password:
            print(f"Password: {password}")
        if not args.confirmed:
            print(f"No app lets them in before: fedi account confirm {account.username}")

    return context.run(work)


def run_confirm(context: Context) -> int:
    """Take an address for good, as `create --confirmed` does."""
    from fedi.core.auth.users import confirm

    return _change(context, lambda unit, user: confirm(unit, user.id), "has a confirmed address")


def run_token(context: Context) -> int:
    """Print a new access token, and nothing else."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.auth.apps import check_scopes, ensure_cli_app
        from fedi.core.auth.tokens import issue_token
        from fedi.core.auth.users import get_user

        async with open_desk(settings) as desk, desk.unit() as unit:
            user = await get_user(unit, context.args.name)
            app = await ensure_cli_app(unit)
            scopes = check_scopes(app, context.args.scopes)
            token = await issue_token(unit, user.id, scopes, app)
        print(token.token)

    return context.run(work)


def run_password(context: Context) -> int:
    """Give a new password and end everything that got in with the old one."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.auth.passwords import hash_password
        from fedi.core.auth.users import get_user, set_password

        password = context.args.password or _make_password()
        hashed = await hash_password(password)
        async with open_desk(settings) as desk, desk.unit() as unit:
            user = await get_user(unit, context.args.name)
            await set_password(unit, user.id, hashed)
        print(f"{user.username} has a new password; all sessions and tokens have ended.")
        if not context.args.password:
            print(f"Password: {password}")

    return context.run(work)


def run_disable(context: Context) -> int:
    """Lock somebody out."""
    from fedi.core.auth.users import disable

    return _change(context, lambda unit, user: disable(unit, user.id), "is locked out")


def run_enable(context: Context) -> int:
    """Let somebody in again."""
    from fedi.core.auth.users import enable

    return _change(context, lambda unit, user: enable(unit, user.id), "may come in")


def run_delete(context: Context) -> int:
    """Delete an account for good; without `--yes`, only when its name is typed again."""
    name = context.args.name
    if not context.args.yes:
        print(f"Delete {name} and all their posts for good? Type the name again: ", end="")
        sys.stdout.flush()
        answer = sys.stdin.readline()
        if answer.strip() != name:
            print("Nothing was done.")
            return 1

    from fedi.core.accounts.service import delete_account

    return _change(
        context,
        lambda unit, user: delete_account(unit, user.account_id),
        "is gone; other servers are being told",
    )


def run_suspend(context: Context) -> int:
    """Hide an account, here and elsewhere."""
    from fedi.core.accounts.suspension import suspend_account

    return _change(
        context,
        lambda unit, user: suspend_account(unit, user.account_id),
        "is suspended; other servers are being told",
    )


def run_unsuspend(context: Context) -> int:
    """Show an account again."""
    from fedi.core.accounts.suspension import unsuspend_account

    return _change(
        context,
        lambda unit, user: unsuspend_account(unit, user.account_id),
        "is back; other servers are being told",
    )


def run_rotate_keys(context: Context) -> int:
    """Give an account new keys; the old ones sign until others have seen the new."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.accounts.rotation import rotate
        from fedi.core.key_pairs import generate_pair

        pair = await asyncio.to_thread(generate_pair)
        async with open_desk(settings) as desk, desk.unit() as unit:
            start = await rotate(unit, settings, context.args.name, pair)
        print(f"The new keys of {context.args.name} sign from {start:%Y-%m-%d %H:%M} UTC on.")

    return context.run(work)


def run_approve(context: Context) -> int:
    """Let somebody in who asked to join."""
    from fedi.core.auth.sign_up import approve

    return _change(context, lambda unit, user: approve(unit, user.id), "may come in")


def run_reject(context: Context) -> int:
    """Turn down somebody who asked to join."""
    from fedi.core.auth.sign_up import reject

    return _change(
        context, lambda unit, user: reject(unit, user.id), "was turned down; the name is free again"
    )


def run_list(context: Context) -> int:
    """List everybody who can sign in."""

    async def work(settings: Settings) -> None:
        from fedi.cli.units import open_desk
        from fedi.core.auth.users import list_users

        async with open_desk(settings) as desk:
            users = await list_users(desk.read(), pending=context.args.pending)
        if context.args.json:
            print(json.dumps([_describe(user) for user in users], indent=1))
            return
        for user in users:
            problem = f"  ({user.problem})" if user.problem else ""
            print(f"{user.username:<30} {user.role:<10} {user.email}{problem}")
            if context.args.pending and user.reason:
                print(f"    {' '.join(user.reason.split())}")

    return context.run(work)


def _describe(user: Any) -> dict[str, Any]:
    return {
        "id": str(user.account_id),
        "username": user.username,
        "email": user.email,
        "role": user.role,
        "confirmed": user.confirmed_at is not None,
        "approved": user.approved_at is not None,
        "disabled": user.disabled_at is not None,
        "problem": user.problem,
        "reason": user.reason,
        "created_at": _moment(user.created_at),
        "last_sign_in_at": _moment(user.last_sign_in_at),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _make_password() -> str:
    import secrets

    return secrets.token_urlsafe(15)
