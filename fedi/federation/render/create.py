"""Create: a post, whole; or a vote, as a note that has a name and no content."""

from fedi.federation.render.activity import Json, activity_of
from fedi.federation.render.facts import NoteFacts
from fedi.federation.render.note import render_note


def render_create(facts: NoteFacts) -> Json:
    """Create(Note)."""
    note = render_note(facts)
    activity = activity_of(
        "Create", f"{facts.uri}/activity", facts.author_uri, list(note["to"]), []
    )
    return {**activity, "cc": list(note["cc"]), "published": note["published"], "object": note}


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
    return {**activity_of("Create", f"{uri}/activity", actor, [author], []), "object": note}
