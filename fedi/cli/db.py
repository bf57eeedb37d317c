"""`fedi db`: the whole database in a file, to keep it or to carry it to another PostgreSQL."""

import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fedi.cli.context import Context
from fedi.config import Settings
from fedi.embedded.binaries import find_postgres
from fedi.embedded.services import borrow_services
from fedi.kit.errors import FediError


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("db", help="write the database to a file, or read it from one")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, handler, about in (
        ("dump", run_dump, "write the database to FILE; the server may run meanwhile"),
        ("load", run_load, "read the database from FILE; it must be empty"),
    ):
        action = actions.add_parser(name, help=about)
        action.add_argument("file", type=Path)
        action.set_defaults(run=handler)


def run_dump(context: Context) -> None:
    """Write everything, whole or not at all."""
    target: Path = context.args.file
    half = target.with_name(f"{target.name}.part")
    with borrow_services(context.home, context.settings) as settings:
        _run(settings, "pg_dump", "-Fc", "--no-owner", "-f", str(half))
    half.chmod(0o600)
    half.replace(target)
    print(f"Written to {target}. It holds private posts and password hashes: keep it safe, and")
    print(f"keep {context.home.path / 'secret'} as well, apart from it.")


def run_load(context: Context) -> None:
    """Read everything in one transaction."""
    source: Path = context.args.file
    with borrow_services(context.home, context.settings) as settings:
        _run(settings, "pg_restore", "--no-owner", "--single-transaction", str(source))
    print("Read. The next start brings it up to date.")


def _run(settings: Settings, program: str, *words: str) -> None:
    """Run a PostgreSQL program on our database; the password must not stand in its command line."""
    url = urlsplit(settings.database.url)
    bare = url._replace(netloc=f"{url.username or ''}@{url.netloc.rpartition('@')[2]}").geturl()
    done = subprocess.run(  # noqa: S603
        [find_postgres() / "bin" / program, "-d", bare, *words],
        env={"PATH": os.defpath, "PGPASSWORD": unquote(url.password or "")},
        check=False,
    )
    if done.returncode != 0:
        raise FediError(f"{program} failed; see above.")
