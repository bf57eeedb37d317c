"""The `fedi` command with a stand-in for the application, to test what runs it."""

import asyncio
import json
import os
import sys
from types import ModuleType
from typing import Any

from fedi.cli import main


def create_app(settings: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        if scope["path"] == "/slow":
            await asyncio.sleep(2)
        body = json.dumps(
            {"pid": os.getpid(), "origin": settings.origin, "secret": settings.secret}
        ).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


async def run(settings: Any) -> None:
    assert settings.database.url
    await asyncio.Event().wait()


if __name__ == "__main__":
    for name, part in (("fedi.app", create_app), ("fedi.worker", run)):
        module = ModuleType(name)
        setattr(module, part.__name__, part)
        sys.modules[name] = module
    sys.exit(main(entry="tests.integration.stand_in"))
