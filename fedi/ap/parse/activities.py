"""Activities: who did what to what, for whom."""

from typing import Any

from fedi.ap.authority import authors_of, recipients_of
from fedi.ap.lenient import MAX_ID, as_object, id_of, ids_of, instant, many, type_of, types_of
from fedi.ap.parse.common import needed_id, object_of, own_id
from fedi.ap.vocabulary import ACTIVITY_TYPES, POST_TYPES, Activity
from fedi.kit.errors import RemoteNonsense

MAX_OBJECTS = 100


def is_activity(document: Any) -> bool:
    """True when the type says so; having an `actor` says nothing, since some posts have one."""
    return type_of(document, ACTIVITY_TYPES) is not None


def parse_activity(document: Any) -> Activity:
    """The activity in a document; a bare post is read as its Create.

    Raises:
        RemoteNonsense: no type, no actor, or an id that is none.
    """
    raw = object_of(document, "the activity")
    if not is_activity(raw) and type_of(raw, POST_TYPES):
        return _wrapped(raw)
    name = type_of(raw, ACTIVITY_TYPES) or type_of(raw)
    if not name:
        raise RemoteNonsense("the activity has no type")
    actors = ids_of(raw.get("actor")) or ids_of(raw.get("attributedTo"))
    if not actors:
        raise RemoteNonsense("the activity has no actor")
    things = _objects(raw.get("object"))
    first = things[0] if things else None
    if isinstance(first, dict) and isinstance(first.get("id"), str) and len(first["id"]) > MAX_ID:
        raise RemoteNonsense("the object has an id that is too long")
    to, cc = recipients_of(raw.get("to")), recipients_of(raw.get("cc"))
    return Activity(
        id=own_id(raw, "the activity"),
        type=name,
        actor=actors[0],
        actors=tuple(actors[:16]),
        object_id=_object_id(first),
        object=first if isinstance(first, dict) else None,
        objects=things,
        target=id_of(raw.get("target")),
        to=to,
        cc=cc,
        recipients=recipients_of(
            list(to), list(cc), raw.get("audience"), raw.get("bto"), raw.get("bcc")
        ),
        published=instant(raw.get("published")),
        raw=raw,
    )


def _objects(value: Any) -> tuple[str | dict[str, Any], ...]:
    """Ids as text and objects as objects; everything else is left out."""
    found: list[str | dict[str, Any]] = []
    for item in many(value)[:MAX_OBJECTS]:
        thing = as_object(item) if isinstance(item, dict) else recipients_of(item)
        if thing:
            found.append(thing if isinstance(thing, dict) else thing[0])
    return tuple(found)


def _object_id(thing: str | dict[str, Any] | None) -> str | None:
    """The id of the object; an object that is only a Link means what it points to."""
    if isinstance(thing, dict) and thing.get("id") is None and "Link" not in types_of(thing):
        return None
    return thing if isinstance(thing, str) else id_of(thing)


def _wrapped(raw: dict[str, Any]) -> Activity:
    """A bare post as the Create that its server left out."""
    authors = authors_of(raw)
    if not authors:
        raise RemoteNonsense("the post has no author")
    post_id = needed_id(raw, "the post")
    to, cc = recipients_of(raw.get("to")), recipients_of(raw.get("cc"))
    return Activity(
        id=f"{post_id}#create",
        type="Create",
        actor=authors[0],
        actors=tuple(authors[:16]),
        object_id=post_id,
        object=raw,
        objects=(raw,),
        target=None,
        to=to,
        cc=cc,
        recipients=recipients_of(
            list(to), list(cc), raw.get("audience"), raw.get("bto"), raw.get("bcc")
        ),
        published=instant(raw.get("published")),
        raw=raw,
    )
