"""How other servers want people to be sent who come from there, to follow or answer somebody here.

Their WebFinger says it: the old way with one address for everything, a newer one with an address
for each intent. What comes out of it is shown as a link and never followed by itself.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from fedi.ap import webfinger
from fedi.ap.documents import loads
from fedi.ap.fetch import check_status
from fedi.core.accounts.people import People
from fedi.kit.errors import Malformed, NotFound, RemoteNonsense, TooLarge
from fedi.kit.text import safe_url

SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
INTENT = "https://w3id.org/fep/3b86"
_MAX_LINKS = 100
# What a link must be about, and the place in its template for the address; the best first.
_WAYS = ((f"{INTENT}/Object", "{object}"), (SUBSCRIBE, "{uri}"), (f"{INTENT}/Follow", "{object}"))


async def find_way(people: People, handle: str, uri: str) -> str:
    """The address at the server of `handle` where its people can go on with `uri`.

    Raises:
        NotFound: that is no handle.
        RemoteError: its server knows nobody by that name, does not say, or does not answer.
    """
    settings = people.runtime.settings
    asked = webfinger.handle_of(handle)
    if asked is None:
        raise NotFound("That is no handle. It looks like name@example.org")
    if asked.host in {settings.local_domain, settings.host, settings.domain}:
        return f"{settings.origin}/authorize_interaction?uri={quote(uri, safe='')}"
    scheme = "http" if settings.is_localhost else "https"
    resource = quote(f"acct:{asked.acct}", safe="")
    address = f"{scheme}://{asked.host}/.well-known/webfinger?resource={resource}"
    answer = await people.fetcher.get(address, webfinger.ACCEPT_JRD)
    check_status(answer)
    try:
        document = loads(answer.body, limit=webfinger.MAX_BYTES)
    except (Malformed, TooLarge) as problem:
        raise RemoteNonsense("The answer of that server cannot be read") from problem
    return read_way(document, uri, scheme)


def read_way(document: Any, uri: str, scheme: str = "https") -> str:
    """The address that a WebFinger answer has for people who want to go on with `uri`.

    Raises:
        RemoteNonsense: there is none that one could send people to.
    """
    links = document.get("links") if isinstance(document, dict) else None
    known: dict[str, str] = {}
    for link in links[:_MAX_LINKS] if isinstance(links, list) else []:
        if isinstance(link, dict) and isinstance(link.get("template"), str):
            known.setdefault(str(link.get("rel")), link["template"])
    for rel, place in _WAYS:
        template = known.get(rel, "")
        if template.count(place) != 1:
            continue
        found = template.replace(place, quote(uri, safe=""))
        # What else could be filled in is left out.
        for other in ("{on-success}", "{on-cancel}", "{inReplyTo}"):
            found = found.replace(other, "")
        if _may_lead(found, template.partition(place)[0], scheme):
            return found
    raise RemoteNonsense("That server does not say where to go on")


def _may_lead(url: str, before: str, scheme: str) -> bool:
    """Whether it leads to a plain host, whatever is filled in."""
    host = urlsplit(before).netloc
    return (
        safe_url(url) is not None
        and url.startswith(f"{scheme}://")
        and bool(host)
        and "@" not in host
        and len(before) > len(f"{scheme}://{host}")
        and not any(mark in url for mark in "{}\\ ")
    )
