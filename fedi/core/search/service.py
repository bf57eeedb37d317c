"""One search for everything: what is here, and with `resolve` the one thing that is elsewhere."""

from dataclasses import dataclass, field

from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_handles
from fedi.core.accounts.queries import find_by_uris as find_accounts
from fedi.core.accounts.resolve import resolve_actors, resolve_handle
from fedi.core.accounts.types import Account
from fedi.core.search.accounts import search_accounts
from fedi.core.search.grammar import MAX_QUERY, parse_query
from fedi.core.search.posts import search_posts
from fedi.core.search.tags import search_tags
from fedi.core.statuses.queries import find_by_uris, find_by_url, heads
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.types import Head
from fedi.kit.errors import FediError
from fedi.kit.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and how much of it."""

    text: str
    # "accounts", "statuses" or "hashtags"; None: of each some.
    kind: str | None = None
    # Whether other servers may be asked.
    resolve: bool = False
    # Of people only those that the viewer follows.
    following: bool = False
    # Of posts only those of this account.
    account_id: int | None = None
    limit: int = 20
    offset: int = 0

    def has(self, kind: str) -> bool:
        """Whether this kind of thing is looked for."""
        return self.kind in {None, kind}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first."""

    accounts: list[Account] = field(default_factory=list[Account])
    heads: list[Head] = field(default_factory=list[Head])
    tags: list[str] = field(default_factory=list[str])


async def search(people: People, viewer_id: int | None, wanted: Wanted) -> Found:
    """Look something up; an address is one thing or nothing."""
    text = wanted.text.strip()[:MAX_QUERY]
    if not text:
        return Found()
    if text.lower().startswith(("https://", "http://")):
        if wanted.offset:
            return Found()
        return await _find_by_address(people, viewer_id, text, wanted)
    read = people.runtime.read()
    accounts: list[Account] = []
    if wanted.has("accounts"):
        accounts = await find_people(people, read, viewer_id, wanted)
    return Found(
        accounts,
        await _find_posts(people, read, viewer_id, text, wanted),
        await search_tags(read, text, limit=wanted.limit, offset=wanted.offset)
        if wanted.has("hashtags")
        else [],
    )


async def find_people(
    people: People, read: ReadUnit, viewer_id: int | None, wanted: Wanted
) -> list[Account]:
    """Accounts; with `resolve` a whole handle is one account or none, wherever it is."""
    text = wanted.text
    if wanted.resolve and wanted.offset == 0 and _is_handle(text):
        found = await _find_by_handle(people, read, text)
        return [] if found is None else [found]
    return await search_accounts(
        read,
        viewer_id,
        text,
        limit=wanted.limit,
        offset=wanted.offset,
        following=wanted.following,
    )


def _is_handle(text: str) -> bool:
    name, _, domain = text.strip().removeprefix("acct:").lstrip("@").partition("@")
    host, _, top = domain.rpartition(".")
    return bool(name and host and len(top) > 1) and not any(letter.isspace() for letter in text)


async def _find_by_handle(people: People, read: ReadUnit, text: str) -> Account | None:
    bare = text.strip().removeprefix("acct:").lstrip("@")
    try:
        account = await resolve_handle(people, bare)
    except FediError:
        # Its server may be away; what is known here is better than nothing.
        name, _, domain = bare.partition("@")
        known = await find_by_handles(read, [(name, domain.lower())])
        account = known.get((name, domain.lower()))
    return None if account is None or account.is_gone else account


async def _find_posts(
    people: People, read: ReadUnit, viewer_id: int | None, text: str, wanted: Wanted
) -> list[Head]:
    """Only members search in posts."""
    if viewer_id is None or not wanted.has("statuses"):
        return []
    return await search_posts(
        read,
        viewer_id,
        parse_query(text),
        local_domain=people.runtime.settings.local_domain,
        account_id=wanted.account_id,
        limit=wanted.limit,
        offset=wanted.offset,
    )


async def _find_by_address(
    people: People, viewer_id: int | None, url: str, wanted: Wanted
) -> Found:
    """A post or a person; the page of a post counts only where its own server says so."""
    read = people.runtime.read()
    status = (await find_by_uris(read, [url])).get(url) or await find_by_url(read, url)
    status_id = status.id if status else None
    account = None if status else await _find_account(people, read, url)
    if status_id is None and account is None and wanted.resolve:
        status_id, account = await _fetch(people, url)
    if status_id is not None and wanted.has("statuses"):
        return Found(heads=await heads(read, viewer_id, [status_id]))
    if account is not None and not account.is_gone and wanted.has("accounts"):
        return Found(accounts=[account])
    return Found()


async def _find_account(people: People, read: ReadUnit, url: str) -> Account | None:
    found = (await find_accounts(read, [url])).get(url)
    page = f"{people.runtime.settings.origin}/@"
    if found is None and url.startswith(page):
        name = url.removeprefix(page).rstrip("/")
        found = (await find_by_handles(read, [(name, None)])).get((name, None))
    return found


async def _fetch(people: People, url: str) -> tuple[int | None, Account | None]:
    """What stands at an address of another server."""
    post = (await resolve_statuses(people, [url])).get(url)
    if isinstance(post, int):
        return post, None
    account = (await resolve_actors(people, [url])).get(url)
    return None, account if isinstance(account, Account) else None
