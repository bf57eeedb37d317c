"""The client API in words and as an OpenAPI document, for admins, or for everybody who likes."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi.core.auth.sessions import find_session
from fedi.kit.errors import FediError, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.web import error_response
from fedi.web.forms import Forms
from fedi.web.pages import error_page, page, private

Document = dict[str, Any]

_ADMINS = frozenset({"owner", "admin"})
_PLACES = {"path": "in the path", "query": "in the query"}


class DocsPages:
    """The documentation of the API; made once, when somebody asks first."""

    def __init__(self, runtime: Runtime, describe: Callable[[], Document]) -> None:
        self._runtime = runtime
        self._describe = describe
        self._forms = Forms(runtime.settings)
        self._is_public = runtime.settings.web.public_docs
        self._title = runtime.settings.instance.title or runtime.settings.local_domain
        self._document: bytes | None = None
        self._page: Response | None = None

    def routes(self) -> list[Route]:
        """The routes of the documentation."""
        return [Route("/docs", self.show), Route("/docs/openapi.json", self.document)]

    async def show(self, request: Request) -> Response:
        """All operations by group, on one page."""
        try:
            await self._check(request)
        except FediError as problem:
            return private(error_page(self._title, problem, sign_in_to="/docs"))
        kept = self._page
        if kept is None:
            kept = self._page = page("docs.html", _lay_out(self._describe(), self._title))
        return private(Response(kept.body, headers=kept.headers))

    async def document(self, request: Request) -> Response:
        """The OpenAPI document."""
        try:
            await self._check(request)
        except FediError as problem:
            return private(error_response(problem))
        if self._document is None:
            self._document = orjson.dumps(self._describe())
        return private(Response(self._document, media_type="application/json"))

    async def _check(self, request: Request) -> None:
        """Let in whoever may read this; for all others it is not there.

        Raises:
            NotFound: it is for admins.
        """
        if self._is_public:
            return
        token = request.cookies.get(self._forms.session_cookie)
        user = await find_session(self._runtime.read(), token) if token else None
        if user is None or user.problem or user.role not in _ADMINS:
            raise NotFound("There is no such page, or it is for the admins of this server")


def _lay_out(document: Document, title: str) -> dict[str, Any]:
    """What the template shows of the document."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return {
        "title": f"API · {title}",
        "server": document["servers"][0]["url"],
        "groups": sorted(groups.items()),
        "entities": [
            (name, _members(schema)) for name, schema in document["components"]["schemas"].items()
        ],
    }


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    security: list[Mapping[str, list[str]]] = operation.get("security", [])
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return {
        "anchor": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "is_old": operation.get("deprecated", False),
        "scopes": [scope for way in security for scope in way.get("token", [])],
        "needs_token": bool(security) and {} not in security,
        "takes_token": bool(security),
        "parameters": _parameters(operation),
        "answer": _shape(answer),
    }


def _parameters(operation: Mapping[str, Any]) -> list[tuple[str, Markup, str]]:
    """Name, kind and place of what an operation takes."""
    found = [
        (item["name"], _shape(item["schema"]), _PLACES[item["in"]])
        for item in operation["parameters"]
    ]
    content: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    forms = [kind for kind in content if kind != "application/json"]
    if forms:
        fields: Mapping[str, Any] = content[forms[0]]["schema"].get("properties", {})
        found += [(name, _shape(schema), "in the body") for name, schema in fields.items()]
    return found


def _members(schema: Mapping[str, Any]) -> list[tuple[str, Markup, bool]]:
    """The keys of an entity, what stands there, and whether it always does."""
    required = set(schema.get("required", ()))
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [(key, _shape(inner), key in required) for key, inner in properties.items()]


def _shape(schema: Mapping[str, Any]) -> Markup:
    """A schema in a few words, with the entities as links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#entity-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(_shape(each) for each in schema["anyOf"])
    if "enum" in schema:
        return Markup(" | ").join(Markup("<code>{}</code>").format(e) for e in schema["enum"])
    match schema.get("type"):
        case "array":
            return Markup("list of {}").format(_shape(schema.get("items", {})))
        case "object" if schema.get("properties"):
            inner = [
                Markup("{}: {}").format(key, _shape(value))
                for key, value in schema["properties"].items()
            ]
            return Markup("{{ {} }}").format(Markup(", ").join(inner))
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return Markup("object of {}").format(_shape(schema["additionalProperties"]))
        case "object" if schema.get("maxProperties") == 0:
            return Markup("empty object")
        case None:
            return Markup("anything")
        case kind:
            return escape(schema.get("format") or kind)
