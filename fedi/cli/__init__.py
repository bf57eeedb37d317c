"""The `fedi` command.

Each command lives in a module of this package with a function `register(commands)`, which adds its
parsers and names its handler with `set_defaults(run=handler)`; a handler takes a `Context` and may
return an exit code. Only the module of the command that was asked for is imported, so a module may
import what it needs; `fedi up` stays small because its own modules do.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from fedi import __version__
from fedi.cli.context import Context
from fedi.config import ConfigError
from fedi.kit.errors import FediError

# command: (module, what `fedi help` says about it)
COMMANDS = {
    "up": ("fedi.cli.up", "run everything: databases, migrations, web and worker"),
    "web": ("fedi.cli.serve", "run one web process in the foreground"),
    "worker": ("fedi.cli.serve", "run one worker process in the foreground"),
    "migrate": ("fedi.cli.migrate", "bring the database up to date"),
    "status": ("fedi.cli.status", "list the running processes"),
    "config": ("fedi.cli.config", "show, check or document the settings"),
    "account": ("fedi.cli.account", "create and manage accounts"),
    "emoji": ("fedi.cli.emoji", "add and remove custom emojis"),
    "domain": ("fedi.cli.domain", "block and unblock other servers"),
    "relay": ("fedi.cli.relay", "take part in relays, which pass on public posts"),
    "group": ("fedi.cli.group", "groups that people here and elsewhere follow"),
    "rule": ("fedi.cli.rule", "the rules of the house"),
    "announcement": ("fedi.cli.announcement", "say something to everybody"),
    "delivery": ("fedi.cli.delivery", "see what was delivered and what was not"),
    "media": ("fedi.cli.media", "see how much room files take, and make some"),
    "probe": ("fedi.cli.probe", "look at a remote account or address step by step"),
    "doctor": ("fedi.cli.doctor", "say what is wrong with this server and how to mend it"),
    "db": ("fedi.cli.db", "write the database to a file, or read it from one"),
}


class Parser(argparse.ArgumentParser):
    """A parser that takes the flags which every command takes, at every depth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        absent = argparse.SUPPRESS
        self.add_argument(
            "--data", metavar="DIR", default=absent, help="data directory (FEDI_DATA)"
        )
        self.add_argument("--config", metavar="FILE", default=absent, help="settings (FEDI_CONFIG)")
        self.add_argument(
            "--domain", default=absent, help="the server's domain, at the first start"
        )


def main(argv: Sequence[str] | None = None, *, entry: str = "fedi") -> int:
    """Run one command and return its exit code; children are started as `python -m <entry>`."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _build_parser(next((word for word in words if word in COMMANDS), None))
    args = parser.parse_args(words)
    if "run" not in args:
        parser.print_help()
        return 2
    handler = cast("Callable[[Context], int | None]", args.run)
    try:
        return handler(Context(args, entry=entry)) or 0
    except ConfigError as problem:
        print(f"fedi: {problem}", file=sys.stderr)
        return 2
    except FediError as problem:
        print(f"fedi: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to be said, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as problem:
        print(f"fedi: {problem}", file=sys.stderr)
        return 1


def _build_parser(asked: str | None) -> argparse.ArgumentParser:
    """Build the parser with the commands of one module, or of all when none was named."""
    parser = Parser(prog="fedi", description="An ActivityPub server for one community.")
    parser.add_argument("--version", action="version", version=f"fedi {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    modules = (
        [COMMANDS[asked][0]] if asked else list(dict.fromkeys(m for m, _ in COMMANDS.values()))
    )
    for module in modules:
        if find_spec(module):
            import_module(module).register(commands)
    return parser
