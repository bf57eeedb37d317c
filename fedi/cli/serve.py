"""`fedi web` and `fedi worker`: one role in the foreground."""

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from fedi.cli.context import Context
from fedi.cli.up import add_server_flags
from fedi.config import Settings
from fedi.embedded.home import Home
from fedi.embedded.listener import open_listener
from fedi.embedded.processes import birth_of
from fedi.embedded.services import join_services
from fedi.kit.log import set_up

# Longer than any request should take; alone there is time, under the supervisor there is little.
_GRACE_ALONE = 20
_GRACE_SUPERVISED = 5
_LAST_WORD = 25.0


def register(commands: Any) -> None:
    """Add the commands."""
    web = commands.add_parser("web", help="run one web process")
    web.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    web.set_defaults(run=run_web)
    worker = commands.add_parser("worker", help="run one worker process")
    worker.set_defaults(run=run_worker)
    for parser in (web, worker):
        add_server_flags(parser)
        parser.add_argument("--leash", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--number", type=int, help=argparse.SUPPRESS)


def run_web(context: Context) -> int:
    """Serve until SIGTERM; requests under way are finished first."""
    signal.signal(signal.SIGTERM, _leave)
    import uvicorn

    from fedi.app import create_app
    from fedi.kit.web_protocol import build_protocol

    settings = _begin(context, "web")
    supervised = context.args.leash

    class Server(uvicorn.Server):
        """uvicorn, ending with code 0 on the first signal and never in the middle of a request."""

        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            def stop() -> None:
                self.should_exit = True

            loop = asyncio.get_running_loop()
            for kind in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(kind, stop)
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=build_protocol(settings.web.trusted_proxies),
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the app believes its own list of proxies only
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SUPERVISED if supervised else _GRACE_ALONE,
        ssl_certfile=settings.web.tls_cert or None,
        ssl_keyfile=settings.web.tls_key or None,
    )
    server = Server(config)
    if context.args.fd is None:
        listener = open_listener(settings.bind_address)
    else:
        listener = socket.socket(fileno=context.args.fd)
    with _recorded(context, "web") as ready:
        server.run(sockets=[listener])
    return 0 if server.started else 3


def run_worker(context: Context) -> int:
    """Work until SIGTERM; work in hand is finished or given back."""
    signal.signal(signal.SIGTERM, _leave)
    import uvloop

    from fedi.worker import run

    settings = _begin(context, "worker")
    with _recorded(context, "worker") as ready:
        return uvloop.run(_until_told(run, settings, ready))


async def _until_told(
    run: Callable[[Settings], Any], settings: Settings, ready: Callable[[], None]
) -> int:
    """Await the worker, and cancel it once at the first signal if it handles none itself."""
    task = asyncio.current_task()
    told: list[bool] = []

    def stop() -> None:
        if not told and task:
            told.append(True)
            task.cancel()

    loop = asyncio.get_running_loop()
    for kind in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(kind, stop)
    ready()
    try:
        await run(settings)
    except asyncio.CancelledError:
        if not told:
            raise
    return 0


def _begin(context: Context, role: str) -> Settings:
    """Settings with databases, once these run; a supervised process follows its supervisor."""
    set_up(role, context.settings.log.level)
    if context.args.leash:
        threading.Thread(target=_follow, daemon=True, name="leash").start()
    settings = join_services(context.home, context.settings)
    context.home.claim_identity(settings)
    # What is loaded by now stays, and what comes mostly goes by itself: looking through it all
    # every few hundred objects took a twentieth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    return settings


def _leave(*_: object) -> None:
    """Told to stop before anything began: that is no failure."""
    sys.exit(0)


def _follow() -> None:
    """End when standard input does: the supervisor holds the other side, and may be killed."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_WORD)
    os._exit(1)


@contextlib.contextmanager
def _recorded(context: Context, role: str) -> Generator[Callable[[], None]]:
    """Keep a note of this process in the data directory; the value given marks it ready."""
    home, pid = context.home, os.getpid()
    number = context.args.number
    name = f"{role}-{number or pid}"
    facts = {"role": role, "pid": pid, "birth": birth_of(pid), "supervised": number is not None}
    home.record(name, facts | {"ready": False})
    try:
        yield partial(_mark_ready, home, name, facts)
    finally:
        home.forget(name)


def _mark_ready(home: Home, name: str, facts: dict[str, Any]) -> None:
    home.record(name, facts | {"ready": True})
