"""What the author of a post allows others to do with it."""

from typing import Any

from fedi.ap.authority import PUBLIC, recipients_of
from fedi.ap.lenient import as_object

NOBODY, FOLLOWERS, EVERYBODY = range(3)


def quote_policy_of(raw: dict[str, Any], followers: str | None) -> tuple[int | None, int | None]:
    """Who may quote a post without asking, and who after asking; None where it does not say."""
    policy = _object(raw.get("interactionPolicy"))
    allowed = _object(policy.get("canQuote"))
    if not allowed:
        return None, None
    return (
        _circle(allowed.get("automaticApproval"), followers),
        _circle(allowed.get("manualApproval"), followers),
    )


def _object(value: Any) -> dict[str, Any]:
    return (as_object(value) or {}) if isinstance(value, dict | list) else {}


def _circle(value: Any, followers: str | None) -> int:
    named = recipients_of(value)
    if PUBLIC in named:
        return EVERYBODY
    return FOLLOWERS if followers and followers in named else NOBODY
