"""What an app asks for, in words."""

from collections.abc import Sequence

from fedi.core.auth.scopes import allows

_WHOLE = {
    "read": "read everything in your account",
    "write": "post, and change everything in your account",
    "follow": "follow, block and mute for you",
    "push": "send you notifications",
    "profile": "see who you are",
    "admin:read": "read everything that moderators see",
    "admin:write": "do everything that moderators do",
    "read:me": "see who you are",
    "read:search": "search as you",
    "write:media": "upload pictures, video and sound for you",
    "write:reports": "report others to the moderators for you",
    "write:accounts": "change your profile and your settings",
    "write:statuses": "post, edit and delete for you",
    "read:accounts": "see accounts and your settings",
}
_THINGS = {
    "accounts": "accounts",
    "blocks": "whom you block",
    "bookmarks": "what you bookmark",
    "collections": "your collections of accounts",
    "conversations": "your private conversations",
    "favourites": "what you favourite",
    "filters": "your filters",
    "follows": "whom you follow",
    "lists": "your lists",
    "mutes": "whom you mute",
    "notifications": "your notifications",
    "reports": "reports",
    "statuses": "your posts and timelines",
    "domain_allows": "which servers are allowed",
    "domain_blocks": "which servers are blocked",
    "ip_blocks": "which addresses are blocked",
    "email_domain_blocks": "which mail servers are blocked",
    "canonical_email_blocks": "which mail addresses are blocked",
}
_VERBS = {
    "read": "see {}",
    "write": "change {}",
    "admin:read": "see, as a moderator, {}",
    "admin:write": "change, as a moderator, {}",
}


def describe_scopes(names: Sequence[str]) -> list[str]:
    """What the scopes allow, each thing once: a wide scope says what is within it, too."""
    wide = [
        name
        for name in names
        if not any(other != name and allows([other], name) for other in names)
    ]
    return list(dict.fromkeys(describe_scope(name) for name in wide))


def describe_scope(name: str) -> str:
    """A scope as a person understands it."""
    if name in _WHOLE:
        return _WHOLE[name]
    verb, _, thing = name.rpartition(":")
    return _VERBS.get(verb, "{}").format(_THINGS.get(thing, name))
