"""Notifications in words: for push messages, and for apps that do not know a kind."""

from fedi.kit.text import plain_text

LONGEST = 140

_SAID = {
    "mention": "{name} mentioned you",
    "status": "{name} just posted",
    "reblog": "{name} boosted your post",
    "follow": "{name} is now following you",
    "follow_request": "{name} has requested to follow you",
    "favourite": "{name} favorited your post",
    "poll": "A poll by {name} has ended",
    "update": "{name} edited a post",
    "quote": "{name} quoted your post",
    "quoted_update": "{name} edited a post you have quoted",
    "admin.sign_up": "{name} signed up",
    "admin.report": "{name} submitted a report",
    "severed_relationships": "You lost connections because of a decision of the moderators",
    "moderation_warning": "You have received a moderation warning",
}


def describe(kind: str, name: str) -> str:
    """What happened, in a sentence; `name` is of the account that it is from."""
    return _SAID.get(kind, "{name} did something new").replace("{name}", name)


def shorten(text: str, longest: int = LONGEST) -> str:
    """A text that fits into a line or two."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def excerpt(content: str, spoiler_text: str) -> str:
    """What a post says, or only its warning if it has one."""
    return shorten(spoiler_text or plain_text(content))
