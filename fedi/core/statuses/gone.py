"""Whether a post was here once."""

from fedi.kit.unit import ReadUnit


async def is_deleted(read: ReadUnit, uri: str, actor_uri: str) -> bool:
    """Whether the post `uri` was deleted by the actor whose it was."""
    found: bool = await read.value(
        "SELECT EXISTS (SELECT 1 FROM tombstones WHERE uri = $1 AND actor_uri = $2)", uri, actor_uri
    )
    return found
