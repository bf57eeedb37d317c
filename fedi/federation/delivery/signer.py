"""Signing in threads: an RSA signature costs more than all the rest of a delivery.

What comes together goes to a thread together; one hop per signature would cost half of what the
threads save.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from fedi.ap.signatures import PrivateKey
from fedi.ap.signatures import sign as sign_now

_Job = tuple[PrivateKey, bytes, "asyncio.Future[bytes]"]
_THREADS = 2
_CHUNK = 16


class Signer:
    """Two threads that sign; they let go of the interpreter while they do."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="sign")
        self._waiting: list[_Job] = []
        self._free = _THREADS
        self._planned = False

    async def sign(self, key: PrivateKey, base: bytes) -> bytes:
        """The signature of `base`."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((key, base, done))
        if self._free and not self._planned:
            self._planned = True
            loop.call_soon(self._dispatch, loop)
        return await done

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _dispatch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._planned = False
        while self._free and self._waiting:
            share = min(_CHUNK, -(-len(self._waiting) // self._free))
            jobs, self._waiting = self._waiting[:share], self._waiting[share:]
            self._free -= 1
            work = self._pool.submit(_sign_all, [(key, base) for key, base, _ in jobs])

            def hand_over(ended: "Future[list[bytes]]", jobs: list[_Job] = jobs) -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._finish, loop, jobs, ended)

            work.add_done_callback(hand_over)

    def _finish(
        self, loop: asyncio.AbstractEventLoop, jobs: list[_Job], ended: "Future[list[bytes]]"
    ) -> None:
        self._free += 1
        problem = None if ended.cancelled() else ended.exception()
        for number, (_, _, done) in enumerate(jobs):
            if done.done():
                continue
            if ended.cancelled():
                done.cancel()
            elif problem is not None:
                done.set_exception(problem)
            else:
                done.set_result(ended.result()[number])
        self._dispatch(loop)


def _sign_all(jobs: list[tuple[PrivateKey, bytes]]) -> list[bytes]:
    return [sign_now(key, base) for key, base in jobs]
