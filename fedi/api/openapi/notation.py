"""A short way to write shapes of JSON, and what it means as JSON Schema.

    text html url id moment day     kinds of strings
    integer number flag object {}   other values; `{}` is an object without anything in it
    a|b|c                           one of these words, or (by capital letters) of these entities
    [x]                             a list of x
    {x}                             an object whose values are x
    x?                              x or null
    "key?"                          the key may be absent

An object within an object is written as one; under the key "" it may say "?" (it may be null) or
"list" (it is a list of such objects). Under the key "..." an entity names another one whose keys it
has as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

# An entity: keys to notations or to objects within.
Shape = Mapping[str, Union[str, "Shape"]]
Schema = dict[str, Any]

_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
_KINDS: dict[str, Schema] = {
    "text": {"type": "string"},
    "html": {"type": "string"},
    "url": {"type": "string"},
    "id": {"type": "string", "pattern": "^-?[0-9]+$"},
    "moment": {"type": "string", "format": "date-time", "pattern": _MOMENT},
    "day": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "object": {"type": "object"},
    "any": {},
    "{}": {"type": "object", "maxProperties": 0},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route gives, and the parameters it takes, in the bracket grammar of forms."""

    gives: str
    takes: str = ""
    # Kept for older apps.
    is_old: bool = False
    # What it may give instead, with another status than 200.
    also: tuple[int, ...] = ()


def schema_of(notation: str) -> Schema:
    """The JSON Schema of a notation."""
    if notation.endswith("?"):
        return {"anyOf": [schema_of(notation[:-1]), {"type": "null"}]}
    if notation in _KINDS:
        return _KINDS[notation]
    if notation.startswith("["):
        return {"type": "array", "items": schema_of(notation[1:-1])}
    if notation.startswith("{"):
        return {"type": "object", "additionalProperties": schema_of(notation[1:-1])}
    words = notation.split("|")
    if words[0][0].isupper():
        found = [
            _KINDS.get(word) or {"$ref": f"#/components/schemas/{name_of(word)}"} for word in words
        ]
        return found[0] if len(found) == 1 else {"anyOf": found}
    return {"type": "string", "enum": words}


def spread(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """The entities with the keys that they have from others."""

    def whole(name: str) -> Shape:
        shape = shapes[name]
        base = shape.get("...")
        own = {key: value for key, value in shape.items() if key != "..."}
        return {**whole(base), **own} if isinstance(base, str) else own

    return {name: whole(name) for name in shapes}


def name_of(entity: str) -> str:
    """The name of an entity where colons are not allowed."""
    return entity.replace("::", "_")


def object_schema(shape: Shape) -> Schema:
    """The JSON Schema of an entity, or of an object within one."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for key, value in shape.items():
        if not key:
            continue
        name = key.removesuffix("?")
        properties[name] = schema_of(value) if isinstance(value, str) else object_schema(value)
        if name == key:
            required.append(name)
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    mark = shape.get("", "")
    if "list" in mark:
        schema = {"type": "array", "items": schema}
    return {"anyOf": [schema, {"type": "null"}]} if "?" in mark else schema
