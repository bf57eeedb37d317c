"""What can be seen on the box itself: settings, databases, workers, queues, disk, clock."""

import secrets
from pathlib import Path

from fedi.core.queues import CHORES, EVENTS
from fedi.federation.doctor.advice import CLOCK
from fedi.federation.doctor.findings import Finding, fine, problem, warning
from fedi.federation.doctor.patient import Patient
from fedi.federation.queues import DELIVERIES, INBOUND
from fedi.kit.clock import clock
from fedi.kit.errors import FediError, Unavailable
from fedi.kit.queue import depth
from fedi.kit.store import new_key

_LATE, _STUCK = 120.0, 900.0
_MB = 1024 * 1024
SKEW_SEEN, SKEW_BAD = 5.0, 60.0
_SHORT_SECRET = 16


async def check_database(patient: Patient) -> list[Finding]:
    """Does Postgres answer?"""
    try:
        version = await patient.runtime.db.value("SHOW server_version")
    except Unavailable as failed:
        return [
            problem(
                "database",
                "The database does not answer",
                failed.detail[:200],
                "Nothing works: every page and every app shows an error. Deliveries of others are "
                "sent again later.",
                "Start it (`fedi up` starts the embedded one), or mend `database.url`; its own log "
                "says why it does not run.",
            )
        ]
    patient.stands.add("database")
    return [fine("database", "Database", f"PostgreSQL {version} answers")]


async def check_migrations(patient: Patient) -> list[Finding]:
    """Is the database as new as the program?"""
    at = await patient.runtime.db.value(
        "SELECT version_num FROM alembic_version WHERE to_regclass('alembic_version') IS NOT NULL"
    )
    if patient.told.head is None or at == patient.told.head:
        return [fine("migrations", "Migrations", f"up to date ({at})")]
    return [
        problem(
            "migrations",
            "The database is older or newer than the program",
            f"the database is at {at}, the program at {patient.told.head}",
            "Some things fail with an error, others look fine and are not.",
            "Run `fedi migrate` (`fedi up` does so at its start), then restart every process.",
        )
    ]


async def check_settings(patient: Patient) -> list[Finding]:
    """Do names and secret belong to this database?"""
    settings = patient.runtime.settings
    found = await patient.runtime.db.value(
        "SELECT value FROM instance_settings WHERE key = 'names'"
    )
    wanted = {
        "domain": settings.domain,
        "handle_domain": settings.handle_domain,
        "origin": settings.origin,
    }
    stored: dict[str, str] = found or {}
    findings = [
        problem(
            "domain",
            "The database belongs to another name",
            f"{name} is {wanted[name] or '(empty)'} in the settings, {stored[name] or '(empty)'} "
            "in the database",
            "Nobody out there knows the accounts here under the new name: follows, answers and "
            "keys are lost.",
            "Set it back. A name that was once used can never be changed; `public_url` neither.",
        )
        for name in wanted
        if name in stored and stored[name] != wanted[name]
    ]
    if not findings:
        findings.append(fine("domain", "Names", f"{settings.local_domain} at {settings.origin}"))
    return [*findings, await _check_secret(patient)]


async def _check_secret(patient: Patient) -> Finding:
    try:
        await patient.key()
    except FediError as failed:
        return problem(
            "secret",
            "The secret does not open our keys",
            failed.detail[:200],
            "Nothing can be signed: no post leaves, and other servers refuse to answer us.",
            "Put the file `secret` of the data directory back from the backup, or the right "
            "value into `secret` (FEDI_SECRET). A new one cannot open what the old one closed.",
        )
    if len(patient.runtime.settings.secret) < _SHORT_SECRET:
        return warning(
            "secret",
            "The secret is short",
            f"it has fewer than {_SHORT_SECRET} characters",
            "Whoever gets hold of a backup could guess it, and speak for every member.",
            "Before the server has members: use a long one, made by chance.",
        )
    return fine("secret", "Secret", "opens the keys of this server")


async def check_redis(patient: Patient) -> list[Finding]:
    """Does the doorbell ring?"""
    if await patient.runtime.bus.ping():
        return [fine("redis", "Redis", "answers")]
    return [
        problem(
            "redis",
            "Redis does not answer",
            "no answer to a ping within a second",
            "Nothing is lost, but work is found only by looking every few seconds, timelines do "
            "not move by themselves, and what is due by the clock (scheduled posts, ends of "
            "polls) waits.",
            "Start it (`fedi up` starts the embedded one), or mend `redis.url`.",
        )
    ]


_WORKERS = """
SELECT count(*) AS count,
  extract(epoch FROM clock_timestamp() - max(state_change))::float8 AS age
FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'fedi worker'
"""


async def check_worker(patient: Patient) -> list[Finding]:
    """Does a worker turn? Each looks for work every few seconds, which the database sees."""
    row = await patient.runtime.db.row(_WORKERS)
    age = row["age"] if row is not None else None
    means = (
        "Posts are neither sent nor received, notifications do not come, uploads stay unfinished. "
        "Nothing is lost: it is made up for when a worker runs."
    )
    fix = "Start `fedi up` or `fedi worker`; `fedi status` and the log say what became of it."
    processes = patient.told.processes
    if age is None:
        known = "" if processes is None else f"; running here: {', '.join(processes) or 'nothing'}"
        seen = f"no worker is connected to the database{known}"
        return [problem("worker", "No worker runs", seen, means, fix)]
    still = max(patient.senses.still, 6 * patient.runtime.settings.queue.sweep_seconds)
    if age > still:
        seen = f"it is connected, but has asked for nothing for {age:.0f} seconds"
        return [problem("worker", "The worker stands still", seen, means, f"Restart it. {fix}")]
    return [fine("worker", "Worker", f"{row['count'] if row else 0} connections, asks for work")]


_DELIVERIES = """
SELECT coalesce(max(extract(epoch FROM now() - greatest(d.created_at, d.due_at))), 0)::float8
FROM deliveries d WHERE d.state = 0
  AND NOT EXISTS (SELECT 1 FROM hosts h WHERE h.host = d.host AND h.held_until > now())
"""
_MEANING = {
    "inbound": "Posts and answers from elsewhere come late.",
    "events": "Members' own posts, notifications and home timelines come late.",
    "chores": "Uploads, previews and push messages come late.",
    "deliveries": "What members write reaches other servers late.",
}


async def check_queues(patient: Patient) -> list[Finding]:
    """Is the work done in time?"""
    read = patient.runtime.read()
    findings: list[Finding] = []
    words: list[str] = []
    for queue in (INBOUND, EVENTS, CHORES, DELIVERIES):
        found = await depth(read, queue)
        oldest = found.oldest_ready_seconds
        if queue is DELIVERIES:
            # What waits for a host that is down waits for a good reason.
            oldest = float(await read.value(_DELIVERIES))
        words.append(f"{queue.name} {found.ready}")
        if oldest < _LATE:
            continue
        make = problem if oldest >= _STUCK else warning
        findings.append(
            make(
                f"queue_{queue.name}",
                f"Work waits in the queue `{queue.name}`",
                f"{found.ready} are due, the oldest for {oldest / 60:.0f} minutes",
                _MEANING[queue.name],
                "If a worker runs: give it time after an outage; if it does not get less, raise "
                "`worker.processes`, and look for `row failed` in the log.",
            )
        )
    return findings or [fine("queues", "Queues", "due now: " + ", ".join(words))]


async def check_disk(patient: Patient) -> list[Finding]:
    """Is there room?"""
    total, free = patient.senses.disk(Path(patient.runtime.settings.data or "data"))
    seen = f"{free // _MB} MB of {total // _MB} MB are free"
    if free > 1024 * _MB and free > total // 20:
        return [fine("disk", "Disk", seen)]
    make = problem if free < 300 * _MB else warning
    return [
        make(
            "disk",
            "The disk is nearly full",
            seen,
            "When it is full, nothing can be written: no posts, no uploads; the database stops.",
            "Make room: `fedi media usage` says what files take, a smaller "
            "`media.cache_max_bytes` and `fedi media prune` give some back; old logs and dumps go "
            "first.",
        )
    ]


async def check_store(patient: Patient) -> list[Finding]:
    """Can files be kept, read and removed?"""
    runtime = patient.runtime
    where = runtime.settings.media.storage
    key = new_key("txt")
    try:
        source = runtime.scratch / secrets.token_hex(8)
        source.write_bytes(b"fedi doctor")
        try:
            await runtime.store.put(key, source, "text/plain")
            opened = await runtime.store.open(key)
            await opened.close()
            await runtime.store.delete([key])
        finally:
            source.unlink(missing_ok=True)
    except (FediError, OSError) as failed:
        words = failed.detail if isinstance(failed, FediError) else str(failed)
        return [
            problem(
                "store",
                "Files cannot be kept",
                f"{where}: {words[:200]}",
                "Uploads fail, and pictures of others are not shown.",
                "On the disk, the folder `media` of the data directory must belong to the user "
                "that runs fedi; for a bucket, look at the `media.s3_…` settings and its rights.",
            )
        ]
    return [fine("store", "Files", f"can be kept ({where})")]


async def check_clock(patient: Patient) -> list[Finding]:
    """Do database and program agree on the time?"""
    told = await patient.runtime.db.value("SELECT extract(epoch FROM clock_timestamp())::float8")
    return [judge_clock("the database", float(told) - clock.timestamp())]


def judge_clock(who: str, ahead: float) -> Finding:
    """What a difference of clocks means."""
    seen = f"{who} and this machine differ by {abs(ahead):.0f} seconds"
    if abs(ahead) <= SKEW_SEEN:
        return fine("clock", "Clock", seen)
    make = problem if abs(ahead) > SKEW_BAD else warning
    return make(
        "clock",
        "The clock is wrong",
        seen + (" (we are behind)" if ahead > 0 else " (we are ahead)"),
        "Other servers refuse signatures that are too old or from the future; posts appear in "
        "the wrong place.",
        CLOCK,
    )


_PEERS = """
SELECT host FROM hosts WHERE last_success_at IS NOT NULL ORDER BY last_success_at DESC LIMIT 3
"""


async def list_peers(patient: Patient) -> list[str]:
    """Servers that answered lately."""
    return [row["host"] for row in await patient.runtime.db.fetch(_PEERS)]
