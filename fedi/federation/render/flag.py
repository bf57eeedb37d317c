"""Flag: a report, to the server or the forum that it is about."""

from fedi.federation.render.activity import Json, activity_of


def render_flag(
    uri: str, actor: str, about: str | list[str], words: str, *, target: str = "", group: str = ""
) -> Json:
    """Flag, as it goes to a server (about `target` and posts), or to a forum (about one post)."""
    if group:
        activity = activity_of("Flag", uri, actor, [group], [])
        return {**activity, "audience": group, "summary": words, "object": about}
    return {**activity_of("Flag", uri, actor, [target], []), "content": words, "object": about}
