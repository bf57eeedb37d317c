"""`fedi config`: the settings shown, checked and documented."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from fedi.cli.context import Context
from fedi.config import Settings, default_of, env_name, list_keys

_HEAD_PAGE = """\
# Settings

One TOML file, `fedi.toml` in the data directory unless `--config` (or `FEDI_CONFIG`) names another.
Every key can also be given in the environment; the environment wins over the file, and flags of the
command line win over both. A secret may lie in a file of its own, named by the variable with
`_FILE` behind it. Lists and tables in the environment are JSON. Unknown keys are refused.

Written by `fedi config docs`.
"""

_HEAD_FILE = """\
# Settings of fedi, each with its default. Copy what you change to fedi.toml in the data directory.
# Each key is also a variable: FEDI_DOMAIN, FEDI_DATABASE_URL, ... ; secrets also as FEDI_..._FILE.
# Written by `fedi config docs --toml`.
"""


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("config", help="show, check or document the settings")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the settings that hold, secrets hidden")
    show.set_defaults(run=run_show)
    check = actions.add_parser("check", help="say whether the settings can be used")
    check.set_defaults(run=run_check)
    docs = actions.add_parser("docs", help="write the documentation of all settings")
    docs.add_argument("--toml", action="store_true", help="as an example file")
    docs.set_defaults(run=run_docs)


def run_show(context: Context) -> None:
    """Print every key with the value that holds."""
    for section, name, entry in list_keys():
        holder = getattr(context.given, section) if section else context.given
        value = getattr(holder, name)
        if entry.metadata["secret"] and value:
            value = "(hidden)"
        changed = "" if value == default_of(entry) else "  # set"
        print(f"{section + '.' if section else ''}{name} = {to_toml(value)}{changed}")


def run_check(context: Context) -> None:
    """Read everything; a mistake is reported by the exception that it raises."""
    settings: Settings = context.settings
    source = context.config_file or "no file"
    print(f"The settings can be used ({source}). The server is {settings.origin}.")


def run_docs(context: Context) -> None:
    """Print the page, or the example file."""
    print("\n".join(write_example() if context.args.toml else write_page()), end="")


def write_page() -> Iterator[str]:
    """Yield the lines of `docs/settings.md`."""
    yield _HEAD_PAGE
    for section, keys in groupby(list_keys(), key=lambda entry: entry[0]):
        yield f"## {f'`[{section}]`' if section else 'At the top'}\n"
        yield "| key | default | variable | meaning |\n|---|---|---|---|"
        for _, name, entry in keys:
            variable = f"`{env_name(section, name)}`"
            if entry.metadata["secret"]:
                variable += ", `…_FILE`"
            default = to_toml(default_of(entry)).replace("|", "\\|")
            about = entry.metadata["about"].replace("|", "\\|")
            yield f"| `{name}` | `{default}` | {variable} | {about} |"
        yield ""


def write_example() -> Iterator[str]:
    """Yield the lines of `conf/fedi.example.toml`."""
    yield _HEAD_FILE
    for section, keys in groupby(list_keys(), key=lambda entry: entry[0]):
        if section:
            yield f"[{section}]"
        for _, name, entry in keys:
            yield f"# {entry.metadata['about']}"
            yield f"#{name} = {to_toml(default_of(entry))}"
        yield ""


def to_toml(value: Any) -> str:
    """Write a value as TOML does."""
    if isinstance(value, tuple):
        return f"[{', '.join(to_toml(item) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = [f"{json.dumps(name)} = {json.dumps(part)}" for name, part in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    return json.dumps(value)
