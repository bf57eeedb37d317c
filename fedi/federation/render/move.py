"""Move: a member has a new account."""

from fedi.federation.render.activity import Json, activity_of


def render_move(uri: str, actor: str, target: str) -> Json:
    """Move: the actor is somebody else's from now on, for its followers."""
    activity = activity_of("Move", uri, actor, [f"{actor}/followers"], [])
    return {**activity, "object": actor, "target": target}
