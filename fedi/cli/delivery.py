"""`fedi delivery`: what became of every activity at every inbox."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fedi.cli.context import Context
from fedi.cli.runtimes import run_with_runtime
from fedi.kit.runtime import Runtime


def register(commands: Any) -> None:
    """Add the command."""
    about = "see what was delivered and what was not"
    parts = commands.add_parser("delivery", help=about, description=about).add_subparsers(
        metavar="WHAT", required=True
    )
    for name, handler, about in (
        ("status", show_status, "how much waits, and how the rest ended"),
        ("hosts", show_hosts, "hosts with trouble or with work waiting"),
        ("receipt", show_receipt, "what became of one post at every inbox"),
        ("retry", retry, "try everything for a host again now"),
    ):
        part = parts.add_parser(name, help=about, description=about)
        part.add_argument("--json", action="store_true", help="for programs")
        if name == "receipt":
            part.add_argument("post", help="the address or the number of a post")
        if name == "retry":
            part.add_argument("host", help="as `fedi delivery hosts` shows it")
        part.set_defaults(run=handler)


def show_status(context: Context) -> int:
    """Depth of the queue and counts of endings."""
    from fedi.federation.delivery.ledger import summarise

    async def work(runtime: Runtime) -> int:
        found = await summarise(runtime.read())
        figures: dict[str, Any] = {
            "pending": found.queue.ready,
            "waiting": found.queue.parked,
            "oldest pending (seconds)": round(found.queue.oldest_ready_seconds, 1),
            **{name: found.ended.get(name, 0) for name in ("delivered", "superseded")},
            **{name: found.ended.get(name, 0) for name in ("refused", "given up")},
            "hosts held back": found.held_hosts,
        }
        if context.args.json:
            _print_json({name.replace(" ", "_"): value for name, value in figures.items()})
        else:
            _print_table([[name, str(value)] for name, value in figures.items()])
        return 0

    return run_with_runtime(context, work)


def show_hosts(context: Context) -> int:
    """The hosts that an operator may want to know about."""
    from fedi.federation.delivery.ledger import list_hosts

    async def work(runtime: Runtime) -> int:
        hosts = await list_hosts(runtime.read())
        if context.args.json:
            _print_json(hosts)
            return 0
        if not hosts:
            print("No host has trouble, and nothing waits.")
            return 0
        head = ["HOST", "WAITING", "FAILURES", "NEXT PROBE", "LAST SUCCESS", "LAST ERROR"]
        rows = [
            [
                host["host"],
                str(host["pending"]),
                str(host["failures"]),
                _when(host["held_until"]),
                _when(host["last_success_at"]),
                (host["last_error"] or "-")[:60],
            ]
            for host in hosts
        ]
        _print_table([head, *rows])
        return 0

    return run_with_runtime(context, work)


def show_receipt(context: Context) -> int:
    """Every activity about a post, and every inbox of it."""
    from fedi.federation.delivery.ledger import receipts

    async def work(runtime: Runtime) -> int:
        found = await receipts(runtime.read(), context.args.post)
        if context.args.json:
            _print_json([dataclasses.asdict(receipt) for receipt in found])
            return 0 if found else 1
        if not found:
            print("Nothing was sent about this post, or there is no such post.")
            return 1
        for receipt in found:
            print(f"{receipt.type}  {_when(receipt.created_at)}  {receipt.activity}")
            for name, count in receipt.counts.items():
                print(f"    {count} {name}")
            if not receipt.lines and not receipt.counts:
                print("    nobody elsewhere was to receive it")
            _print_table(
                [
                    [f"    {line.state}", line.inbox_url, _when(line.last_tried_at), _why(line)]
                    for line in receipt.lines
                ]
            )
        return 0

    return run_with_runtime(context, work)


def retry(context: Context) -> int:
    """Close the breaker of a host and try again."""
    from fedi.federation.delivery.ledger import retry_host

    async def work(runtime: Runtime) -> int:
        async with runtime.unit() as unit:
            count = await retry_host(unit, context.args.host)
        if context.args.json:
            _print_json({"host": context.args.host, "deliveries": count})
        else:
            print(f"{count} deliveries to {context.args.host} are due again.")
        return 0

    return run_with_runtime(context, work)


def _why(line: Any) -> str:
    words = [f"{line.attempts} tries"] if line.attempts > 1 else []
    if line.due_at is not None:
        words.append(f"next {_when(line.due_at)}")
    if line.reason:
        words.append(line.reason)
    return "; ".join(words) or (str(line.status_code) if line.status_code else "-")


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _print_json(value: Any) -> None:
    print(json.dumps(value, default=str, indent=2))
