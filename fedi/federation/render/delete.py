"""Delete: of a post, whose grave stays; of an actor, for good."""

from fedi.federation.render.activity import Json, activity_of
from fedi.federation.render.facts import PUBLIC


def render_delete(
    uri: str, actor: str, to: list[str], cc: list[str], group: str | None = None
) -> Json:
    """Delete(Tombstone) of a post."""
    tombstone = {"id": uri, "type": "Tombstone", "formerType": "Note", "atomUri": uri}
    delete = activity_of("Delete", f"{uri}#delete", actor, to, [*cc, group] if group else cc)
    if group:
        # What does not name the group that it is passed on by was not meant for its followers.
        delete["audience"] = group
    return {**delete, "object": tombstone}


def render_actor_delete(actor: str) -> Json:
    """Delete(actor): the account is gone for good."""
    return {**activity_of("Delete", f"{actor}#delete", actor, [PUBLIC], []), "object": actor}
