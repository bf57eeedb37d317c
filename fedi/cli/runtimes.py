"""A whole runtime, for commands that fetch, store files, or ask many things at once."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

from fedi.cli.context import Context
from fedi.config import Settings
from fedi.kit.runtime import Runtime


@contextlib.asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """A runtime for the length of a command."""
    runtime = Runtime(settings, role="cli", pool_size=2)
    try:
        yield runtime
    finally:
        await runtime.close()


def run_with_runtime(context: Context, work: Callable[[Runtime], Awaitable[int]]) -> int:
    """Carry out a command that needs one."""

    async def run(settings: Settings) -> int:
        async with open_runtime(settings) as runtime:
            return await work(runtime)

    return context.run(run)
