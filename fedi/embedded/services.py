"""Postgres and Redis together, for the server, for a command and for a test session."""

import contextlib
import dataclasses
from collections.abc import Generator

from fedi.config import Settings
from fedi.embedded import postgres, redis
from fedi.embedded.home import Home, HomeError
from fedi.embedded.processes import is_alive, wait_until

_PATIENCE = 60.0


class Services:
    """The embedded servers that these settings ask for: both, one or none."""

    def __init__(self, home: Home, settings: Settings, *, durable: bool = True) -> None:
        self.postgres = None
        self.redis = None
        if not settings.database.url:
            self.postgres = postgres.Postgres(home, durable=durable)
        if not settings.redis.url:
            self.redis = redis.Redis(home)

    def start(self) -> None:
        """Start them; when this returns, they answer."""
        if self.redis:
            self.redis.start()
        if self.postgres:
            self.postgres.start()

    def stop(self) -> None:
        """Stop them cleanly."""
        if self.postgres:
            self.postgres.stop()
        if self.redis:
            self.redis.stop()


def complete(home: Home, settings: Settings) -> Settings:
    """Fill in what the data directory knows: addresses of the embedded servers and the secret."""
    database, bell = settings.database, settings.redis
    if not database.url:
        database = dataclasses.replace(database, url=postgres.build_url(home))
    if not bell.url:
        bell = dataclasses.replace(bell, url=redis.build_url(home))
    return dataclasses.replace(
        settings,
        data=str(home.path),
        secret=settings.secret or home.instance_secret()[0],
        database=database,
        redis=bell,
    )


@contextlib.contextmanager
def borrow_services(home: Home, settings: Settings) -> Generator[Settings]:
    """Use the servers of a data directory: those that run, or ones started for the while.

    Two commands at once take turns; a command beside `fedi up` joins it.
    """
    home.create()
    if settings.database.url and settings.redis.url:
        yield complete(home, settings)
        return
    while not home.own("command"):
        owner = home.find_owner()
        if owner and owner[1] == "up":
            _wait_for_running(home, settings)
            yield complete(home, settings)
            return
        if not wait_until(lambda: home.find_owner() is None, _PATIENCE):
            raise HomeError(f"Another command has been using {home.path} for too long.")
    services = Services(home, settings)
    try:
        services.start()
        yield complete(home, settings)
    finally:
        services.stop()
        home.disown()


def join_services(home: Home, settings: Settings) -> Settings:
    """Use the servers that run already; never start any."""
    if settings.database.url and settings.redis.url:
        home.create()
        return complete(home, settings)
    owner = home.find_owner()
    if owner is None:
        raise HomeError(
            f"No database runs on {home.path}: start `fedi up` there, or name databases of your "
            "own in `database.url` and `redis.url`."
        )
    _wait_for_running(home, settings)
    return complete(home, settings)


def _wait_for_running(home: Home, settings: Settings) -> None:
    """Wait while `fedi up` is still starting its servers."""
    needed = [
        name
        for name, url in (("postgres", settings.database.url), ("redis", settings.redis.url))
        if not url
    ]

    def running() -> bool:
        records = home.records()
        return all(is_alive(records.get(name, {})) for name in needed)

    if not wait_until(running, _PATIENCE):
        raise HomeError(f"fedi is starting on {home.path}, but its database does not come up.")
