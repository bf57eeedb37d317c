"""Block: a member wants nothing to do with somebody."""

from fedi.federation.render.activity import Json, activity_of


def render_block(uri: str, actor: str, target: str) -> Json:
    """Block."""
    return {**activity_of("Block", uri, actor, [target], []), "object": target}
