"""The table of checks, and how they are run: side by side, each with its own end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fedi.federation.doctor import documents, inside, names, wire
from fedi.federation.doctor.findings import Finding, fine, problem, warning
from fedi.federation.doctor.patient import Patient
from fedi.federation.reading.probe import advise
from fedi.kit.errors import FediError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at; `needs` names what must stand for it to make sense."""

    name: str
    run: Callable[[Patient], Awaitable[list[Finding]]]
    needs: tuple[str, ...] = ()


_DB, _DOOR, _ECHO = ("database",), ("door",), ("door", "echo")
_TRIAL = "a trial on this machine, which nobody else can reach"

# In the order in which they are told: what causes others comes first.
FIRST = (Check("database", inside.check_database),)
INSIDE = (
    Check("names and secret", inside.check_settings, _DB),
    Check("migrations", inside.check_migrations, _DB),
    Check("Redis", inside.check_redis),
    Check("worker", inside.check_worker, _DB),
    Check("queues", inside.check_queues, _DB),
    Check("disk", inside.check_disk),
    Check("files", inside.check_store),
    Check("clock", inside.check_clock, _DB),
)
WAY = (
    Check("DNS", names.check_dns),
    Check("addresses and certificates", names.check_places),
    Check("public address", wire.check_door),
    Check("port 80", names.check_redirect),
    Check("way out", names.check_outbound, _DB),
)
PUBLIC = (
    Check("proxy", wire.check_forwarded, _ECHO),
    Check("path and query", wire.check_target, _ECHO),
    Check("long headers", wire.check_long, _ECHO),
    Check("large bodies", wire.check_body, _ECHO),
    Check("signed requests", wire.check_signed, (*_ECHO, *_DB)),
    Check("inbox", wire.check_inbox, (*_DOOR, *_DB)),
    Check("WebFinger", documents.check_webfinger, _DOOR),
    Check("host-meta", documents.check_host_meta, _DOOR),
    Check("NodeInfo", documents.check_nodeinfo, _DOOR),
    Check("actor", documents.check_actor, _DOOR),
    Check("caches", documents.check_negotiation, (*_DOOR, *_DB)),
    Check("streams", wire.check_websocket, _DOOR),
)
# Alone and last: it may make the proxy refuse the others.
LAST = (Check("deliveries at once", wire.check_rate, _DOOR),)


async def examine(patient: Patient) -> list[Finding]:
    """Look at everything; what was found, in the order of the table."""
    findings = await _run(patient, FIRST)
    if patient.runtime.settings.is_localhost:
        findings += await _run(patient, INSIDE)
        return [*findings, fine("door", "Public address", f"not looked at: {_TRIAL}")]
    findings += await _run(patient, (*INSIDE, *WAY))
    findings += await _run(patient, PUBLIC)
    findings += await _run(patient, LAST)
    skipped = [c.name for c in (*INSIDE, *WAY, *PUBLIC, *LAST) if not _may_run(patient, c)]
    if skipped:
        findings.append(_unseen(skipped))
    return findings


def _may_run(patient: Patient, check: Check) -> bool:
    return patient.stands.issuperset(check.needs)


async def _run(patient: Patient, checks: Sequence[Check]) -> list[Finding]:
    """Run checks side by side; whatever becomes of one, the others are told."""
    chosen = [check for check in checks if _may_run(patient, check)]
    ended = await asyncio.gather(
        *(_limited(patient, check) for check in chosen), return_exceptions=True
    )
    findings: list[Finding] = []
    for check, result in zip(chosen, ended, strict=True):
        if isinstance(result, list):
            findings += result
        elif isinstance(result, Exception):
            findings.append(_failed(check, result))
        else:
            raise result
    return findings


async def _limited(patient: Patient, check: Check) -> list[Finding]:
    async with asyncio.timeout(patient.senses.deadline):
        return await check.run(patient)


def _failed(check: Check, failed: Exception) -> Finding:
    """A check that came to no end of its own. Messages of ours hold no secrets; others may."""
    if isinstance(failed, TimeoutError):
        seen, fix = "no answer in time", "Look at the load of the machine; then try again."
    elif isinstance(failed, FediError):
        seen, fix = f"{failed.public} ({failed.detail[:200]})", advise(failed)
    else:
        seen, fix = type(failed).__name__, "This is a fault of the doctor: please report it."
    return problem(
        "failed",
        f"Looking at this failed: {check.name}",
        seen,
        "What it would have shown is not known.",
        fix,
    )


def _unseen(names_: Sequence[str]) -> Finding:
    return warning(
        "unseen",
        "Not everything could be looked at",
        ", ".join(names_),
        "More may be wrong than what is said here.",
        "Mend the problems above, then run the doctor again.",
    )
