"""The older dialect of HTTP signatures, draft-cavage, which nearly every server speaks."""

from base64 import b64encode

from fedi.ap.signatures.claims import Claim, Outgoing, Request, joined, to_bytes
from fedi.ap.signatures.dates import http_date
from fedi.ap.signatures.digests import sha256_base64
from fedi.ap.signatures.fields import decode_base64, parse_parameters
from fedi.ap.signatures.prepared import Prepared, split_url
from fedi.kit.errors import Malformed, Unauthorized

MAX_COVERED = 64


def parse(value: str) -> Claim:
    """The claim in a `Signature` header, with or without the leading word `Signature`.

    Raises:
        Malformed: the header cannot be read.
    """
    text = value.strip()
    if text[:10].lower() == "signature ":
        text = text[10:]
    found = parse_parameters(text, ("keyId", "signature"))
    algorithm = found.get("algorithm", "").lower() or None
    created = _seconds(found, "created")
    default = "(created)" if created is not None and algorithm == "hs2019" else "date"
    covered = tuple(found.get("headers", default).lower().split())
    if len(covered) > MAX_COVERED or len(set(covered)) != len(covered):
        raise Malformed("the signature names a header twice, or too many")
    if len(found["keyId"]) > 2048:
        raise Malformed("the key id is too long")
    return Claim(
        dialect="cavage",
        key_id=found["keyId"],
        algorithm=algorithm,
        covered=covered,
        signature=decode_base64(found["signature"]),
        created=created,
        expires=_seconds(found, "expires"),
    )


def _seconds(found: dict[str, str], name: str) -> int | None:
    text = found.get(name)
    if text is None:
        return None
    whole = text.partition(".")[0]
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 12):
        raise Malformed(f"{name} is no number of seconds")
    return int(whole)


def check_cover(claim: Claim, *, has_body: bool) -> None:
    """The parts that must be signed, else the request could be changed or used elsewhere."""
    covered = claim.covered
    for name in ("(request-target)", "host"):
        if name not in covered:
            raise Unauthorized(f"the signature does not cover {name}")
    if "date" not in covered and not ("(created)" in covered and claim.created is not None):
        raise Unauthorized("the signature covers neither date nor (created)")
    if has_body and "digest" not in covered and "content-digest" not in covered:
        raise Unauthorized("the signature does not cover the digest")


def build_base(claim: Claim, request: Request, *, with_query: bool = True) -> bytes:
    """The signed text, rebuilt from the request; a missing header is Unauthorized."""
    lines: list[str] = []
    for name in claim.covered:
        if name == "(request-target)":
            target = request.target if with_query else request.target.partition("?")[0]
            value = f"{request.method.lower()} {target}"
        elif name in ("(created)", "(expires)"):
            seconds = claim.created if name == "(created)" else claim.expires
            value = None if seconds is None else str(seconds)
        else:
            value = joined(request.headers, name)
        if value is None:
            raise Unauthorized(f"the signed header {name[:64]} is missing")
        lines.append(f"{name}: {value}")
    return to_bytes("\n".join(lines))


def prepare(
    key_id: str, request: Outgoing, *, with_query: bool = True, algorithm: str = "rsa-sha256"
) -> Prepared:
    """The text to sign for an outgoing request, and how its headers look once it is signed."""
    _, host, target = split_url(request.url)
    if not with_query:
        target = target.partition("?")[0]
    date = http_date(request.now)
    headers = {"Host": host, "Date": date}
    names = "(request-target) host date"
    base = f"(request-target): {request.method.lower()} {target}\nhost: {host}\ndate: {date}"
    if request.body is not None:
        digest = f"SHA-256={request.digest or sha256_base64(request.body)}"
        headers["Digest"] = digest
        headers["Content-Type"] = request.content_type
        names += " digest content-type"
        base += f"\ndigest: {digest}\ncontent-type: {request.content_type}"
    for name, value in request.extra.items():
        headers[name] = value
        names += f" {name.lower()}"
        base += f"\n{name.lower()}: {value}"

    def finish(signature: bytes) -> dict[str, str]:
        headers["Signature"] = (
            f'keyId="{key_id}",algorithm="{algorithm}",headers="{names}",'
            f'signature="{b64encode(signature).decode()}"'
        )
        return headers

    return Prepared(to_bytes(base), finish)
