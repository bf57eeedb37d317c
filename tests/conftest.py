"""Fixtures for every test: one Postgres and Redis per session, a fresh database each."""

import gc
import itertools
import os
from collections.abc import AsyncGenerator, Generator
from functools import cache
from pathlib import Path
from ssl import SSLContext

import pytest

from fedi.cli.schema import ensure_current
from fedi.config import Settings
from fedi.config.settings import Database, Limits, Queue, Redis
from fedi.kit import http
from fedi.kit.runtime import Runtime
from tests import pg

_numbers = itertools.count(1)


def pytest_collection_finish() -> None:
    """Thousands of tests and what they import stay: garbage is not sought among them."""
    gc.collect()
    gc.freeze()


def worker_number() -> int:
    """0 without xdist, else the number of this worker."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def session_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all xdist workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def authorities() -> Generator[None, None, None]:
    """Read the certificate authorities once per file: it takes longer than most tests."""
    build = http.build_tls

    @cache
    def build_once(ca_file: Path | None, _variable: str | None) -> SSLContext:
        return build(ca_file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            http,
            "build_tls",
            lambda ca_file: build_once(ca_file, os.environ.get("SSL_CERT_FILE")),
        )
        yield


@pytest.fixture(scope="session")
def services(session_root: Path) -> Generator[pg.Services, None, None]:
    """The database servers of this run."""
    found = pg.start_services(session_root / "pg")
    yield found
    found.close()


@pytest.fixture(scope="session")
def template(services: pg.Services) -> str:
    """The name of a database with the schema in it, ready to be copied."""

    def build(dsn: str) -> None:
        ensure_current(Settings(domain="a.test", database=Database(url=dsn)))

    pg.create_template(services, "template_fedi", build)
    return "template_fedi"


@pytest.fixture
def dsn(services: pg.Services, template: str) -> Generator[str, None, None]:
    """A fresh database with the schema in it."""
    name = f"t{worker_number()}_{next(_numbers)}"
    yield pg.copy_database(services, name, template)
    pg.drop_later(services, name)


@pytest.fixture
def settings(services: pg.Services, dsn: str, tmp_path: Path) -> Settings:
    """Settings of an instance `a.test` on the fresh database."""
    return Settings(
        domain="a.test",
        data=str(tmp_path / "data"),
        secret="test-secret-test-secret-test-secret",
        database=Database(url=dsn, pool_size=5),
        redis=Redis(url=services.redis_url_of(worker_number() + 1)),
        queue=Queue(sweep_seconds=0.2),
        limits=Limits(enabled=False),
    )


@pytest.fixture
async def runtime(settings: Settings) -> AsyncGenerator[Runtime, None]:
    """What one process of that instance has."""
    built = Runtime(settings, role="test", pool_size=5)
    yield built
    await built.close()
