"""The OpenAPI document of the client API, made from the table of routes."""

import inspect
import re
from collections.abc import Iterable
from functools import reduce
from typing import Any

from fedi import __version__
from fedi.api.deps import Route, Who
from fedi.api.openapi import members, people, posts, routes_people, routes_posts, server
from fedi.api.openapi.notation import (
    Operation,
    Schema,
    Shape,
    name_of,
    object_schema,
    schema_of,
    spread,
)

ENTITIES: dict[str, Shape] = spread(
    {
        **people.ENTITIES,
        **posts.ENTITIES,
        **members.ENTITIES,
        **server.ENTITIES,
    }
)
GROUPS: dict[str, dict[str, Operation]] = {**routes_people.OPERATIONS, **routes_posts.OPERATIONS}

_NUMBERS = {"limit", "offset", "duration", "expires_in", "maxwidth", "maxheight"}
_FLAGS = {
    *("local", "remote", "only_media", "exclude_replies", "exclude_reblogs", "pinned", "resolve"),
    *("following", "with_suspended", "reblogs", "notify", "notifications", "locked", "bot"),
    *("discoverable", "hide_collections", "indexable", "sensitive", "multiple", "hide_totals"),
    *("delete_media", "exclusive", "include_filtered", "whole_word", "irreversible", "forward"),
    *("agreement", "standard", "_destroy", "exclude_unreviewed", "show_media", "local_only"),
    *("show_media_replies", "show_featured", "force_login"),
}
_FILES = {"file", "thumbnail", "avatar", "header"}
_NO_BODY = {"GET", "HEAD", "DELETE"}


def operations() -> dict[str, tuple[str, Operation]]:
    """Operations with their groups, by method and path; names within paths do not count."""
    return {
        _key(*key.split(" ")): (group, operation)
        for group, found in GROUPS.items()
        for key, operation in found.items()
    }


def _key(method: str, path: str) -> str:
    return f"{method.replace('PATCH', 'PUT')} {re.sub(r'{[^}]*}', '{}', path)}"


def find_operation(route: Route) -> tuple[str, Operation] | None:
    """The group of a route, and what it takes and gives."""
    return operations().get(_key(route.method, route.path))


def build_document(routes: Iterable[Route], origin: str) -> dict[str, Any]:
    """The whole document."""
    known = operations()
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        group, operation = known.get(_key(route.method, route.path), ("other", Operation("any")))
        methods = ("PUT", "PATCH") if route.method in {"PUT", "PATCH"} else (route.method,)
        for method in methods:
            built = _operation(route, method, group, operation)
            paths.setdefault(route.path, {})[method.lower()] = built
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fedi: the client API",
            "version": __version__,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": origin}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name_of(name): object_schema(shape) for name, shape in ENTITIES.items()},
            "securitySchemes": {
                "token": {
                    "type": "oauth2",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": f"{origin}/oauth/authorize",
                            "tokenUrl": f"{origin}/oauth/token",
                            "scopes": {s: s for r in routes for s in r.scopes},
                        }
                    },
                }
            },
        },
    }


def _operation(route: Route, method: str, group: str, operation: Operation) -> dict[str, Any]:
    named = re.findall(r"{([^}]*)}", route.path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in named
    ]
    taken = operation.takes.split()
    # A name that only holds others says nothing by itself.
    taken = [name for name in taken if not any(other.startswith(f"{name}[") for other in taken)]
    if method in _NO_BODY:
        parameters += [
            {"name": name, "in": "query", "required": False, "schema": _kind(name)}
            for name in taken
        ]
    about = (inspect.getdoc(route.handler) or "").strip()
    built: dict[str, Any] = {
        "operationId": f"{method.lower()}{re.sub('[^a-zA-Z0-9]+', '_', route.path)}",
        "tags": [group],
        "summary": about.partition("\n")[0],
        "parameters": parameters,
        "responses": _responses(route, operation),
    }
    if operation.is_old:
        built["deprecated"] = True
    if taken and method not in _NO_BODY:
        built["requestBody"] = {"required": False, "content": _body(taken)}
    if route.who is not Who.OPEN:
        # Any one of the scopes is enough; without a token where a stranger may ask, too.
        built["security"] = [{"token": [scope]} for scope in route.scopes] or [{"token": []}]
        if route.who is Who.ANYONE:
            built["security"].append({})
    return built


def _responses(route: Route, operation: Operation) -> dict[str, Any]:
    content = {"application/json": {"schema": schema_of(operation.gives)}}
    found: dict[str, Any] = {"200": {"description": "What was asked for", "content": content}}
    for status in operation.also:
        found[str(status)] = {"description": "Not ready yet", "content": content}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    words = {
        "400": "The request cannot be read",
        "404": "There is no such thing, or not for you",
        "422": "What was sent is not acceptable",
        "429": "Too many requests",
        "503": "Try again shortly",
        "4XX": "Refused, with the reason",
    }
    if route.who is not Who.OPEN:
        words |= {"401": "The token is not good", "403": "The token may not do this"}
    return found | {code: {"description": say, "content": error} for code, say in words.items()}


def _kind(name: str) -> Schema:
    """The schema of a parameter by its name."""
    name, is_list = name.removesuffix("[]"), name.endswith("[]")
    leaf = name.rpartition("[")[2].removesuffix("]")
    kind: Schema = {"type": "string"}
    if leaf in _NUMBERS:
        kind = {"type": "integer"}
    elif leaf in _FLAGS or "[alerts]" in name:
        kind = {"type": "boolean"}
    elif leaf in _FILES:
        kind = {"type": "string", "format": "binary"}
    return {"type": "array", "items": kind} if is_list else kind


def _body(names: list[str]) -> dict[str, Any]:
    """A body in all encodings: as JSON what stands in brackets is nested."""
    form = {"type": "object", "properties": {name: _kind(name) for name in names}}
    nested = reduce(_nest, names, _object())
    has_files = any(name in _FILES for name in names)
    found: dict[str, Any] = {} if has_files else {"application/json": {"schema": nested}}
    if not has_files:
        found["application/x-www-form-urlencoded"] = {"schema": form}
    return {**found, "multipart/form-data": {"schema": form}}


def _object() -> Schema:
    return {"type": "object", "properties": {}}


def _nest(schema: Schema, name: str) -> Schema:
    parts = name.removesuffix("[]").replace("[:index]", "[]").replace("]", "").split("[")
    at: Schema = schema
    for number, part in enumerate(parts):
        properties: dict[str, Schema] = at["properties"]
        if number == len(parts) - 1:
            properties[part] = _kind(part + name[len(name.removesuffix("[]")) :])
        elif not part:
            continue
        elif parts[number + 1] == "":
            items = properties.setdefault(part, {"type": "array", "items": _object()})
            at = items["items"]
        else:
            at = properties.setdefault(part, _object())
    return schema
