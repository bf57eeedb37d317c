"""Who has fetched which post: they hold a copy, and hear when it is edited or deleted.

Nothing of this happens while somebody waits for an answer. Signed fetches are noted in memory, and
a moment later checked and written together. When too much comes at once the rest is not noted: a
copy more that learns of nothing is no worse than a server that stands still.
"""

import asyncio
import logging
from collections.abc import Sequence

from fedi.federation.serving.access import Reader
from fedi.kit.errors import FediError
from fedi.kit.kept import Lately
from fedi.kit.runtime import Runtime

log = logging.getLogger("fedi.serve")

# Fetches that wait to be checked, and pairs of signer and post that were noted a while ago.
MOST = 2000
_REMEMBERED = 20_000
_REMEMBERED_SECONDS = 3600.0
_GATHER_SECONDS = 0.2
_BATCH = 200

_INSERT = """
INSERT INTO status_fetches AS t (status_id, host, inbox_url, fetched_at)
SELECT DISTINCT ON (s.id, host) s.id, lower(split_part(a.uri, '/', 3)) AS host,
  CASE WHEN s.visibility < 3 THEN coalesce(a.shared_inbox_url, a.inbox_url) ELSE a.inbox_url END,
  now()
FROM unnest($1::bigint[], $2::bigint[]) AS x(status_id, account_id)
JOIN statuses s ON s.id = x.status_id
JOIN accounts a ON a.id = x.account_id
WHERE a.domain IS NOT NULL AND a.inbox_url <> '' AND a.deleted_at IS NULL
  AND a.suspended_at IS NULL AND s.local
ORDER BY s.id, host
ON CONFLICT (status_id, host) DO UPDATE SET fetched_at = excluded.fetched_at
WHERE t.fetched_at < now() - interval '1 day'
"""


class Fetches:
    """The fetches of one process that are yet to be written."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: list[tuple[Reader, Sequence[int]]] = []
        self._noted = Lately(_REMEMBERED)
        self._task: asyncio.Task[None] | None = None

    def note(self, reader: Reader, status_ids: Sequence[int]) -> None:
        """A signed request was answered with these posts."""
        if not reader.is_signed or not status_ids or len(self._waiting) >= MOST:
            return
        signer = reader.claimed_key
        noted = self._noted
        fresh = [each for each in status_ids if noted.is_news((signer, each), _REMEMBERED_SECONDS)]
        if not fresh:
            return
        self._waiting.append((reader, fresh))
        if self._task is None:
            self._task = self._runtime.tasks.start(self._work(), "fetches")

    async def settled(self) -> None:
        """Wait until everything noted so far is written."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_GATHER_SECONDS)
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._write(batch)
        except FediError as problem:
            log.warning("fetches not noted", extra={"why": str(problem)})
        finally:
            self._task = None

    async def _write(self, batch: Sequence[tuple[Reader, Sequence[int]]]) -> None:
        posts: list[int] = []
        signers: list[int] = []
        for reader, status_ids in batch:
            try:
                sender = await reader.prove()
            except FediError:
                # Whoever cannot say who they are is told nothing later.
                continue
            if sender is not None:
                posts += status_ids
                signers += [sender.account_id] * len(status_ids)
        if posts:
            async with self._runtime.unit() as unit:
                await unit.execute(_INSERT, posts, signers)
