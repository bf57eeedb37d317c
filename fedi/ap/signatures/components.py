"""The values of RFC 9421 message components, read from a received request."""

from base64 import b64encode
from urllib.parse import parse_qsl, quote

from fedi.ap.authority import normalise_authority
from fedi.ap.signatures.claims import Request, joined, values_of
from fedi.ap.signatures.fields import Item, parse_dictionary, serialise_dictionary
from fedi.kit.errors import Unauthorized

# Fields that are dictionaries by their own standard; `;sf` needs to know the kind of a field.
_DICTIONARIES = frozenset(
    {
        "content-digest",
        "repr-digest",
        "want-content-digest",
        "signature",
        "signature-input",
        "accept-signature",
        "priority",
    }
)


def component_value(part: Item, request: Request) -> str:
    """The value of one component; one that we do not know, or that is missing, is Unauthorized."""
    name: str = part.value
    if not name.startswith("@"):
        return _field(name, part, request)
    if name == "@query-param":
        return _query_parameter(part, request)
    if part.parameters:
        raise Unauthorized(f"{name[:32]} takes no parameters")
    value = _derived(name, request)
    if value is None:
        raise Unauthorized(f"unknown signature component {name[:32]}")
    return value


def _derived(name: str, request: Request) -> str | None:
    path, mark, query = request.target.partition("?")
    match name:
        case "@method":
            return request.method
        case "@target-uri":
            return f"{request.scheme}://{_authority(request)}{request.target}"
        case "@authority":
            return _authority(request)
        case "@scheme":
            return request.scheme
        case "@request-target":
            return request.target
        case "@path":
            return path or "/"
        case "@query":
            return f"?{query}" if mark else "?"
        case _:
            return None


def _authority(request: Request) -> str:
    stated = request.authority or joined(request.headers, "host") or ""
    found = normalise_authority(stated, request.scheme)
    if found is None:
        raise Unauthorized("the request names no host")
    return found


def _query_parameter(part: Item, request: Request) -> str:
    wanted = part.parameters.get("name")
    if list(part.parameters) != ["name"] or not isinstance(wanted, str):
        raise Unauthorized("@query-param needs exactly a name")
    try:
        pairs = parse_qsl(
            request.target.partition("?")[2], keep_blank_values=True, max_num_fields=100
        )
    except ValueError as error:
        raise Unauthorized("too many query parameters") from error
    found = [value for name, value in pairs if _encode(name) == wanted]
    if len(found) != 1:
        raise Unauthorized("a signed query parameter is missing or given twice")
    return _encode(found[0])


def _encode(text: str) -> str:
    """Percent-encoding as HTML forms do it, with %20 for a space."""
    return quote(text, safe="*-._").replace("~", "%7E")


def _field(name: str, part: Item, request: Request) -> str:
    value = joined(request.headers, name)
    if value is None:
        raise Unauthorized(f"the signed header {name[:64]} is missing")
    match list(part.parameters.items()):
        case []:
            return value
        case [("sf", True)] if name in _DICTIONARIES:
            return serialise_dictionary(parse_dictionary(value))
        case [("bs", True)]:
            lines = values_of(request.headers, name)
            return ", ".join(
                f":{b64encode(line.encode('latin-1', 'replace')).decode()}:" for line in lines
            )
        case [("key", str(key))]:
            member = parse_dictionary(value).get(key)
            if member is not None:
                return serialise_dictionary({"": member})[1:] if member.value is not True else "?1"
        case _:
            pass
    raise Unauthorized(f"the signed component {name[:64]} cannot be rebuilt")
