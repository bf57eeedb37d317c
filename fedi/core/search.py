"""Search: people by handle or name, posts by address, tags by name."""

from dataclasses import dataclass

from fedi.core.accounts.people import People
from fedi.core.accounts.queries import find_by_uris as find_accounts
from fedi.core.accounts.queries import search as search_accounts
from fedi.core.accounts.resolve import resolve_actors, resolve_handle
from fedi.core.accounts.types import Account
from fedi.core.statuses.queries import find_by_uris, find_by_url, heads
from fedi.core.statuses.resolve import resolve_statuses
from fedi.core.statuses.types import Head
from fedi.kit.errors import FediError
from fedi.kit.unit import ReadUnit

MAX_QUERY = 2048


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first."""

    account_ids: list[int]
    heads: list[Head]
    tags: list[str]


NOTHING = Found([], [], [])


async def search(
    people: People,
    viewer_id: int | None,
    query: str,
    *,
    kind: str | None = None,
    resolve: bool = False,
    following: bool = False,
    limit: int = 20,
    offset: int = 0,
) -> Found:
    """Look something up; with `resolve`, also over the network: one address, one result."""
    text = query.strip()[:MAX_QUERY]
    if not text:
        return NOTHING
    if text.startswith(("https://", "http://")):
        return await _by_address(people, viewer_id, text, kind, resolve=resolve)
    read = people.runtime.read()
    accounts: list[int] = []
    if kind in {None, "accounts"}:
        found = await search_accounts(
            read, text, limit=limit, offset=offset, followed_by=viewer_id if following else None
        )
        accounts = [account.id for account in found]
        if not accounts and resolve and offset == 0:
            accounts = await _by_handle(people, text)
    tags = await _tags(read, text, limit, offset) if kind in {None, "hashtags"} else []
    return Found(accounts, [], tags)


async def _by_handle(people: People, text: str) -> list[int]:
    name, _, domain = text.removeprefix("acct:").lstrip("@").partition("@")
    if not name or not domain or " " in text:
        return []
    try:
        account = await resolve_handle(people, f"{name}@{domain}")
    except FediError:
        return []
    return [] if account.is_gone else [account.id]


async def _by_address(
    people: People, viewer_id: int | None, url: str, kind: str | None, *, resolve: bool
) -> Found:
    """A post or a person by address; the page of a post counts only where it is our own."""
    read = people.runtime.read()
    status = (await find_by_uris(read, [url])).get(url) or await find_by_url(read, url)
    status_id = status.id if status else None
    account = None if status else await _account_at(people, read, url)
    if status_id is None and account is None and resolve:
        status_id, account = await _fetch(people, url)
    if status_id is not None and kind in {None, "statuses"}:
        return Found([], await heads(read, viewer_id, [status_id]), [])
    if account is not None and not account.is_gone and kind in {None, "accounts"}:
        return Found([account.id], [], [])
    return NOTHING


async def _account_at(people: People, read: ReadUnit, url: str) -> Account | None:
    found = (await find_accounts(read, [url])).get(url)
    page = f"{people.runtime.settings.origin}/@"
    if found is None and url.startswith(page):
        name = url.removeprefix(page).rstrip("/")
        local = await search_accounts(read, name, limit=1) if name.isidentifier() else []
        found = next((a for a in local if a.is_local and a.username.lower() == name.lower()), None)
    return found


async def _fetch(people: People, url: str) -> tuple[int | None, Account | None]:
    """What stands at an address of another server."""
    post = (await resolve_statuses(people, [url])).get(url)
    if isinstance(post, int):
        return post, None
    account = (await resolve_actors(people, [url])).get(url)
    return None, account if isinstance(account, Account) else None


async def _tags(read: ReadUnit, text: str, limit: int, offset: int) -> list[str]:
    """Tags of recent public posts that begin with the text."""
    name = text.lstrip("#").casefold()
    if not name or " " in name:
        return []
    rows = await read.fetch(
        "SELECT t.name, count(*) AS n FROM (SELECT s.tags FROM statuses s"
        "   WHERE s.visibility = 0 AND s.reblog_of_id IS NULL ORDER BY s.id DESC LIMIT 5000) r"
        " CROSS JOIN LATERAL jsonb_array_elements_text(r.tags) AS t(name)"
        " WHERE starts_with(t.name, $1) GROUP BY t.name ORDER BY n DESC, t.name"
        " LIMIT $2 OFFSET $3",
        name,
        limit,
        offset,
    )
    return [row[0] for row in rows]
