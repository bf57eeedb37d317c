"""HTTP Message Signatures, RFC 9421: reading, rebuilding the base, and signing."""

from base64 import b64encode
from typing import Literal

from fedi.ap.signatures.claims import Claim, Outgoing, Request, to_bytes
from fedi.ap.signatures.components import component_value
from fedi.ap.signatures.dates import http_date
from fedi.ap.signatures.digests import sha256_base64
from fedi.ap.signatures.fields import Item, parse_dictionary
from fedi.ap.signatures.prepared import Prepared, split_url
from fedi.kit.errors import Malformed, Unauthorized

LIFETIME = 300

# What can be asked of us: the newer dialect with whatever key, or with an Ed25519 key.
Wanted = Literal["rfc9421", "ed25519"]


def parse(signature_input: str, signature: str | None) -> list[Claim]:
    """One claim for each label that both headers name.

    Raises:
        Malformed: a header cannot be read, or a label lacks its signature.
    """
    if signature is None:
        raise Malformed("Signature-Input without Signature")
    inputs = parse_dictionary(signature_input)
    signatures = parse_dictionary(signature)
    if not inputs:
        raise Malformed("Signature-Input names no signature")
    return [_claim(label, item, signatures.get(label)) for label, item in inputs.items()]


def _claim(label: str, item: Item, signature: Item | None) -> Claim:
    if signature is None or not isinstance(signature.value, bytes):
        raise Malformed("a signature label has no signature")
    if not isinstance(item.value, tuple):
        raise Malformed("Signature-Input holds no list of components")
    components: tuple[Item, ...] = item.value
    if any(type(part.value) is not str or part.value != part.value.lower() for part in components):
        raise Malformed("a signature component is no lower-case string")
    if len({part.raw for part in components}) != len(components):
        raise Malformed("a signature component is named twice")
    return Claim(
        dialect="rfc9421",
        key_id=_string(item, "keyid") or "",
        algorithm=_string(item, "alg"),
        covered=tuple(part.value for part in components),
        signature=signature.value,
        created=_integer(item, "created"),
        expires=_integer(item, "expires"),
        label=label,
        tag=_string(item, "tag"),
        nonce=_string(item, "nonce"),
        components=components,
        parameters=item.raw,
    )


def _string(item: Item, name: str) -> str | None:
    value = item.parameters.get(name)
    if value is None:
        return None
    if type(value) is not str or len(value) > 2048:
        raise Malformed(f"the signature parameter {name} is no string")
    return value


def _integer(item: Item, name: str) -> int | None:
    value = item.parameters.get(name)
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise Malformed(f"the signature parameter {name} is no number of seconds")
    return value


def check_cover(claim: Claim, *, has_body: bool) -> None:
    """The parts that must be signed, else the request could be changed or used elsewhere."""
    whole = {part.value for part in claim.components if not part.parameters}
    if not claim.key_id:
        raise Unauthorized("the signature names no key")
    if claim.created is None:
        raise Unauthorized("the signature does not say when it was created")
    if "@method" not in whole:
        raise Unauthorized("the signature does not cover @method")
    addressed = "@authority" in whole and (
        "@request-target" in whole or {"@path", "@query"} <= whole
    )
    if "@target-uri" not in whole and not addressed:
        raise Unauthorized("the signature does not cover @target-uri")
    if has_body and "content-digest" not in whole:
        raise Unauthorized("the signature does not cover content-digest")


def wanted_of(accept_signature: str) -> Wanted | None:
    """What a server asks for in `Accept-Signature`; what cannot be read still asks for something.

    The components that it names are not looked at: ours are those that everybody asks for.
    """
    if not accept_signature:
        return None
    try:
        members = parse_dictionary(accept_signature)
    except Malformed:
        return "rfc9421"
    algorithms = {member.parameters.get("alg") for member in members.values()}
    return "ed25519" if "ed25519" in algorithms else "rfc9421"


def build_base(claim: Claim, request: Request) -> bytes:
    """The signed text: values rebuilt, identifiers and parameters as they were received."""
    lines = [f"{part.raw}: {component_value(part, request)}" for part in claim.components]
    lines.append(f'"@signature-params": {claim.parameters}')
    return to_bytes("\n".join(lines))


def prepare(
    key_id: str,
    request: Outgoing,
    *,
    algorithm: str | None = "rsa-v1_5-sha256",
    lifetime: int | None = LIFETIME,
) -> Prepared:
    """The text to sign for an outgoing request, and how its headers look once it is signed."""
    scheme, host, target = split_url(request.url)
    created = int(request.now.timestamp())
    headers: dict[str, str] = {"Host": host, "Date": http_date(request.now)}
    covered = '"@method" "@target-uri" "@authority"'
    base = f'"@method": {request.method}\n"@target-uri": {scheme}://{host}{target}\n'
    base += f'"@authority": {host}\n'
    if request.body is not None:
        digest = f"sha-256=:{request.digest or sha256_base64(request.body)}:"
        headers["Content-Digest"] = digest
        headers["Content-Type"] = request.content_type
        covered += ' "content-type" "date" "content-digest"'
        base += f'"content-type": {request.content_type}\n"date": {headers["Date"]}\n'
        base += f'"content-digest": {digest}\n'
    for name, value in request.extra.items():
        headers[name] = value
        covered += f' "{name.lower()}"'
        base += f'"{name.lower()}": {value}\n'
    parameters = (
        f"({covered})" + (f';alg="{algorithm}"' if algorithm else "") + f";created={created}"
    )
    if lifetime is not None:
        parameters += f";expires={created + lifetime}"
    parameters += f';keyid="{key_id}"'

    def finish(signature: bytes) -> dict[str, str]:
        headers["Signature-Input"] = f"sig1={parameters}"
        headers["Signature"] = f"sig1=:{b64encode(signature).decode()}:"
        return headers

    return Prepared(to_bytes(f'{base}"@signature-params": {parameters}'), finish)
