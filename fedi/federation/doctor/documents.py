"""What others read of us first: WebFinger, host-meta, NodeInfo, the actor; and who keeps it."""

import secrets
from typing import Any

from fedi.ap.media_types import ACTIVITY_JSON, LD_JSON
from fedi.core import urls
from fedi.federation.doctor import advice
from fedi.federation.doctor.findings import Finding, fine, problem, warning
from fedi.federation.doctor.patient import Answer, Patient
from fedi.kit.errors import RemoteError
from fedi.kit.http import Response

_UNFOUND = "Nobody elsewhere can find or follow members by their handles."


async def check_webfinger(patient: Patient) -> list[Finding]:
    """Is the server found by its handle, on the domain of handles?"""
    domain = patient.runtime.settings.local_domain
    acct = f"acct:{domain}@{domain}"
    url = f"https://{domain}/.well-known/webfinger?resource={acct}"
    try:
        response = await patient.runtime.http.get(url, accept="application/jrd+json")
    except RemoteError as failed:
        return [_lost(patient, f"{url}: {failed.public} ({failed.detail[:200]})")]
    answer = Answer(response.status, response.headers, response.body, 0.0)
    jrd = answer.json
    selves = [link.get("href") for link in _links(jrd) if link.get("rel") == "self"]
    if str(jrd.get("subject", "")).lower() != acct or f"{patient.origin}/actor" not in selves:
        return [_lost(patient, f"{response.url}: {answer.start}")]
    return [_judge_details(answer, response)]


def _judge_details(answer: Answer, response: Response) -> Finding:
    allowed = answer.headers.get("Access-Control-Allow-Origin", "")
    many = getattr(answer.headers, "getall", lambda *_: [allowed])(
        "Access-Control-Allow-Origin", []
    )
    if answer.kind not in {"application/jrd+json", "application/json"}:
        return warning(
            "webfinger",
            "WebFinger has the wrong type",
            f"{answer.kind or 'none'} in place of application/jrd+json",
            "Strict servers do not find members by their handles.",
            advice.WELL_KNOWN,
        )
    if list(many) != ["*"]:
        return warning(
            "webfinger",
            "WebFinger is not open to pages of others",
            f"Access-Control-Allow-Origin: {', '.join(many) or 'missing'}",
            "Apps that run in a browser do not find members by their handles.",
            "fedi sets this header itself: take out what removes it or adds another one.",
        )
    return fine("webfinger", "WebFinger", f"answers at {response.url[:100]}")


def _lost(patient: Patient, seen: str) -> Finding:
    settings = patient.runtime.settings
    fix = advice.WELL_KNOWN
    if settings.handle_domain and settings.handle_domain != settings.host:
        fix = advice.HANDLES.format(handles=settings.handle_domain, host=settings.host)
    return problem("webfinger", "WebFinger does not answer", seen, _UNFOUND, fix)


def _links(document: dict[str, Any]) -> list[dict[str, Any]]:
    links = document.get("links")
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []


async def check_host_meta(patient: Patient) -> list[Finding]:
    """Does host-meta name WebFinger?"""
    answer = await patient.fetch("/.well-known/host-meta", "application/xrd+xml")
    if answer.status == 200 and b"/.well-known/webfinger?resource={uri}" in answer.body:
        return [fine("host_meta", "host-meta", "names WebFinger")]
    return [
        problem(
            "host_meta",
            "host-meta does not answer",
            answer.start,
            "Some older servers do not find members by their handles.",
            advice.WELL_KNOWN,
        )
    ]


async def check_nodeinfo(patient: Patient) -> list[Finding]:
    """Does NodeInfo say what we are, in its two steps?"""
    answer = await patient.fetch("/.well-known/nodeinfo", "application/json")
    href = next(
        (link["href"] for link in _links(answer.json) if "ns/schema/2.0" in str(link.get("rel"))),
        "",
    )
    if isinstance(href, str) and href.startswith(f"{patient.origin}/"):
        answer = await patient.fetch(href.removeprefix(patient.origin), "application/json")
        software = answer.json.get("software")
        if isinstance(software, dict) and software.get("name") == "fedi":
            return [fine("nodeinfo", "NodeInfo", f"version {software.get('version')}")]
    return [
        problem(
            "nodeinfo",
            "NodeInfo does not answer",
            answer.start,
            "Other servers do not know what we are; some then treat us as broken, and lists of "
            "servers leave us out.",
            advice.WELL_KNOWN,
        )
    ]


async def check_actor(patient: Patient) -> list[Finding]:
    """Is the actor of the server, whose key others need, served as what it is?"""
    answer = await patient.fetch("/actor", ACTIVITY_JSON)
    key = answer.json.get("publicKey")
    wanted = urls.rsa_key_id(f"{patient.origin}/actor")
    if (
        answer.status == 200
        and answer.kind == ACTIVITY_JSON
        and answer.json.get("id") == f"{patient.origin}/actor"
        and isinstance(key, dict)
        and key.get("id") == wanted
    ):
        return [fine("actor", "Actor of the server", "is served with its key")]
    return [
        problem(
            "actor",
            "The actor of the server is not served",
            answer.start,
            "Other servers cannot read the key of this one: they refuse whatever we fetch.",
            "Let the proxy pass /actor and /ap to fedi, and leave Content-Type alone.\n"
            + advice.UPSTREAM,
        )
    ]


_MEMBER = """
SELECT a.username FROM users u JOIN accounts a ON a.id = u.account_id
WHERE a.deleted_at IS NULL AND a.suspended_at IS NULL AND u.approved_at IS NOT NULL
ORDER BY u.account_id LIMIT 1
"""


async def check_negotiation(patient: Patient) -> list[Finding]:
    """Does everybody get the kind of answer that they asked for, whoever asked before?"""
    fresh = secrets.token_hex(8)
    pairs = [(f"/actor?doctor={fresh}", LD_JSON, ACTIVITY_JSON)]
    name = await patient.runtime.db.value(_MEMBER)
    if name:
        pairs.append((f"/@{name}?doctor={fresh}", "text/html", ACTIVITY_JSON))
    for path, first, second in pairs:
        for accept in (first, second, first):
            answer = await patient.fetch(path, accept)
            if answer.status == 200 and answer.kind != accept.partition(";")[0]:
                return [_mixed(path, accept, answer)]
            if "accept" not in answer.headers.get("Vary", "").lower():
                return [_unvaried(path, answer)]
    return [fine("cache", "Caches", "keep documents and pages apart")]


def _mixed(path: str, accept: str, answer: Answer) -> Finding:
    age = f", Age: {answer.headers['Age'][:10]}" if "Age" in answer.headers else ""
    return problem(
        "cache",
        "A cache mixes up pages and documents",
        f"{path}: asked for {accept.partition(';')[0]}, got {answer.kind}{age}",
        "Now and then other servers get a web page in place of a post or a profile, and people "
        "get code in place of a page.",
        advice.CACHE,
    )


def _unvaried(path: str, answer: Answer) -> Finding:
    return warning(
        "cache",
        "The header Vary is lost on the way",
        f"{path}: Vary: {answer.headers.get('Vary', 'missing')[:100]}",
        "Caches between us and others may mix up pages and documents.",
        "Take out what removes or replaces `Vary` in answers.\n" + advice.CACHE,
    )
