"""Groups: whatever happens in ours, passed on inside an Announce; deeds of moderators."""

from fedi.core.urls import followers_url, moderators_url
from fedi.federation.render.activity import Json
from fedi.federation.render.facts import PUBLIC, ActorFacts, Mention

MAX_TITLE = 200


def render_group_parts(facts: ActorFacts) -> Json:
    """What an actor has that is a group: who keeps order there, and who may post."""
    if facts.actor_type != "Group":
        return {}
    return {
        "attributedTo": moderators_url(facts.uri),
        "postingRestrictedToMods": facts.posting_restricted,
    }


def render_passed_on(uri: str, group: str, activity: Json) -> Json:
    """Announce of an activity, just as its actor said it."""
    return {
        "id": uri,
        "type": "Announce",
        "actor": group,
        "to": [PUBLIC],
        "cc": [followers_url(group)],
        "object": activity,
    }


def render_moderation(kind: str, uri: str, actor: str, group: str, parts: Json) -> Json:
    """What a moderator of ours did: `kind` is the type, with "Undo " in front for its end."""
    name = kind.removeprefix("Undo ")
    deed: Json = {
        "id": uri,
        "type": name,
        "actor": actor,
        # Some take nothing for public that does not say so in `to`.
        "to": [PUBLIC],
        "cc": [group],
        "audience": group,
        **parts,
    }
    if name == kind:
        return deed
    outer = {key: deed[key] for key in ("actor", "to", "cc", "audience")}
    return {"id": f"{uri}#undo", "type": "Undo", **outer, "object": deed}


def address_group(
    group: Mention | None, to: list[str], cc: list[str]
) -> tuple[list[str], list[str]]:
    """`to` and `cc` of a post, with the group that it is in among those whom it is for."""
    if group is None:
        return to, cc
    others = [uri for uri in cc if uri != group.uri]
    return ([*to, group.uri] if group.uri not in to else to), others


def title_of(text: str, *, most: int = MAX_TITLE) -> str:
    """The first line that says more than whom it is for, as the title of a post in a group."""
    for line in text.splitlines():
        words = [word for word in line.split() if word[0] not in "@!"]
        if words:
            title = " ".join(words).lstrip("#").strip()
            return title if len(title) <= most else f"{title[: most - 1]}\u2026"
    return ""
