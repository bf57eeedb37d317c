"""Delete: of a post, whose grave stays; of an actor, for good."""

from fedi.federation.render.activity import Json, activity_of
from fedi.federation.render.facts import PUBLIC


def render_delete(uri: str, actor: str, to: list[str], cc: list[str]) -> Json:
    """Delete(Tombstone) of a post."""
    tombstone = {"id": uri, "type": "Tombstone", "formerType": "Note", "atomUri": uri}
    return {**activity_of("Delete", f"{uri}#delete", actor, to, cc), "object": tombstone}


def render_actor_delete(actor: str) -> Json:
    """Delete(actor): the account is gone for good."""
    return {**activity_of("Delete", f"{actor}#delete", actor, [PUBLIC], []), "object": actor}
