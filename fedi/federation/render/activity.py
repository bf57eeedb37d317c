"""Activities around the things they are about."""

from datetime import datetime
from typing import Any

from fedi.core.urls import featured_url
from fedi.federation.render.facts import PUBLIC, ActorFacts, BoostFacts, NoteFacts, addresses
from fedi.federation.render.note import render_note, wire_time

Json = dict[str, Any]


def _activity(kind: str, uri: str, actor: str, to: list[str], cc: list[str]) -> Json:
    activity: Json = {"id": uri, "type": kind, "actor": actor, "to": to}
    if cc:
        activity["cc"] = cc
    return activity


def render_create(facts: NoteFacts) -> Json:
    """Create(Note)."""
    note = render_note(facts)
    activity = _activity("Create", f"{facts.uri}/activity", facts.author_uri, list(note["to"]), [])
    return {**activity, "cc": list(note["cc"]), "published": note["published"], "object": note}


def render_note_update(facts: NoteFacts, uri: str) -> Json:
    """Update(Note): the whole post again."""
    note = render_note(facts)
    activity = _activity("Update", uri, facts.author_uri, list(note["to"]), [])
    return {
        **activity,
        "cc": list(note["cc"]),
        "published": wire_time(facts.edited_at or facts.created_at),
        "object": note,
    }


def render_pin(kind: str, facts: NoteFacts, uri: str) -> Json:
    """Add to, or Remove from, the featured posts of an actor."""
    activity = _activity(kind, uri, facts.author_uri, [facts.followers_uri], [])
    return {**activity, "object": facts.uri, "target": featured_url(facts.author_uri)}


def render_delete(uri: str, actor: str, to: list[str], cc: list[str]) -> Json:
    """Delete(Tombstone) of a post."""
    tombstone = {"id": uri, "type": "Tombstone", "formerType": "Note", "atomUri": uri}
    return {**_activity("Delete", f"{uri}#delete", actor, to, cc), "object": tombstone}


def render_actor_delete(actor: str) -> Json:
    """Delete(actor): the account is gone for good."""
    return {**_activity("Delete", f"{actor}#delete", actor, [PUBLIC], []), "object": actor}


def render_actor_update(actor: Json, facts: ActorFacts, moment: datetime) -> Json:
    """Update(Person): the whole profile again."""
    uri = f"{facts.uri}#updates/{int(moment.timestamp() * 1000)}"
    activity = _activity("Update", uri, facts.uri, [PUBLIC], [f"{facts.uri}/followers"])
    return {**activity, "published": wire_time(moment), "object": actor}


def render_announce(facts: BoostFacts) -> Json:
    """Announce: a boost."""
    to, cc = addresses(facts.visibility, facts.followers_uri, [facts.object_author_uri])
    activity = _activity("Announce", facts.uri, facts.author_uri, to, cc)
    if facts.allowed_by:
        activity["approvedBy"] = activity["announceAuthorization"] = facts.allowed_by
    return {**activity, "published": wire_time(facts.created_at), "object": facts.object_uri}


def render_vote(uri: str, actor: str, author: str, post: str, name: str) -> Json:
    """Create(Note) of a vote: without content, so that nobody takes it for a post."""
    note = {
        "id": uri,
        "type": "Note",
        "name": name,
        "attributedTo": actor,
        "inReplyTo": post,
        "to": [author],
    }
    return {**_activity("Create", f"{uri}/activity", actor, [author], []), "object": note}


def render_follow(uri: str, actor: str, target: str) -> Json:
    """Follow."""
    return {**_activity("Follow", uri, actor, [target], []), "object": target}


def render_like(
    uri: str, actor: str, object_uri: str, author: str, group: str | None = None
) -> Json:
    """Like; of a post in a group, the group is told, too."""
    like = {
        **_activity("Like", uri, actor, [author], [group] if group else []),
        "object": object_uri,
    }
    return {**like, "audience": group} if group else like


def render_move(uri: str, actor: str, target: str) -> Json:
    """Move: the actor is somebody else's from now on, for its followers."""
    activity = _activity("Move", uri, actor, [f"{actor}/followers"], [])
    return {**activity, "object": actor, "target": target}


def render_flag(
    uri: str, actor: str, about: str | list[str], words: str, *, target: str = "", group: str = ""
) -> Json:
    """Flag, as it goes to a server (about `target` and posts), or to a forum (about one post)."""
    if group:
        activity = _activity("Flag", uri, actor, [group], [])
        return {**activity, "audience": group, "summary": words, "object": about}
    return {**_activity("Flag", uri, actor, [target], []), "content": words, "object": about}


def render_block(uri: str, actor: str, target: str) -> Json:
    """Block."""
    return {**_activity("Block", uri, actor, [target], []), "object": target}


def render_answer(kind: str, uri: str, actor: str, follower: str, follow_uri: str | None) -> Json:
    """Accept or Reject of a Follow, which is echoed: some know it by its id, some by its parts."""
    follow: Json = {"type": "Follow", "actor": follower, "object": actor}
    if follow_uri:
        follow = {"id": follow_uri, **follow}
    return {**_activity(kind, uri, actor, [follower], []), "object": follow}


def render_undo(original: Json) -> Json:
    """Undo, with the whole original inside: many cannot take back what only has an id."""
    outside = ("@context", "proof")
    inner = {name: value for name, value in original.items() if name not in outside}
    to, cc = list(inner.get("to", [])), list(inner.get("cc", []))
    activity = _activity("Undo", f"{inner['id']}#undo", inner["actor"], to, cc)
    return {**activity, "object": inner}
