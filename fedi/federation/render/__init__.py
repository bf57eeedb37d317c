"""What we say: our documents as they go over the wire, pure functions from facts to dictionaries.

Each file is one activity or object. Arrays are always arrays, ids are plain strings, the public
collection is written in full, and nothing is null that could be left out. No database here: what
is to be known comes as `facts`.
"""

from fedi.federation.render.announce import render_announce
from fedi.federation.render.block import render_block
from fedi.federation.render.create import render_create, render_vote
from fedi.federation.render.delete import render_actor_delete, render_delete
from fedi.federation.render.flag import render_flag
from fedi.federation.render.follow import render_answer, render_follow
from fedi.federation.render.like import render_like
from fedi.federation.render.move import render_move
from fedi.federation.render.pin import render_pin
from fedi.federation.render.undo import render_undo
from fedi.federation.render.update import render_actor_update, render_note_update

__all__ = [
    "render_actor_delete",
    "render_actor_update",
    "render_announce",
    "render_answer",
    "render_block",
    "render_create",
    "render_delete",
    "render_flag",
    "render_follow",
    "render_like",
    "render_move",
    "render_note_update",
    "render_pin",
    "render_undo",
    "render_vote",
]
