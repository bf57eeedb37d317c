"""Undo: of a Follow, Like, reaction, Announce or Block, with the original inside."""

from fedi.federation.render.activity import Json, activity_of


def render_undo(original: Json) -> Json:
    """Undo, with the whole original inside: many cannot take back what only has an id."""
    outside = ("@context", "proof")
    inner = {name: value for name, value in original.items() if name not in outside}
    to, cc = list(inner.get("to", [])), list(inner.get("cc", []))
    activity = activity_of("Undo", f"{inner['id']}#undo", inner["actor"], to, cc)
    return {**activity, "object": inner}
