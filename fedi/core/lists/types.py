"""What a list is to the rest of the house."""

from dataclasses import dataclass

# Whose replies to others are shown: those to anybody whom the owner follows, to others in the
# list, or to nobody. Replies to oneself and to the owner always are.
REPLIES = ("followed", "list", "none")
MAX_LISTS = 50
MAX_TITLE = 256


@dataclass(frozen=True, slots=True)
class AccountList:
    """A list of accounts that a member keeps."""

    id: int
    account_id: int
    title: str
    replies_policy: str
    exclusive: bool


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What to change; None leaves it as it is."""

    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None
