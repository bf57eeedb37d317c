"""The process of the attack tests, with a worker beside it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from fedi.worker import Workshop
from tests.integration.attacks.conftest import Member, Site, alice, site

__all__ = ["Member", "Site", "alice", "bob", "site", "worker"]


@pytest.fixture
async def bob(site: Site) -> Member:
    """A second member."""
    return await site.member("bob")


@pytest.fixture
async def worker(site: Site) -> AsyncGenerator[Workshop, None]:
    """What of the worker follows at once: its drains, and the bell."""
    workshop = Workshop(site.runtime)
    bus = site.runtime.bus
    work = [drain.run() for drain in workshop.drains]
    work.append(bus.hear_bells(workshop.ring))
    tasks = [asyncio.ensure_future(each) for each in work]
    yield workshop
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
