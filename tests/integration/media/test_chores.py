"""Work on files outlives whoever does it; what nobody uses goes."""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fedi.core.accounts.people import People
from fedi.core.media.child import Undecodable, _environment, decode, workbench
from fedi.core.media.processing import process_media
from fedi.core.media.prune import prune
from fedi.core.media.queries import find_media
from fedi.core.media.types import MediaState
from fedi.kit.clock import now
from fedi.kit.errors import Unavailable
from fedi.kit.result import Later
from fedi.kit.runtime import Runtime
from fedi.kit.store import DiskStore
from tests.integration.api.conftest import House, Member
from tests.integration.media.conftest import jpeg
from tests.rig.instance import until


async def start(member: Member, monkeypatch: pytest.MonkeyPatch) -> int:
    """An upload that nobody works on yet."""
    monkeypatch.setattr("fedi.api.media._MOMENT", 0.0)
    answer = await member.post("/api/v2/media", files={"file": ("a.jpg", jpeg())})
    assert answer.status_code == 202
    return int(answer.json()["id"])


async def ready(runtime: Runtime, media_id: int) -> MediaState:
    """How a file ends."""

    async def look() -> int:
        return (await find_media(runtime.read(), [media_id]))[media_id].state

    return MediaState(await until(look, what="the end of the work"))


def stored(runtime: Runtime) -> int:
    """Files in the store."""
    store = runtime.store
    assert isinstance(store, DiskStore)
    return sum(len(files) for _, _, files in os.walk(store._root))


async def test_what_a_dead_worker_left_is_taken_over(
    house: House, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = await start(alice, monkeypatch)
    runtime, db = house.runtime, house.runtime.db
    people = People(runtime)
    claim = "UPDATE chores SET payload = $1 WHERE kind = 'process_media'"
    alive = {"owner": "x", "until": (now() + timedelta(seconds=30)).isoformat(), "tries": 1}
    rows = await db.fetch("SELECT key, payload FROM chores WHERE kind = 'process_media'")
    await db.fetch(claim, alive)
    assert isinstance((await process_media(people, rows))[0], Later)
    await runtime.tasks.wait(5)
    assert (await find_media(runtime.read(), [media_id]))[media_id].state == MediaState.IN_WORK
    await db.fetch(claim, {**alive, "until": (now() - timedelta(seconds=1)).isoformat()})
    assert isinstance((await process_media(people, rows))[0], Later)
    assert await ready(runtime, media_id) == MediaState.READY


async def test_a_file_that_kills_its_workers_fails_in_the_end(
    house: House, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = await start(alice, monkeypatch)
    runtime = house.runtime
    tried = {"owner": "x", "until": (now() - timedelta(seconds=1)).isoformat(), "tries": 3}
    rows = await runtime.db.fetch(
        "UPDATE chores SET payload = $1 WHERE kind = 'process_media' RETURNING key, payload", tried
    )
    await process_media(People(runtime), rows)
    assert await ready(runtime, media_id) == MediaState.FAILED
    answer = await alice.get(f"/api/v1/media/{media_id}")
    assert answer.status_code == 422
    assert answer.json()["error"] == "The file could not be processed"


async def test_a_file_thrown_away_while_it_is_worked_on_leaves_nothing(
    house: House, alice: Member, worker: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = await start(alice, monkeypatch)
    assert (await alice.call("DELETE", f"/api/v1/media/{media_id}")).status_code == 200

    async def is_empty() -> bool:
        return stored(house.runtime) == 0

    await until(is_empty, what="the files to be removed")


async def test_unused_uploads_go_after_a_day(house: House, alice: Member, worker: Runtime) -> None:
    ids = []
    for _ in range(3):
        answer = await alice.post("/api/v1/media", files={"file": ("a.jpg", jpeg())}, timeout=60)
        ids.append(answer.json()["id"])
    await alice.write("used", media_ids=[ids[0]])
    await house.runtime.db.fetch(
        "UPDATE media_attachments SET created_at = $1 WHERE id <> $2",
        now() - timedelta(hours=25),
        int(ids[2]),
    )
    dry = await prune(house.runtime, dry_run=True)
    assert dry.uploads == 1
    assert dry.uploads_bytes > 0
    seen: list[tuple[str, int, int]] = []
    done = await prune(house.runtime, progress=lambda *said: seen.append(said))
    assert (done.uploads, done.uploads_bytes) == (1, dry.uploads_bytes)
    assert seen == [("uploads", 1, dry.uploads_bytes)]
    left = await house.runtime.db.fetch("SELECT id FROM media_attachments ORDER BY id")
    assert [str(row["id"]) for row in left] == [ids[0], ids[2]]


async def test_a_child_that_is_killed_is_a_failure_and_not_an_error(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(jpeg())
    monkeypatch.setattr("fedi.core.media.child._write_order", lambda *_: {"memory_mb": 10**9})
    async with workbench(house.runtime) as folder:
        with pytest.raises(Undecodable):
            await decode(house.runtime, source, folder, "media")
    assert list(house.runtime.scratch.iterdir()) == []


async def test_the_child_has_neither_our_secrets_nor_a_network(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEDI_SECRET", "canary")
    program = (
        "import json, os, socket, sys\n"
        "from fedi.core.media.decoder import cage\n"
        "cage.enter(1024, 10, 1000)\n"
        "seen = 'canary' in str(os.environ)\n"
        "try:\n    socket.create_connection(('127.0.0.1', %d), 2); seen = True\n"
        "except OSError: pass\n"
        "print(json.dumps({'error': 'seen' if seen else 'nothing'}))\n"
    )
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    script = tmp_path / "probe.py"
    script.write_text(program % port)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        stdout=asyncio.subprocess.PIPE,
        env=_environment(),
    )
    said, _ = await child.communicate()
    server.close()
    assert json.loads(said) == {"error": "nothing"}


async def test_storage_that_is_away_is_not_the_fault_of_the_file(
    house: House, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = await start(alice, monkeypatch)
    runtime = house.runtime
    store = runtime.store
    assert isinstance(store, DiskStore)
    root = store._root
    rows = await runtime.db.fetch("SELECT key, payload FROM chores WHERE kind = 'process_media'")
    hidden = root.with_name("hidden")
    root.rename(hidden)
    root.write_text("no folder")
    source = hidden / "x"
    source.write_text("x")
    with pytest.raises(Unavailable):
        await store.put("a" * 32 + ".jpg", source, "image/jpeg")
    root.unlink()
    hidden.rename(root)
    await process_media(People(runtime), rows)
    assert await ready(runtime, media_id) == MediaState.READY


async def test_work_that_is_called_off_counts_for_nothing(
    house: House, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(alice, monkeypatch)
    runtime = house.runtime
    rows = await runtime.db.fetch("SELECT key, payload FROM chores WHERE kind = 'process_media'")

    async def tries() -> int | None:
        [row] = await runtime.db.fetch("SELECT payload FROM chores WHERE kind = 'process_media'")
        return row["payload"].get("tries")

    async with runtime.decoders.short, runtime.decoders.short:
        await process_media(People(runtime), rows)
        assert await until(tries, what="the claim") == 1
        await runtime.tasks.cancel()
    assert await tries() == 0
