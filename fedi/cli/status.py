"""`fedi status`: what runs on a data directory."""

import json
from typing import Any

from fedi.cli.context import Context
from fedi.embedded.processes import is_alive

_ORDER = ("supervisor", "web", "worker", "postgres", "redis")


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("status", help="list the running processes")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=show)


def show(context: Context) -> int:
    """List every process with its role and pid; the exit code is 3 when none runs."""
    processes = [
        {"role": facts["role"], "pid": facts["pid"], "ready": facts.get("ready", True)}
        for facts in context.home.records().values()
        if is_alive(facts)
    ]
    processes.sort(key=lambda facts: (_ORDER.index(facts["role"]), facts["pid"]))
    known = context.home.identity()
    if context.args.json:
        report = {
            "data": str(context.home.path),
            "domain": known.get("domain"),
            "origin": known.get("origin"),
            "running": bool(processes),
            "processes": processes,
        }
        print(json.dumps(report, indent=1))
    elif processes:
        print(f"{known.get('origin', '')}  ({context.home.path})")
        for facts in processes:
            print(f"  {facts['role']:<11}{facts['pid']:>8}{'' if facts['ready'] else '  starting'}")
    else:
        print(f"Nothing runs on {context.home.path}.")
    return 0 if processes else 3
