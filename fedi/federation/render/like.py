"""Like: of a post; in a group, the group is told, too."""

from fedi.federation.render.activity import Json, activity_of


def render_like(
    uri: str, actor: str, object_uri: str, author: str, group: str | None = None
) -> Json:
    """Like; of a post in a group, the group is told, too."""
    like = {
        **activity_of("Like", uri, actor, [author], [group] if group else []),
        "object": object_uri,
    }
    return {**like, "audience": group} if group else like
