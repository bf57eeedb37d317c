"""Handles that lead to another actor than before, on the same server.

A server that lost its database, or that was set up anew, gives its people new ids under their old
names. Whether the old actor is really no more is asked later; who follows it then follows the new
one. Where it is still there, only the name has changed hands.
"""

from collections.abc import Iterable

from fedi.ap.authority import same_origin
from fedi.core.chores import Chore, add_chores
from fedi.kit.unit import Unit


async def ask_later(unit: Unit, heirs: Iterable[tuple[int, str, str]]) -> None:
    """Have it asked whether actors (account id, actor id) are no more whose names others have."""
    chores = [Chore(f"{old} {heir}") for old, uri, heir in heirs if same_origin(uri, heir)]
    await add_chores(unit, "merge_renamed", chores)
