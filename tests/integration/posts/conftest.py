import pytest

from fedi.kit.runtime import Runtime
from tests.integration.posts.world import World


@pytest.fixture
async def world(runtime: Runtime) -> World:
    return World(runtime)
