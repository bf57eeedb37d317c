"""A rich world, built once for all tests of this folder that one worker runs."""

import logging
from collections.abc import AsyncGenerator, Callable, Generator

import pytest

from fedi.config import Settings
from tests import pg
from tests.conftest import worker_number
from tests.contract.abundance import fill
from tests.contract.place import Place, build_settings, open_place

MakeSettings = Callable[[str], Settings]


@pytest.fixture(scope="session")
def make_settings(
    services: pg.Services, template: str, tmp_path_factory: pytest.TempPathFactory
) -> MakeSettings:
    """Settings with a fresh database, by a name."""

    def make(name: str) -> Settings:
        dsn = pg.create_database(services, f"contract{worker_number()}_{name}", template)
        # Beside the numbers of other tests: what is kept in Redis is theirs and ours alone.
        redis_url = services.redis_url_of(worker_number() + 32)
        return build_settings(dsn, redis_url, tmp_path_factory.mktemp(name))

    return make


@pytest.fixture(scope="session")
def quiet() -> Generator[None, None, None]:
    """The logging of the tests stays as it was before the application set up its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
async def place(make_settings: MakeSettings, quiet: None) -> AsyncGenerator[Place, None]:
    """Everything that posts, people and the server can have."""
    async with open_place(make_settings("rich")) as built:
        await fill(built)
        yield built
