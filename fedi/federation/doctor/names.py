"""The way to the server: names, addresses, certificates, the plain port, and the way out."""

import asyncio
import ssl
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from fedi.federation.doctor.advice import CERTIFICATE, REDIRECT
from fedi.federation.doctor.findings import Finding, fine, problem, warning
from fedi.federation.doctor.inside import judge_clock, list_peers
from fedi.federation.doctor.patient import PATIENCE, Answer, Patient
from fedi.federation.reading.probe import advise
from fedi.kit.clock import clock, now
from fedi.kit.errors import RemoteDown, RemoteError
from fedi.kit.http import HttpClient
from fedi.kit.http_guard import build_tls
from fedi.kit.http_peek import shake_hands
from fedi.kit.http_url import Pin

_SOON = timedelta(days=14)
_UNREACHED = "Other servers cannot reach this one: nothing comes in, and what it sends is refused."


async def check_dns(patient: Patient) -> list[Finding]:
    """Do the names lead anywhere?"""
    return [await _check_name(patient, name) for name in patient.names]


async def _check_name(patient: Patient, name: str) -> Finding:
    if pin := patient.pins.find(name):
        seen = f"{name} is pinned to {pin.address} in `outbound.hosts`; DNS was not asked"
        return fine("dns", "DNS", seen)
    try:
        addresses = await patient.senses.resolve(name)
    except OSError as failed:
        return problem(
            "dns",
            f"{name} does not resolve",
            str(failed)[:200],
            _UNREACHED,
            f"Make an A record (and AAAA, if the machine has IPv6) for {name} where its DNS is "
            "kept. A new one may take an hour to be known everywhere.",
        )
    private = [address for address in addresses if not patient.senses.is_public(address)]
    if private:
        return warning(
            "dns",
            f"{name} leads to a private address here",
            ", ".join(addresses),
            "From here it cannot be seen whether others find the server. If the public DNS says "
            "the same, they do not.",
            "Look for the name in /etc/hosts of this machine, and ask a public name server: "
            f"`dig @9.9.9.9 {name} A` and `AAAA`.",
        )
    return fine("dns", "DNS", f"{name}: {', '.join(addresses)}")


async def check_places(patient: Patient) -> list[Finding]:
    """Does each address answer, with a certificate that holds?"""
    file = patient.runtime.settings.outbound.ca_file
    tls = build_tls(Path(file) if file else None)
    looks = [
        _look(place, name, tls) for name in patient.names for place in await _places(patient, name)
    ]
    return await asyncio.gather(*looks)


async def _places(patient: Patient, name: str) -> list[Pin]:
    try:
        return await patient.find_places(name)
    except OSError:
        return []  # `check_dns` says so


async def _look(place: Pin, name: str, tls: ssl.SSLContext) -> Finding:
    where = f"{name} at {place.address} port {place.port}"
    try:
        async with asyncio.timeout(PATIENCE):
            found = await shake_hands(place.address, place.port, name, tls)
    except TimeoutError:
        return _silent(place, where, "no answer in time")
    except RemoteDown as failed:
        if failed.public == "unreachable" and ":" in place.address:
            return warning(
                "address",
                "IPv6 cannot be looked at from here",
                f"{where}: this machine has no way to IPv6",
                f"If {place.address} does not answer others, servers that prefer IPv6 reach us "
                "late or never.",
                "Give the machine IPv6, or remove the AAAA record if it is meant to have none.",
            )
        return _silent(place, where, failed.detail)
    if found.code:
        return _bad_certificate(found.code, found.words, name, where)
    if found.not_after is not None and found.not_after - now() < _SOON:
        return warning(
            "certificate",
            "The certificate expires soon",
            f"{where}: on {found.not_after:%Y-%m-%d}",
            "From that day, no app and no other server talks to this one.",
            "It should have been renewed by now: look at the log of Caddy or certbot.",
        )
    last = f"{found.not_after:%Y-%m-%d}" if found.not_after else "a day that it does not say"
    return fine("address", "Address and certificate", f"{where}: valid until {last}")


def _silent(place: Pin, where: str, why: str) -> Finding:
    is_v6 = ":" in place.address
    record = "AAAA" if is_v6 else "A"
    listen = f"listen [::]:{place.port} ssl" if is_v6 else f"listen {place.port} ssl"
    return problem(
        "address",
        f"Nobody answers at the {'IPv6' if is_v6 else 'IPv4'} address",
        f"{where}: {why[:200]}",
        f"Whoever comes by {'IPv6' if is_v6 else 'IPv4'} finds nobody; some servers never try "
        "the other way.",
        f"Let the proxy listen there, and the firewall let it in, or remove the {record} record.\n"
        f"nginx:  {listen};\n"
        "If a router stands between: some do not let a machine visit its own public address; "
        "look from elsewhere, or pin the name in `outbound.hosts`.",
    )


def _bad_certificate(code: int, words: str, name: str, where: str) -> Finding:
    fix = CERTIFICATE.get(code, "Look at the TLS settings of the proxy and its log.")
    return problem(
        "certificate",
        "The certificate is not valid",
        f"{where}: {words[:200]}",
        "Browsers warn, apps do not connect, and other servers neither deliver nor fetch.",
        fix.format(name=name),
    )


async def check_redirect(patient: Patient) -> list[Finding]:
    """Are people who come without TLS sent to the place that has it?"""
    name = patient.name
    is_pinned = patient.pins.find(name) is not None
    if is_pinned and not patient.senses.knocks_at_pins:
        return [fine("plain", "Port 80", "not looked at: the domain is pinned")]
    places = await _places(patient, name)
    return [await _knock(patient, place) for place in places[:1]]


async def _knock(patient: Patient, place: Pin) -> Finding:
    name, port = patient.name, patient.senses.http_port
    address = f"[{place.address}]" if ":" in place.address else place.address
    client = HttpClient(
        user_agent=patient.runtime.settings.user_agent, hosts={name: f"{address}:{port}"}
    )
    means = "Who types the name without https:// finds nothing, and certificates may not renew."
    fix = REDIRECT.format(name=name)
    title = "Port 80 does not lead to https"
    try:
        async with client.stream("GET", f"http://{name}/", headers={}, deadline=PATIENCE) as answer:
            status, to = answer.status, answer.headers.get("Location", "")
    except RemoteError as failed:
        return warning("plain", title, f"port {port}: {failed.public}", means, fix)
    finally:
        await client.close()
    if status not in {301, 302, 307, 308} or not to.startswith("https://"):
        return warning("plain", title, f"it answers {status} {to[:200]}".strip(), means, fix)
    if urlsplit(to).hostname not in patient.names:
        seen = f"it leads to {to[:200]}"
        return warning("plain", "Port 80 leads to somebody else", seen, means, fix)
    return fine("plain", "Port 80", f"leads to {to[:100]}")


async def check_outbound(patient: Patient) -> list[Finding]:
    """Do other servers answer us, and what time is it there?"""
    peers = await list_peers(patient)
    if not peers:
        return [fine("outbound", "Way out", "no other server is known yet; nobody was asked")]
    urls = [f"https://{host}/.well-known/nodeinfo" for host in peers]
    found = await asyncio.gather(*(patient.try_to_ask("GET", url) for url in urls))
    answers = [answer for answer in found if isinstance(answer, Answer)]
    if not answers:
        failed = next(each for each in found if isinstance(each, RemoteError))
        return [
            problem(
                "outbound",
                "No other server answers us",
                f"{', '.join(peers)}: {failed.public}",
                "Nothing that members write leaves this machine, and nobody new can be found.",
                f"See whether a firewall stops outgoing TLS (port 443). {advise(failed)}",
            )
        ]
    skews = [skew for answer in answers if (skew := skew_of(answer)) is not None]
    findings = [fine("outbound", "Way out", f"{len(answers)} of {len(peers)} servers answer")]
    return findings + [judge_clock("other servers", median(skews))] * bool(skews)


def skew_of(answer: Answer) -> float | None:
    """Seconds by which the other side's clock is ahead, by its Date header."""
    try:
        stated = parsedate_to_datetime(answer.headers.get("Date", ""))
        return stated.timestamp() - clock.timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
