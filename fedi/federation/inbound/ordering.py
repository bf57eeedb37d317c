"""What of a batch may be done together, and what must wait its turn.

Two activities of one actor that are about the same thing keep their order; everything else is
grouped, so that a flood of two hundred posts is one call. When an actor goes away, that comes after
all it said before, and what it says later is not heard.
"""

from collections.abc import Sequence

from fedi.federation.meaning.incoming import Incoming

Wave = dict[str, list[Incoming]]
_Key = tuple[str, str]


def is_farewell(item: Incoming) -> bool:
    """Whether an actor deletes itself."""
    return item.activity.type == "Delete" and item.activity.object_id == item.actor_uri


def build_waves(items: Sequence[Incoming], types: Sequence[str]) -> list[Wave]:
    """Waves to be applied one after the other, each grouped by type in the order of `types`."""
    last: dict[_Key, int] = {}
    top: dict[str, int] = {}
    waves: list[Wave] = []
    for item in items:
        actor = item.actor_uri
        keys = [(actor, key) for key in item.about()]
        wave = max([last[key] + 1 for key in keys if key in last], default=0)
        if is_farewell(item):
            wave = max(wave, top.get(actor, -1) + 1)
        top[actor] = max(top.get(actor, 0), wave)
        last.update(dict.fromkeys(keys, wave))
        while len(waves) <= wave:
            waves.append({})
        waves[wave].setdefault(item.activity.type, []).append(item)
    return [{name: wave[name] for name in types if name in wave} for wave in waves]


def find_unheard(items: Sequence[Incoming]) -> set[int]:
    """Row ids of what actors say after they went away."""
    gone: set[str] = set()
    unheard: set[int] = set()
    for item in items:
        if item.actor_uri in gone:
            unheard.add(item.row_id)
        elif is_farewell(item):
            gone.add(item.actor_uri)
    return unheard


def split(items: Sequence[Incoming], waiting: set[int]) -> tuple[list[Incoming], list[Incoming]]:
    """Those that can go ahead, and those that wait (by row id) with all that must follow them."""
    if not waiting:
        return list(items), []
    ahead: list[Incoming] = []
    behind: list[Incoming] = []
    held: set[_Key] = set()
    busy: set[str] = set()
    gone: set[str] = set()
    for item in items:
        actor = item.actor_uri
        keys = {(actor, key) for key in item.about()}
        waits = item.row_id in waiting or actor in gone or not held.isdisjoint(keys)
        if waits or (is_farewell(item) and actor in busy):
            behind.append(item)
            held |= keys
            busy.add(actor)
            if is_farewell(item):
                gone.add(actor)
        else:
            ahead.append(item)
    return ahead, behind
