"""Follow: of somebody elsewhere; and Accept or Reject of a Follow that came."""

from fedi.federation.render.activity import Json, activity_of


def render_follow(uri: str, actor: str, target: str) -> Json:
    """Follow."""
    return {**activity_of("Follow", uri, actor, [target], []), "object": target}


def render_answer(kind: str, uri: str, actor: str, follower: str, follow_uri: str | None) -> Json:
    """Accept or Reject of a Follow, which is echoed: some know it by its id, some by its parts."""
    follow: Json = {"type": "Follow", "actor": follower, "object": actor}
    if follow_uri:
        follow = {"id": follow_uri, **follow}
    return {**activity_of(kind, uri, actor, [follower], []), "object": follow}
