"""A last net: one row that cannot be read or shown must not take its neighbours along."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Made = TypeVar("Made")
Args = ParamSpec("Args")


def attempt(
    log: logging.Logger,
    failure: str,
    number: int,
    /,
    make: Callable[Args, Made],
    *args: Args.args,
    **named: Args.kwargs,
) -> Made | None:
    """What `make` makes of the rest; None when it fails, whatever the reason.

    That is logged as the bug that it is: `failure` says what is missing now, with a `%d` for the
    number of the row.
    """
    try:
        return make(*args, **named)
    except Exception:
        log.exception(failure, number)
        return None
