"""What the proxy does to requests on their way in, seen by the echo of our own server."""

import asyncio
import base64
import hashlib
import os
from urllib.parse import urlsplit

import orjson

from fedi.federation.doctor import advice
from fedi.federation.doctor.echo import LONG, PATH
from fedi.federation.doctor.findings import Finding, fine, problem, warning
from fedi.federation.doctor.inside import judge_clock
from fedi.federation.doctor.names import skew_of
from fedi.federation.doctor.patient import Answer, Echoed, Patient
from fedi.federation.reading.probe import advise
from fedi.kit.errors import RemoteError, RemoteRefused

ACTIVITY = "application/activity+json"
# What the inbox says to a signature of our own that fits: nobody here knocks at our own door.
OWN_KEY = "the key is one of ours"
_MISDIRECTED = "This host is not served here"
_SILENT = "Apps do not connect, and other servers neither deliver nor fetch."
# Documentation addresses and paths: nobody's, and full of what proxies like to tidy.
_STRANGER = "192.0.2.1"
_TAIL = "/a%2Fb/%7Euser/%C3%A4?x=%20+%26&y=a%2Bb&z=" + "long" * 300
_LONG_HEADER = 4000
_BIG_BODY = 1_000_000
_KNOCKS = 30


async def check_door(patient: Patient) -> list[Finding]:
    """Does this very server answer at its public address?"""
    try:
        echoed = await patient.echo()
    except RemoteError as failed:
        return [_unreached(patient, failed)]
    answer = echoed.answer
    if not echoed.said:
        return [_explain(patient, answer)]
    patient.stands |= {"door", "echo"}
    findings = [_judge_speed(patient, answer)]
    skew = skew_of(answer)
    if skew is not None:
        findings.append(judge_clock("the public address", skew))
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        findings.append(_compressed(answer))
    return findings


def _unreached(patient: Patient, failed: RemoteError) -> Finding:
    seen = f"{patient.origin}: {failed.public} ({failed.detail[:200]})"
    if isinstance(failed, RemoteRefused):
        means = "Whether others reach it is not known; much could not be looked at."
        return warning("door", "The server cannot be seen from here", seen, means, advise(failed))
    title = "The server cannot be reached at its public address"
    if failed.public in {"protocol", "reset"}:
        return problem("door", title, seen, _SILENT, advice.UPSTREAM)
    return problem("door", title, seen, _SILENT, advise(failed))


def _explain(patient: Patient, answer: Answer) -> Finding:
    """Who answered in our place, or why we did not."""
    if answer.status == 421 or answer.error == _MISDIRECTED:
        return problem(
            "host",
            "The proxy does not pass on the name that was asked for",
            f"fedi says: {answer.error or answer.status}",
            f"{_SILENT} fedi answers to its own names only.",
            advice.HOST,
        )
    if answer.status in {502, 503, 504}:
        return problem(
            "upstream", "The proxy does not reach fedi", answer.start, _SILENT, advice.UPSTREAM
        )
    patient.stands.add("door")
    if answer.status in {301, 302, 303, 307, 308}:
        to = answer.headers.get("Location", "")[:200]
        return problem(
            "redirect",
            "The public address leads on to another place",
            f"{answer.status} to {to}",
            f"{_SILENT} A signature is for one address and does not follow.",
            "Take out the redirect for requests that come by https to the right name. Behind a "
            "CDN, let it speak https to this machine, too (a loop comes of plain http).",
        )
    if answer.error:
        return problem(
            "secret",
            "The server that answers has another secret",
            answer.start,
            "Another machine, or a process with other settings, stands at the public address.",
            "Run the doctor with the settings of the running server (the same `--data`, "
            "`--config` and FEDI_SECRET), and see where the proxy leads.",
        )
    return problem(
        "door",
        "Something other than fedi answers, or changes what fedi says",
        answer.start,
        _SILENT,
        advice.UPSTREAM,
    )


def _judge_speed(patient: Patient, answer: Answer) -> Finding:
    seen = f"fedi answers at {patient.origin} in {answer.seconds:.1f} seconds"
    if answer.seconds <= patient.senses.slow:
        return fine("door", "Public address", seen)
    return warning(
        "slow",
        "The server answers slowly",
        seen,
        "Apps feel stuck; other servers give up after some seconds and come again later.",
        "Look at the load of the machine (CPU, memory, disk), and at what the proxy waits for.",
    )


def _compressed(answer: Answer) -> Finding:
    return warning(
        "compressed",
        "Answers are compressed for readers who did not ask for it",
        f"Content-Encoding: {answer.headers.get('Content-Encoding', '')[:50]}",
        "Some servers cannot read them, and take ours for broken.",
        advice.COMPRESSED,
    )


async def check_forwarded(patient: Patient) -> list[Finding]:
    """Do we learn who asks, and how?"""
    said = (await patient.echo(headers={"X-Forwarded-For": _STRANGER})).said
    if said["raw_scheme"] == "https":
        return [fine("forwarded", "Proxy", "none that hides anything: fedi speaks TLS itself")]
    clients, proto = (said["headers"].get(f"x-forwarded-{name}", "") for name in ("for", "proto"))
    if not said["is_trusted"]:
        return [
            problem(
                "trusted_proxies",
                "The proxy is not trusted",
                f"requests come from {said['peer']}, which is not in `web.trusted_proxies`",
                "All visitors count as one: soon the limits refuse everybody, and sign-ins fail.",
                f'Add "{said["peer"]}" to `trusted_proxies` in `[web]`, and restart.',
            )
        ]
    findings: list[Finding] = []
    if not clients or clients.strip() == _STRANGER:
        seen = "X-Forwarded-For is missing" if not clients else "X-Forwarded-For is not touched"
        means = (
            "All visitors count as one: soon the limits refuse everybody."
            if not clients
            else "Visitors can choose the address that they are counted under."
        )
        title = "The proxy does not say who asks"
        findings.append(problem("forwarded_for", title, seen, means, advice.FORWARDED_FOR))
    if proto.rpartition(",")[2].strip() != "https":
        findings.append(
            warning(
                "forwarded_proto",
                "The proxy does not say that it was asked by https",
                f"X-Forwarded-Proto is {proto[:50] or 'missing'}",
                "Addresses and cookies may be taken for those of a server without TLS.",
                advice.FORWARDED_PROTO,
            )
        )
    return findings or [fine("forwarded", "Proxy", "says who asks, and how")]


async def check_target(patient: Patient) -> list[Finding]:
    """Do path and query arrive as they were sent?"""
    echoed = await patient.echo(tail=_TAIL)
    sent = f"{PATH}{_TAIL}"
    if echoed.said.get("target") == sent:
        return [fine("path", "Path and query", "arrive as they were sent")]
    seen = str(echoed.said.get("target", echoed.answer.start))
    return [
        problem(
            "path",
            "The proxy rewrites addresses",
            f"sent {sent[:100]}, arrived {seen[:100]}",
            "Signatures of other servers fail where the address has unusual letters or a query.",
            advice.PATH,
        )
    ]


async def check_long(patient: Patient) -> list[Finding]:
    """Do long headers arrive?"""
    echoed = await patient.echo(headers={LONG: "x" * _LONG_HEADER})
    if echoed.said.get("long") == _LONG_HEADER:
        return [fine("long", "Long headers", "arrive")]
    return [
        problem(
            "long",
            "Long headers do not arrive",
            f"a header of {_LONG_HEADER} letters: {echoed.answer.start}",
            "Signed requests of some servers are refused, and people with many cookies, too.",
            advice.LONG,
        )
    ]


async def check_body(patient: Patient) -> list[Finding]:
    """Does a large body arrive, unchanged?"""
    size = min(patient.runtime.settings.web.max_body_bytes, _BIG_BODY)
    body = os.urandom(size)
    headers = {"Content-Type": "application/octet-stream"}
    try:
        echoed = await patient.echo("POST", headers=headers, data=body)
    except RemoteError as failed:
        # Some proxies hang up in the middle of what they find too long.
        seen = f"{size} bytes: {failed.public}"
    else:
        if echoed.said.get("body") == hashlib.sha256(body).hexdigest():
            return [fine("body", "Large bodies", f"{size} bytes arrive unchanged")]
        seen = f"{size} bytes: {echoed.answer.start}"
    return [
        problem(
            "body",
            "Large requests do not arrive",
            seen,
            "Long posts of other servers are lost, and uploads of members fail.",
            advice.BODY,
        )
    ]


_SIGNED = ("date", "digest", "content-digest", "signature", "signature-input", "content-type")


async def check_signed(patient: Patient) -> list[Finding]:
    """Do signed requests hold when they have come through the proxy?"""
    body = orjson.dumps({"type": "View", "actor": f"{patient.origin}/actor"})
    tail = "?signed=1"
    url = f"{patient.origin}{PATH}{tail}"
    findings: list[Finding] = []
    for method, dialect in (("GET", "cavage"), ("POST", "cavage"), ("POST", "rfc9421")):
        data = body if method == "POST" else b""
        headers = await patient.sign(method, url, data or None, dialect=dialect)
        echoed = await patient.echo(method, tail, headers=headers, data=data)
        findings += _judge_signed(f"{method} ({dialect})", headers, echoed)
    if findings:
        return findings[:1]
    return [fine("signed", "Signed requests", "hold when they have come through the proxy")]


def _judge_signed(what: str, sent: dict[str, str], echoed: Echoed) -> list[Finding]:
    means = "Other servers' deliveries are refused: no posts, answers or follows come in."
    if not echoed.said:
        seen = f"{what}: {echoed.answer.start}"
        return [problem("signed", "Signed requests do not arrive", seen, means, advice.HEADERS)]
    arrived: dict[str, str] = echoed.said["headers"]
    given = {name.lower(): value for name, value in sent.items()}
    changed = [name for name in _SIGNED if name in given and arrived.get(name) != given[name]]
    if changed:
        words = [f"{n} {'is missing' if n not in arrived else 'was changed'}" for n in changed]
        title = "The proxy changes headers that are signed"
        return [problem("headers", title, f"{what}: {', '.join(words)}", means, advice.HEADERS)]
    if echoed.said["verdict"] == OWN_KEY:
        return []
    seen = f"{what}: {echoed.said['verdict'][:200]}"
    title = "Signed requests do not hold"
    return [problem("signed", title, seen, means, f"{advice.HOST}\n{advice.PATH}")]


async def check_inbox(patient: Patient) -> list[Finding]:
    """Does a signed activity reach the inbox? Ours is recognised there, and leaves no trace."""
    url = f"{patient.origin}/inbox"
    body = orjson.dumps({"type": "View", "actor": f"{patient.origin}/actor"})
    answer = await patient.ask(
        "POST", url, headers=await patient.sign("POST", url, body), data=body
    )
    if answer.status == 401 and answer.error == OWN_KEY:
        return [fine("inbox", "Inbox", "is reached, and knows a good signature")]
    return [
        problem(
            "inbox",
            "Deliveries do not reach the inbox",
            f"a signed POST: {answer.start}",
            "No posts, answers or follows come in from other servers.",
            "Let the proxy pass POST /inbox and /ap/users/*/inbox without conditions: no firewall "
            "rules, no passwords, no checks for browsers.\n" + advice.HEADERS,
        )
    ]


async def check_rate(patient: Patient) -> list[Finding]:
    """Does the proxy slow deliveries down?"""
    headers = {"Content-Type": ACTIVITY}
    ask = [
        patient.try_to_ask("POST", f"{patient.origin}/inbox", headers=headers, data=b"{}")
        for _ in range(_KNOCKS)
    ]
    answers = await asyncio.gather(*ask)
    refused = [
        answer.start if isinstance(answer, Answer) else answer.public
        for answer in answers
        if isinstance(answer, RemoteError) or answer.status == 429 or not answer.error
    ]
    if not refused:
        return [fine("rate", "Deliveries at once", f"{_KNOCKS} requests, none held up")]
    seen = f"{len(refused)} of {_KNOCKS} POSTs to /inbox: {refused[0]}"
    means = "Posts of busy servers come late or never; some of them give up on us."
    return [problem("rate", "The proxy limits deliveries", seen, means, advice.RATE)]


async def check_websocket(patient: Patient) -> list[Finding]:
    """Does a request for a web socket arrive as one?"""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    answer = await patient.ask("GET", f"{patient.origin}/api/v1/streaming", headers=headers)
    # Without a token the socket is refused with 401; a plain request for it finds nothing (404).
    if answer.status == 401 and answer.error:
        return [fine("websocket", "Streams", "web sockets come through")]
    return [
        problem(
            "websocket",
            "Web sockets do not come through",
            f"{urlsplit(patient.origin).hostname}: {answer.start}",
            "Timelines and notifications in apps do not move by themselves.",
            advice.WEBSOCKET,
        )
    ]
