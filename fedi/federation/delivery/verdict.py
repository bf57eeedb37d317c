"""What an inbox's answer means for a delivery: the one place that decides it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.kit.errors import RemoteError, RemoteRefused
from fedi.kit.http import Posted
from fedi.kit.result import Done, GaveUp, Later, Outcome, Refused

# Refusals that may change by themselves: not (yet) able to verify us, too busy, mixed up.
_PASSING = frozenset({401, 408, 421, 425, 429})
# Answers that may mean "not this dialect of signatures".
KNOCK_AGAIN = frozenset({400, 401, 403})
# A page in front of the server says no for a while; after this many tries we believe it.
_HTML_TRIES = 3
LONGEST_RETRY_AFTER = 86_400.0


@dataclass(frozen=True, slots=True)
class Rules:
    """When to try again, and when to stop."""

    schedule: Sequence[float]
    give_up_after: float


@dataclass(frozen=True, slots=True)
class Try:
    """Which try this was of a delivery of what age; `luck` lies between -1 and 1."""

    attempts: int
    age: float
    luck: float = 0.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a try ended; `healthy` is what it says about the host (None: nothing)."""

    outcome: Outcome
    status: int | None = None
    healthy: bool | None = None


def judge(answer: Posted | RemoteError, attempt: Try, rules: Rules) -> Ending:
    """The ending of one try."""
    if isinstance(answer, RemoteRefused):
        return Ending(Refused(f"not sent: {_words(answer)}"))
    if isinstance(answer, RemoteError):
        return Ending(_again(_words(answer), None, attempt, rules), healthy=False)
    status = answer.status
    if 200 <= status < 300:
        return Ending(Done(), status, healthy=True)
    reason = _describe(answer)
    if _is_final(answer, attempt):
        return Ending(Refused(reason), status, healthy=True)
    # A host that answers is alive, even when it asks for patience.
    healthy = False if status >= 500 else None
    return Ending(_again(reason, answer.retry_after, attempt, rules), status, healthy)


def _is_final(answer: Posted, attempt: Try) -> bool:
    if answer.status == 501:
        return True
    if not 400 <= answer.status < 500 or answer.status in _PASSING:
        return False
    is_page = answer.status == 403 and "html" in answer.content_type
    return not (is_page and attempt.attempts < _HTML_TRIES)


def _again(reason: str, retry_after: float | None, attempt: Try, rules: Rules) -> Outcome:
    left = rules.give_up_after - attempt.age
    if left <= 0:
        days = rules.give_up_after / 86_400
        return GaveUp(f"gave up after {days:g} days: {reason}")
    step = min(max(attempt.attempts, 1), len(rules.schedule)) - 1
    wait = rules.schedule[step] * (1 + 0.2 * attempt.luck)
    if retry_after is not None:
        wait = max(min(retry_after, LONGEST_RETRY_AFTER), 1.0)
    # The last try comes at the very end, so that a host which is back by then still gets it.
    return Later(min(wait, left), reason)


def _words(problem: RemoteError) -> str:
    if problem.public == problem.detail:
        return problem.public
    return f"{problem.public} ({problem.detail})"[:300]


def _describe(answer: Posted) -> str:
    if 300 <= answer.status < 400:
        return f"answered {answer.status}: redirects of deliveries are not followed"
    text = " ".join(answer.error.split())[:200] if "html" not in answer.content_type else "a page"
    return f"answered {answer.status}" + (f": {text}" if text else "")
