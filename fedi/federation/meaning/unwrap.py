"""What a group passes on: the activity inside its Announce, on its own merits.

The group's signature says that it passed something on, and nothing about who said it. What is
inside is believed when it comes from the group's own server, and is otherwise proven or asked for
like anything that somebody else brings (`confirm.py`). Only over itself the group has the last
word: what leaves it, who may post there, who keeps order.

Deeds of moderators have types that mean something else between people. They are told apart here,
and bear the name `MODERATION` from now on.
"""

from dataclasses import replace
from typing import Any

from fedi.ap.authority import recipients_of, same_origin
from fedi.ap.lenient import as_object, id_of, type_of
from fedi.ap.parse import parse_activity
from fedi.ap.parse.activities import is_activity
from fedi.ap.vocabulary import Activity
from fedi.federation.meaning.incoming import Incoming, Known
from fedi.kit.errors import FediError
from fedi.kit.result import Ignored, Outcome, Refused

# No activity bears this name: whoever writes it means nothing.
MODERATION = "(moderation)"
# An announced Announce is looked into once more, and no further.
MAX_DEPTH = 2
PASSED_ON = frozenset(
    {
        "Create", "Update", "Delete", "Announce", "Like", "Dislike", "EmojiReact", "Undo", "Add",
        "Remove", "Lock", "Block", "Flag", MODERATION,
    }
)  # fmt: skip
# Some say nothing about whom these are for: a vote is for whoever has the post.
_TERSE = frozenset({"Like", "Dislike", "EmojiReact", "Undo", "Flag", "Lock", MODERATION})
_TAKEN_BACK = ("Delete", "Lock", "Block")


def carries_activity(activity: Activity) -> bool:
    """Whether it is an Announce of something that somebody did, and not of a post."""
    return activity.type == "Announce" and is_activity(activity.object)


def unwrap(item: Incoming) -> Incoming | Outcome:
    """The activity that a group passes on, as one of its own actor; or why it is not looked at."""
    announce = item.activity
    if not item.authentic or announce.id is None:
        return Refused("whoever passes something on says so itself")
    if not same_origin(announce.id, item.actor_uri):
        return Refused("the id of the activity is not the actor's own")
    try:
        inner = _inside(announce)
    except FediError as problem:
        return Refused(f"what is announced cannot be read: {problem}")
    inner = reclassify(inner, item.actor_uri)
    if inner.type not in PASSED_ON:
        return Ignored("nothing of a kind that groups pass on")
    if not _names(inner, item.actor_uri):
        return Refused("what is announced was not meant for the group")
    is_near = same_origin(inner.actor, item.actor_uri)
    return replace(
        item,
        activity=inner,
        actor_uri=inner.actor,
        authentic=False,
        recipient_id=None,
        document=inner.raw if "proof" in inner.raw and not is_near else None,
        proven=is_near or inner.type == MODERATION,
        via=announce,
    )


def _inside(announce: Activity) -> Activity:
    inner = announce
    for _ in range(MAX_DEPTH):
        if not carries_activity(inner):
            break
        inner = parse_activity(inner.object)
    return inner


def _names(inner: Activity, group: str) -> bool:
    thing: dict[str, Any] = inner.object or {}
    fields = ("to", "cc", "audience")
    named = {*inner.recipients, *recipients_of(*(thing.get(name) for name in fields))}
    return group in named or inner.target == group or (inner.type in _TERSE and not named)


def reclassify(activity: Activity, group: str | None = None) -> Activity:
    """The activity under the name `MODERATION` when only moderators say such a thing.

    `group` is the one that passed it on. A reason makes a Delete one of theirs; so does, in what
    a group passes on, an object that lies elsewhere.
    """
    return replace(activity, type=MODERATION) if _is_moderation(activity, group) else activity


def _is_moderation(activity: Activity, group: str | None) -> bool:
    kind = activity.type
    if kind == "Delete":
        is_foreign = group is not None and not same_origin(activity.object_id, activity.actor)
        has_reason = activity.raw.get("summary") is not None
        return activity.object_id != activity.actor and (has_reason or is_foreign)
    if kind == "Undo":
        undone = type_of(activity.object, _TAKEN_BACK)
        is_ban = id_of((activity.object or {}).get("target")) is not None
        return undone in ("Delete", "Lock") or (undone == "Block" and is_ban)
    if kind in ("Add", "Remove"):
        # Of the group's own lists; those of people are their own business.
        return group is not None and (activity.target or "").startswith(f"{group}/")
    return kind == "Lock" or (kind == "Block" and activity.target is not None)


def deed_of(activity: Activity) -> tuple[str, dict[str, Any] | None]:
    """What a moderator did ("Undo Lock"), and for an Undo the activity that is taken back."""
    kind = type_of(activity.raw) or ""
    if kind != "Undo":
        return kind, None
    inner = as_object(activity.object) or {}
    return f"Undo {type_of(inner, _TAKEN_BACK)}", inner


def refusal_of_group(item: Incoming, known: Known) -> Outcome | None:
    """Why what somebody passes on is not looked at: only groups pass on what others do."""
    if item.via is None:
        return None
    group = known.accounts.get(item.signer_uri)
    if group is None or group.is_gone or group.is_local or group.actor_type != "Group":
        return Refused("only groups announce what others do")
    return None


def is_of_followed_group(item: Incoming, known: Known) -> bool:
    """Whether a group passed it on that somebody here follows."""
    group = known.accounts.get(item.signer_uri) if item.via is not None else None
    return group is not None and group.id in known.followed
