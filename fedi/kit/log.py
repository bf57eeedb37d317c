"""JSON lines on standard output: one event, one line, escaped and cut, with the request's id."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

# The id of the request or of the activity that is being worked on.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_LONGEST = 2000
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One record as one line of JSON."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "role": self._role,
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST],
        }
        if current := request_id.get():
            line["request_id"] = current
        for key, value in vars(record).items():
            if key not in _KNOWN:
                plain = value is None or isinstance(value, int | float | bool)
                line[key] = value if plain else str(value)[:_LONGEST]
        if record.exc_info:
            text = "".join(traceback.format_exception(*record.exc_info))
            line["trace"] = text[-2 * _LONGEST :]
        try:
            return orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
        except TypeError:
            # Half a surrogate, which only this one escapes.
            return json.dumps(line, default=str)


def set_up(role: str, level: str) -> None:
    """Send all logging of this process to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(role))
    # What no line of ours tells need not be found out for each: from where it was said, and by
    # which thread and process.
    logging._srcfile = None  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as its manual says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These speak at INFO about every connection or job: ours say what matters.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "arq", "aiohttp", "httpx"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(logging.WARNING)
