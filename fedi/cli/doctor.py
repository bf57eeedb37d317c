"""`fedi doctor`: what is wrong with this server, and how it is mended."""

import asyncio
import dataclasses
import json
import textwrap
from typing import Any

from fedi.cli.context import Context
from fedi.config import ConfigError, Settings

_WIDTH = 96
_MARKS = {"problem": "PROBLEM", "warning": "warning", "ok": "ok"}


def register(commands: Any) -> None:
    """Add the command."""
    about = (
        "examine this server, from inside and through its public address, and say in words what "
        "is wrong and how to mend it"
    )
    parser = commands.add_parser("doctor", help=about, description=about)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(context: Context) -> int:
    """Look, and tell; the exit code is 1 when there is a problem.

    Nothing is started or changed for it: a database that does not run is a finding.
    """
    from fedi.federation.doctor import Finding, examine
    from fedi.federation.doctor.findings import problem

    async def work() -> list[Finding]:
        patient = _build_patient(context)
        try:
            return await examine(patient)
        finally:
            await patient.runtime.close()

    try:
        findings = asyncio.run(work())
    except ConfigError as failed:
        means = "The server does not start, or not as it is meant to."
        fix = "`fedi config check` says more; docs/settings.md explains every setting."
        title = "The settings cannot be used"
        findings = [problem("settings", title, str(failed), means, fix)]
    if context.args.json:
        print(json.dumps([dataclasses.asdict(each) for each in findings], indent=2))
    else:
        _tell(findings)
    return 1 if any(each.severity == "problem" for each in findings) else 0


def _read_settings(context: Context) -> Settings:
    """The settings of the running server; what is not there is not made for the doctor's sake."""
    from fedi.embedded.services import complete

    home, settings = context.home, context.settings
    if not home.path.is_dir():
        raise ConfigError(f"there is no data directory {home.path}; name it by --data")
    if not settings.secret and not (home.path / "secret").exists():
        settings = dataclasses.replace(settings, secret="(missing)")  # noqa: S106 - it opens nothing
    return complete(home, settings)


def _build_patient(context: Context) -> Any:
    from fedi.cli.schema import find_head
    from fedi.core.accounts.people import People
    from fedi.embedded.processes import is_alive
    from fedi.federation.doctor import Patient, Told
    from fedi.kit.runtime import Runtime

    alive = [facts["role"] for facts in context.home.records().values() if is_alive(facts)]
    runtime = Runtime(_read_settings(context), role="doctor", pool_size=4)
    return Patient(People(runtime), Told(find_head(), alive))


def _tell(findings: list[Any]) -> None:
    """Problems first, then what should be looked at; of what is well, one line each."""
    for severity in ("problem", "warning"):
        for each in findings:
            if each.severity == severity:
                print(f"{_MARKS[severity]}: {each.title}")
                for label, text in (("seen", each.seen), ("means", each.means), ("fix", each.fix)):
                    _print_part(label, text)
                print()
    for each in findings:
        if each.severity == "ok":
            print(f"ok: {each.title}: {each.seen}")
    counts = {name: sum(each.severity == name for each in findings) for name in _MARKS}
    if counts["problem"] or counts["warning"]:
        print(f"\n{_count('problem', counts)}, {_count('warning', counts)}.")
    else:
        print("\nAll well.")


def _count(name: str, counts: dict[str, int]) -> str:
    return f"{counts[name]} {name}{'' if counts[name] == 1 else 's'}"


def _print_part(label: str, text: str) -> None:
    """A part of a finding, with the lines of configuration as they are."""
    indent = " " * 9
    lines = [
        line if line.startswith(("nginx:", "Caddy:", " ")) else textwrap.fill(line, _WIDTH - 9)
        for line in text.split("\n")
    ]
    body = textwrap.indent("\n".join(lines), indent)
    print(f"  {label:<7}{body.lstrip()}")
