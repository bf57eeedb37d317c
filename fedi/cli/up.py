"""`fedi up`: everything on one machine."""

import argparse
import dataclasses
from typing import Any

from fedi.cli.context import Context
from fedi.embedded.supervisor import Plan, supervise


def add_server_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of the commands that serve."""
    absent = argparse.SUPPRESS
    parser.add_argument("--bind", metavar="ADDRESS:PORT", default=absent, help="where to listen")
    parser.add_argument("--public-url", metavar="URL", default=absent, help="what others see")
    parser.add_argument("--tls-cert", metavar="FILE", default=absent, help="certificate chain")
    parser.add_argument("--tls-key", metavar="FILE", default=absent, help="its private key")


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("up", help="run everything on this machine")
    add_server_flags(parser)
    parser.set_defaults(run=run)


def run(context: Context) -> int:
    """Run until told to stop."""
    # What the directory was told at an earlier start is no reason to keep an address for ever.
    settings = dataclasses.replace(context.settings, public_url=context.given.public_url)
    same = ["--domain", settings.domain, "--public-url", settings.origin, "--bind", settings.bind]
    tls = [("--tls-cert", settings.web.tls_cert), ("--tls-key", settings.web.tls_key)]
    serving = [*same, *(word for flag, file in tls if file for word in (flag, file))]
    return supervise(
        Plan(
            home=context.home,
            settings=settings,
            prepare=context.child("migrate", "--report", *same),
            web=context.child("web", "--leash", *serving),
            worker=context.child("worker", "--leash", *same),
        )
    )
