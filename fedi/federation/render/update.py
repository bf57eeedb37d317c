"""Update: a post or a profile as it is now, whole."""

from datetime import datetime

from fedi.federation.render.activity import Json, activity_of
from fedi.federation.render.facts import PUBLIC, ActorFacts, NoteFacts
from fedi.federation.render.note import render_note, wire_time


def render_note_update(facts: NoteFacts, uri: str) -> Json:
    """Update(Note): the whole post again."""
    note = render_note(facts)
    activity = activity_of("Update", uri, facts.author_uri, list(note["to"]), [])
    return {
        **activity,
        "cc": list(note["cc"]),
        "published": wire_time(facts.edited_at or facts.created_at),
        "object": note,
    }


def render_actor_update(actor: Json, facts: ActorFacts, moment: datetime) -> Json:
    """Update(Person): the whole profile again."""
    uri = f"{facts.uri}#updates/{int(moment.timestamp() * 1000)}"
    activity = activity_of("Update", uri, facts.uri, [PUBLIC], [f"{facts.uri}/followers"])
    return {**activity, "published": wire_time(moment), "object": actor}
