"""Our own addresses: one module builds them all, and reads those of actors back.

Everything takes the origin (`settings.origin`); nothing here contains a username where an
ActivityPub id is meant, so that names could change and ids never do.
"""

import re
from urllib.parse import quote

from fedi.kit.ids import parse_id

INSTANCE_ACTOR_ID = -1
"""The account row that speaks for the server itself."""

_ACTOR = re.compile(r"/ap/users/([1-9][0-9]{0,18})")


def actor_uri(origin: str, account_id: int) -> str:
    """The id of a local actor; the instance actor has an address of its own."""
    if account_id == INSTANCE_ACTOR_ID:
        return f"{origin}/actor"
    return f"{origin}/ap/users/{account_id}"


def inbox_url(actor: str) -> str:
    """Where an actor of ours receives."""
    return f"{actor}/inbox"


def outbox_url(actor: str) -> str:
    """What an actor of ours has published."""
    return f"{actor}/outbox"


def followers_url(actor: str) -> str:
    """The collection that stands for an actor's followers."""
    return f"{actor}/followers"


def followers_synchronization_url(actor: str) -> str:
    """Where a server reads which of an actor's followers it is home to."""
    return f"{actor}/followers_synchronization"


def following_url(actor: str) -> str:
    """Whom an actor of ours follows."""
    return f"{actor}/following"


def featured_url(actor: str) -> str:
    """The pinned posts of an actor of ours."""
    return f"{actor}/collections/featured"


def moderators_url(actor: str) -> str:
    """Who keeps order in a group of ours."""
    return f"{actor}/collections/moderators"


def featured_tags_url(actor: str) -> str:
    """The featured tags of an actor of ours."""
    return f"{actor}/collections/tags"


def shared_inbox_url(origin: str) -> str:
    """The inbox of the whole server."""
    return f"{origin}/inbox"


def rsa_key_id(actor: str) -> str:
    """The id of the RSA key with which an actor of ours signs requests."""
    return f"{actor}#main-key"


def ed25519_key_id(actor: str) -> str:
    """The id of the Ed25519 key of an actor of ours."""
    return f"{actor}#ed25519-key"


def profile_url(origin: str, username: str) -> str:
    """The page of a member, for people."""
    return f"{origin}/@{username}"


def status_uri(origin: str, account_id: int, status_id: int) -> str:
    """The id of a local post."""
    return f"{origin}/ap/users/{account_id}/statuses/{status_id}"


def activity_uri(status: str) -> str:
    """The id of the Create of a local post; of a boost it is the id of the Announce."""
    return f"{status}/activity"


def boost_uri(origin: str, account_id: int, status_id: int) -> str:
    """The id of the Announce of a local boost, which is what its row has as `uri`."""
    return activity_uri(status_uri(origin, account_id, status_id))


def status_url(origin: str, username: str, status_id: int) -> str:
    """The page of a local post, for people."""
    return f"{origin}/@{username}/{status_id}"


def follow_uri(origin: str, follow_id: int) -> str:
    """The id of a Follow of ours."""
    return f"{origin}/ap/follows/{follow_id}"


def like_uri(origin: str, favourite_id: int) -> str:
    """The id of a Like of ours."""
    return f"{origin}/ap/likes/{favourite_id}"


def reaction_uri(origin: str, reaction_id: int) -> str:
    """The id of a reaction of ours with an emoji."""
    return f"{origin}/ap/reactions/{reaction_id}"


def flag_uri(origin: str, report_id: int) -> str:
    """The id of the Flag by which a report is passed on."""
    return f"{origin}/ap/flags/{report_id}"


def block_uri(origin: str, block_id: int) -> str:
    """The id of a Block of ours."""
    return f"{origin}/ap/blocks/{block_id}"


def update_uri(uri: str, unix: int) -> str:
    """The id of an Update of an object of ours, made at a moment."""
    return f"{uri}#updates/{unix}"


def accept_uri(actor: str, unique: int | str) -> str:
    """The id of the Accept with which an actor of ours answers a Follow."""
    return f"{actor}#accepts/{unique}"


def reject_uri(actor: str, unique: str) -> str:
    """The id of the Reject with which an actor of ours answers a Follow."""
    return f"{actor}#rejects/{unique}"


def stamp_uri(actor: str, request_id: int) -> str:
    """Where it is written that a post of an actor of ours may be quoted."""
    return f"{actor}/quote_authorizations/{request_id}"


def approval_uri(actor: str, request_id: int) -> str:
    """Where it is written that a post of an actor of ours may be liked, answered or boosted."""
    return f"{actor}/approvals/{request_id}"


def authorization_uri(actor: str, request_id: int) -> str:
    """The same, in the words of those who asked for it by a request."""
    return f"{actor}/authorizations/{request_id}"


def tag_url(origin: str, name: str) -> str:
    """The page of a tag, in the letters that every app takes for an address."""
    return f"{origin}/tags/{quote(name)}"


def emoji_uri(origin: str, shortcode: str) -> str:
    """The id of an emoji of this server."""
    return f"{origin}/emojis/{shortcode}"


def context_uri(origin: str, root_status_id: int) -> str:
    """The id of the conversation that a local post began."""
    return f"{origin}/contexts/{root_status_id}"


def origin_of(local_uri: str) -> str:
    """The origin of one of our own addresses."""
    scheme, _, rest = local_uri.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def is_ours(origin: str, uri: str) -> bool:
    """Whether an address, already normalised, lies on this server."""
    return uri == origin or uri.startswith(f"{origin}/")


def parse_actor_uri(origin: str, uri: str) -> int | None:
    """The account behind the id of a local actor."""
    if uri == f"{origin}/actor":
        return INSTANCE_ACTOR_ID
    found = _ACTOR.fullmatch(uri.removeprefix(origin)) if uri.startswith(origin) else None
    # What it says may still be no id, being too large.
    return parse_id(found[1]) if found else None
