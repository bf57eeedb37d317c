"""Something on the box is wrong; the doctor names it."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fedi.federation.doctor import examine, inside
from fedi.kit.clock import clock
from tests.integration.doctor.conftest import ADDRESS, Found, Surgery
from tests.rig.faulty_proxy import Faults
from tests.rig.instance import until


async def test_redis_is_down(surgery: Surgery, healthy: Found) -> None:
    settings = surgery.settings()
    found = await surgery.visit(
        replace(settings, redis=replace(settings.redis, url="redis://127.0.0.1:9"))
    )
    assert found.bad == {"redis"}
    assert "doorbell" not in found.words("redis")
    assert "redis" not in healthy.bad


async def test_the_database_is_down(surgery: Surgery, healthy: Found) -> None:
    settings = surgery.settings()
    gone = replace(settings.database, url="postgresql://fedi:hush@127.0.0.1:9/fedi")
    found = await surgery.visit(replace(settings, database=gone))
    assert "database" in found.keys("problem")
    assert "queues" in found.words("unseen")
    assert "hush" not in str(found.findings), "passwords are not told"
    assert "webfinger" not in found.bad, "what does not need it is looked at all the same"
    assert "database" not in healthy.bad


async def test_migrations_are_behind(surgery: Surgery, healthy: Found) -> None:
    connection = await surgery.instance.database()
    try:
        head = await connection.fetchval("SELECT version_num FROM alembic_version")
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            found = await surgery.visit()
        finally:
            await connection.execute("UPDATE alembic_version SET version_num = $1", head)
    finally:
        await connection.close()
    assert found.bad == {"migrations"}
    assert "fedi migrate" in found.words("migrations")
    assert "migrations" not in healthy.bad


async def test_the_worker_stands_still(surgery: Surgery, healthy: Found) -> None:
    [pid] = await surgery.instance.pids("worker")
    os.kill(pid, signal.SIGSTOP)
    try:

        async def noticed() -> bool:
            return "worker" in (await surgery.visit(still=2.0)).bad

        await until(noticed, seconds=30, what="the frozen worker is noticed")
    finally:
        os.kill(pid, signal.SIGCONT)

    async def well() -> bool:
        return "worker" not in (await surgery.visit(still=2.0)).bad

    await until(well, what="it works again")
    assert "worker" not in healthy.bad


async def test_no_worker(surgery: Surgery) -> None:
    """Another database of the same server, on which nobody works."""
    settings = surgery.settings()
    url = settings.database.url.replace("/fedi?", "/postgres?")
    assert url != settings.database.url
    elsewhere = replace(settings, database=replace(settings.database, url=url))
    async with surgery.patient(elsewhere) as patient:
        [finding] = await inside.check_worker(patient)
    assert finding.severity == "problem"
    assert "No worker" in finding.title
    assert "running here: web, worker" in finding.seen


async def test_work_waits(surgery: Surgery, healthy: Found) -> None:
    connection = await surgery.instance.database()
    try:
        await connection.execute(
            "INSERT INTO chores (kind, key, created_at, due_at, leased_until, lease)"
            " SELECT 'doctor', 'doctor', moment, moment, now() + interval '1 hour', 1"
            " FROM (SELECT now() - interval '1 hour') AS past(moment)"
        )
        try:
            found = await surgery.visit()
        finally:
            await connection.execute("DELETE FROM chores WHERE kind = 'doctor'")
    finally:
        await connection.close()
    assert found.bad == {"queue_chores"}
    assert "60 minutes" in found.words("queue_chores")
    assert "queue_chores" not in healthy.bad


async def test_the_disk_is_full(surgery: Surgery, healthy: Found) -> None:
    found = await surgery.visit(disk=lambda _: (10**12, 10**8))
    assert found.keys("problem") == {"disk"}
    found = await surgery.visit(disk=lambda _: (10**12, 10**10))
    assert found.bad == found.keys("warning") == {"disk"}
    assert "disk" not in healthy.bad


async def test_files_cannot_be_kept(surgery: Surgery, healthy: Found, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("this is no folder")
    found = await surgery.visit(replace(surgery.settings(), data=str(tmp_path)))
    assert "store" in found.keys("problem")
    assert "store" not in healthy.bad


@pytest.fixture
def fast_clock(tmp_path: Path) -> Iterator[None]:
    """Our own clock is ten minutes ahead."""
    file = tmp_path / "clock"
    file.write_text("600")
    clock.arm(file)
    yield
    clock._file = None


@pytest.mark.usefixtures("fast_clock")
async def test_the_clock_is_wrong(surgery: Surgery) -> None:
    found = await surgery.visit()
    assert found.keys("problem") == {"clock"}
    assert "we are ahead" in found.words("clock")


async def test_another_secret(surgery: Surgery, healthy: Found) -> None:
    settings = replace(surgery.settings(), secret="quite-another-secret-hush")
    found = await surgery.visit(settings)
    assert "secret" in found.keys("problem")
    assert "backup" in found.words("secret")
    assert "hush" not in str(found.findings)
    assert "secret" not in healthy.bad


async def test_another_domain(surgery: Surgery, healthy: Found) -> None:
    settings = replace(surgery.settings(), domain="b.test", public_url="")
    found = await surgery.visit(settings)
    assert "domain" in found.keys("problem")
    assert "a.test" in found.words("domain")
    assert "domain" not in healthy.bad


async def test_a_trial_on_this_machine(surgery: Surgery) -> None:
    found = await surgery.visit(replace(surgery.settings(), domain="localhost"))
    assert not {"dns", "address", "webfinger"} & {each.key for each in found.findings}
    assert "trial" in next(each.seen for each in found.findings if each.key == "door")


async def test_peers_do_not_answer(surgery: Surgery) -> None:
    connection = await surgery.instance.database()
    try:
        await connection.execute(
            "INSERT INTO hosts (host, last_success_at) VALUES ('far.test', now())"
        )
        settings = surgery.settings()
        pins = {**settings.outbound.hosts, "far.test": f"{ADDRESS}:9"}
        dead = replace(settings, outbound=replace(settings.outbound, hosts=pins))
        try:
            found = await surgery.visit(dead)
        finally:
            await connection.execute("DELETE FROM hosts WHERE host = 'far.test'")
    finally:
        await connection.close()
    assert found.bad == {"outbound"}


async def test_a_check_that_hangs_hides_no_other(surgery: Surgery) -> None:
    found = await surgery.visit_with(Faults(delay=1.0), deadline=0.6)
    assert "failed" in found.keys("problem")
    assert "redis" in found.keys("ok")


async def test_a_visit_leaves_no_trace(surgery: Surgery) -> None:
    connection = await surgery.instance.database()
    tables = ("inbound", "accounts", "statuses", "deliveries", "chores", "hosts")

    async def count() -> list[int | None]:
        return [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

    try:
        before = await count()
        async with surgery.patient() as patient:
            await examine(patient)
        assert await count() == before
    finally:
        await connection.close()


async def test_strangers_get_no_echo(surgery: Surgery) -> None:
    for proof in ("", "1.2.3", "9999999999.aa.bb"):
        answer = await surgery.instance.request(
            "GET", "/health/echo", headers={"Host": "a.test", "X-Fedi-Doctor": proof}
        )
        assert answer.status_code == 404
        assert answer.json() == {"error": "Record not found"}


async def test_the_command(surgery: Surgery) -> None:
    settings = surgery.settings()
    pin = settings.outbound.hosts["a.test"]
    file = surgery.instance.folder / "fedi.toml"
    before = file.read_text()
    text = before.replace("[outbound.hosts]\n", f'[outbound.hosts]\n"a.test" = "{pin}"\n')
    text = text.replace(str(surgery.good.ca), str(surgery.issuer.ca))
    try:
        file.write_text(text)
        said = await surgery.instance.run("doctor")
        assert said.rstrip().endswith("All well."), said
        findings = json.loads(await surgery.instance.run("doctor", "--json"))
        assert {each["severity"] for each in findings} == {"ok"}
        surgery.proxy.use(Faults(most_body=1000))
        said = await surgery.instance.run("doctor", ok=False)
        assert "PROBLEM: Large requests do not arrive" in said
        assert "client_max_body_size" in said
        assert said.rstrip().endswith("1 problem, 0 warnings.")
    finally:
        surgery.proxy.use(Faults())
        file.write_text(before)
