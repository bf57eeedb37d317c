"""What a page says of a conversation that goes on elsewhere."""

from datetime import datetime

from fedi.core.threads.knowledge import Knowledge


def describe_knowledge(known: Knowledge, now: datetime) -> str:
    """How much of a conversation is known, in a line; nothing where nobody ever had to ask."""
    if known.checked_at is None:
        return "The conversation is being read elsewhere." if known.refreshing else ""
    parts = [f"{known.known} of {known.expected} posts of this conversation are known here"]
    if known.unreachable:
        parts.append(f"{known.unreachable} cannot be reached")
    when = "being checked now" if known.refreshing else f"checked {_ago(known.checked_at, now)}"
    return f"{', '.join([*parts, when])}."


def _ago(moment: datetime, now: datetime) -> str:
    minutes = max(int((now - moment).total_seconds()) // 60, 0)
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"
