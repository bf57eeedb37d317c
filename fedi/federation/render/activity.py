"""What all activities have in common."""

from typing import Any

Json = dict[str, Any]


def activity_of(kind: str, uri: str, actor: str, to: list[str], cc: list[str]) -> Json:
    """An activity that is not about anything yet."""
    activity: Json = {"id": uri, "type": kind, "actor": actor, "to": to}
    if cc:
        activity["cc"] = cc
    return activity
