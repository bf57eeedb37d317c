"""Links of profiles that say of themselves that they belong to it: `rel="me"` from there to here.

A chore per profile reads the pages that its fields name: at once when they change, then every few
days for as long as somebody here cares. What is shown as verified is the very address that was
read: a field counts only if it is one link that shows where it leads, and its page only if it
answers under this address.
"""

import asyncio
import html
import random
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import asyncpg

from fedi.ap.authority import same_origin
from fedi.core.accounts.people import People
from fedi.kit.clock import now, to_iso
from fedi.kit.errors import FediError, RemoteDown
from fedi.kit.html_scan import decode_page, find_tags
from fedi.kit.result import Ignored, Later, Outcome
from fedi.kit.text import safe_url
from fedi.kit.unit import Unit

KIND = "verify_links"
MAX_BYTES = 1_048_576
SECONDS = 10.0
FRESH = timedelta(days=1)
"""For so long nothing is read again, unless the profile changes."""
_LONGEST = timedelta(days=7)
_PARKED = 60.0
_AT_ONCE = 8
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_BUSY = frozenset({408, 425, 429})

_LINK = re.compile(r'(<p>)?<a ((?:[^">]++|"[^"]*+")*+)>((?:[^<]++|</?span[^>]*+>)*+)</a>(</p>)?')
_HREF = re.compile(r'(?:^|\s)href="([^"]*+)"')
_UNSEEN = re.compile(r'<span class="invisible">[^<]*+</span>')
_TAG = re.compile(r"<[^>]*+>")

# Members, and those whom members follow.
_CARED_FOR = """
a.deleted_at IS NULL AND a.suspended_at IS NULL AND (a.domain IS NULL OR EXISTS (
  SELECT 1 FROM follows f WHERE f.target_id = a.id AND f.local AND f.accepted))
"""
_QUEUE = f"""
INSERT INTO chores AS c (kind, key, state, due_at)
SELECT '{KIND}', a.id::text, CASE WHEN a.domain IS NULL THEN 0 ELSE 1 END,
  now() + CASE WHEN a.domain IS NULL THEN 0 ELSE 1 + random() * 299 END * interval '1 second'
FROM accounts a WHERE a.id = ANY($1::bigint[]) AND a.links_checked_at IS NULL
  AND strpos(a.fields::text, 'href=') > 0 AND {_CARED_FOR}
ORDER BY a.id
ON CONFLICT (kind, key) WHERE state < 2 DO UPDATE SET
  state = least(c.state, excluded.state), due_at = least(c.due_at, excluded.due_at)
"""
_LOAD = f"""
SELECT a.id, a.uri, a.url, a.fields, a.links_checked_at FROM accounts a
WHERE a.id = ANY($1::bigint[]) AND {_CARED_FOR}
"""
_KEEP = """
UPDATE accounts SET links_checked_at = $3, fields = $2,
  revision = revision + CASE WHEN fields = $2 THEN 0 ELSE 1 END WHERE id = $1
"""

Field = dict[str, Any]

_busy: WeakKeyDictionary[People, set[int]] = WeakKeyDictionary()


def find_claim(value: str) -> str | None:
    """The address that a field consists of, if it is one link that shows where it leads.

    What apps leave out of a long link must not change where it seems to lead: nothing but the
    scheme before the host, and nothing but the end of the path.
    """
    found = _LINK.fullmatch(value.strip())
    href = _HREF.search(found[2]) if found else None
    if found is None or href is None or bool(found[1]) != bool(found[4]):
        return None
    url = html.unescape(href[1])
    if safe_url(url) is None or any(unicodedata.category(c) in {"Cf", "Zs"} for c in url):
        return None
    host = urlsplit(url).netloc
    if "@" in host or _read(found[3]) != url:
        return None
    shown = _UNSEEN.sub("", found[3])
    seen = _read(shown)
    if any("invisible" in tag for tag in _TAG.findall(shown)):
        # Hidden in a way that is not looked through.
        return None
    if seen == url:
        return url
    bare = url.partition("://")[2]
    forms = ((bare, host), (bare.removeprefix("www."), host.removeprefix("www.")))
    is_seen = any(text.startswith(seen) and seen.startswith(name) for text, name in forms)
    return url if is_seen else None


def _read(inner: str) -> str:
    return html.unescape(_TAG.sub("", inner))


def has_backlink(page: str, addresses: Iterable[str]) -> bool:
    """Whether a page says of one of these addresses that it is the same person's.

    What visitors wrote on it does not count where the page marks it as such.
    """
    wanted = {_plain(address) for address in addresses}
    for _, attributes in find_tags(page, ("a", "link")):
        words = attributes.get("rel", "").lower().split()
        is_claim = "me" in words and "ugc" not in words
        if is_claim and _plain(attributes.get("href", "").strip()) in wanted:
            return True
    return False


def _plain(address: str) -> str:
    """An address for comparison: hosts have no case, and a slash at the end says nothing."""
    scheme, found, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{found}{host.lower()}{slash}{path}".rstrip("/")


def carry_over(fields: Sequence[Field], before: Sequence[Mapping[str, Any]]) -> list[Field]:
    """New fields of a profile; what was verified and is still the same stays so."""
    known = {each.get("value"): each.get("verified_at") for each in before}
    return [{**each, "verified_at": known.get(each["value"])} for each in fields]


async def check_later(unit: Unit, account_ids: Iterable[int]) -> None:
    """Have the links of these profiles read, where that has not been done since they changed."""
    if await unit.execute(_QUEUE, sorted(set(account_ids))):
        unit.ring("chores")


async def verify_links(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it: begin to read, or wait for the next time."""
    ids = [int(row["key"]) for row in rows]
    found = {row["id"]: row for row in await people.runtime.read().fetch(_LOAD, ids)}
    return [_step(people, found.get(account_id)) for account_id in ids]


def _step(people: People, account: asyncpg.Record | None) -> Outcome:
    claims = _claims(account["fields"]) if account else {}
    if account is None or not (claims or _is_marked(account["fields"])):
        return Ignored("there is nothing to read")
    checked = account["links_checked_at"]
    if checked is not None and checked > now() - FRESH:
        span = (_LONGEST - FRESH).total_seconds()
        wait = FRESH.total_seconds() + span * random.random()  # noqa: S311 - no secret
        return Later(wait, "until the next time", counts=False)
    busy = _busy.setdefault(people, set())
    if account["id"] not in busy:
        if len(busy) >= _AT_ONCE:
            return Later(5 + 10 * random.random(), "not all at once", counts=False)  # noqa: S311
        busy.add(account["id"])
        people.runtime.tasks.start(_work(people, account), f"links of {account['id']}")
    return Later(_PARKED, "in work", counts=False)


def _claims(fields: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The addresses of a profile, by the value in which each stands."""
    found = {str(each.get("value")): find_claim(str(each.get("value"))) for each in fields}
    return {value: url for value, url in found.items() if url}


def _is_marked(fields: Sequence[Mapping[str, Any]]) -> bool:
    return any(each.get("verified_at") for each in fields)


async def _work(people: People, account: asyncpg.Record) -> None:
    try:
        await check_now(people, account)
    finally:
        _busy.get(people, set[int]()).discard(account["id"])


async def check_now(people: People, account: asyncpg.Record) -> None:
    """Read the pages that a profile names, and keep what they say."""
    claims = _claims(account["fields"])
    addresses = [account["uri"]]
    # Of a page elsewhere somebody else may be the owner.
    if account["url"] and same_origin(account["url"], account["uri"]):
        addresses.append(account["url"])
    proven = {url: await _is_proven(people, url, addresses) for url in set(claims.values())}
    async with people.runtime.unit() as unit:
        row = await unit.row(
            "SELECT fields FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account["id"]
        )
        if row is None:
            return
        moment = unit.now()
        fields = [
            _mark(each, proven.get(claims.get(each["value"], ""), False), to_iso(moment))
            for each in row["fields"]
        ]
        # What has changed meanwhile is read once more.
        is_same = [f["value"] for f in fields] == [f["value"] for f in account["fields"]]
        await unit.execute(_KEEP, account["id"], fields, moment if is_same else None)


async def _is_proven(people: People, url: str, addresses: Sequence[str]) -> bool | None:
    """Whether a page links back; None if it cannot be had just now."""
    try:
        await people.fetcher.check_host(url)
        answer = await people.runtime.http.get(
            url,
            accept="text/html,application/xhtml+xml;q=0.9",
            max_bytes=MAX_BYTES,
            deadline=SECONDS,
            # Whoever redirects speaks for another address than the one that is shown.
            max_redirects=0,
        )
    except RemoteDown:
        return None
    except FediError:
        return False
    if answer.status >= 500 or answer.status in _BUSY:
        return None
    kind = answer.content_type.partition(";")[0].strip().lower()
    if answer.status != 200 or kind not in _PAGES or answer.url != url.partition("#")[0]:
        return False
    text = await asyncio.to_thread(decode_page, answer.body, answer.content_type)
    return await asyncio.to_thread(has_backlink, text, addresses)


def _mark(field: Field, is_proven: bool | None, moment: str) -> Field:  # noqa: FBT001 - a value
    """A field with its mark; one whose page is away keeps what it had."""
    before = field.get("verified_at")
    if is_proven is None:
        return field
    return {**field, "verified_at": (before or moment) if is_proven else None}


CHORES = {KIND: verify_links}
