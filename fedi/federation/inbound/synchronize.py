"""What a delivery says beside its activity: how many of ours follow its sender, and how it signs.

The digest of followers is noted when the request is accepted, and compared later, as a chore. Only
what the sender says about its own followers counts, under its own signature, and the list is read
where the sender lives: nobody can talk us out of following somebody else.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import unquote

import asyncpg

from fedi.ap.authority import same_origin
from fedi.ap.followers_digest import HEADER, followers_digest, parse_synchronization
from fedi.ap.lenient import MAX_ID, id_of
from fedi.ap.parse import parse_collection
from fedi.core.accounts.people import People
from fedi.core.chores import Chore, add_chores
from fedi.core.domains import reachability
from fedi.core.relationships.synchronize import list_followers, settle_followers
from fedi.federation.inbound.sender import RawRequest, VerifiedSender
from fedi.kit.errors import FediError, Malformed, RemoteDown, RemoteNonsense, Unavailable
from fedi.kit.kept import Lately
from fedi.kit.result import Done, Ignored, Outcome, Refused, retry
from fedi.kit.unit import Unit

_NAME = HEADER.lower()
# The same digest of the same actor is not compared again for so long.
_AGAIN_SECONDS = 600.0
_HOST_SECONDS = 3600.0
_KEPT = 20_000
_PAGES = 10
_SECONDS = 25.0
_WAITS = (300.0, 3600.0)


class Margin:
    """What one process has read beside activities and is yet to write down."""

    def __init__(self) -> None:
        self._known = Lately(_KEPT)
        self._hosts: set[str] = set()
        self._digests: dict[str, Chore] = {}

    def note(self, sender: VerifiedSender, request: RawRequest) -> None:
        """Read what a verified request says; what says nothing new costs next to nothing."""
        if sender.dialect == "rfc9421" and self._known.is_news(sender.host, _HOST_SECONDS):
            self._hosts.add(sender.host)
        if _NAME not in sender.covered:
            return
        headers = [value for name, value in request.headers if name == _NAME]
        try:
            collection, url, digest = parse_synchronization(headers[0])
        except (Malformed, IndexError):
            return
        if not is_own(sender.actor_uri, url) or len(url) > MAX_ID:
            return
        if self._known.is_news((sender.actor_uri, digest), _AGAIN_SECONDS):
            stated = {"collection": collection, "url": url, "digest": digest}
            self._digests[sender.actor_uri] = Chore(sender.actor_uri, stated, sender.host)

    async def write(self, unit: Unit) -> None:
        """Write down what has come together."""
        hosts, self._hosts = self._hosts, set()
        digests, self._digests = self._digests, {}
        await reachability.advertised(unit, hosts)
        await add_chores(unit, "synchronize_followers", digests.values())


def is_own(actor: str, url: str) -> bool:
    """Whether an address lies where the actor does, also when it is read less strictly."""
    return same_origin(url, actor) and same_origin(unquote(url), actor)


async def synchronize(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it, one row for each actor."""
    return await asyncio.gather(*(_synchronize(people, row) for row in rows))


async def _synchronize(people: People, row: asyncpg.Record) -> Outcome:
    actor, stated = row["key"], row["payload"]
    read = people.runtime.read()
    account = await read.row(
        "SELECT id, followers_url FROM accounts WHERE uri = $1 AND domain IS NOT NULL"
        " AND deleted_at IS NULL AND suspended_at IS NULL",
        actor,
    )
    if account is None or account["followers_url"] != stated["collection"]:
        return Refused("not the actor's own followers")
    if followers_digest(await list_followers(read, account["id"])) == stated["digest"]:
        return Done("the same")
    try:
        async with asyncio.timeout(_SECONDS):
            listed = await _read_list(people, actor, stated["url"])
    except (RemoteDown, Unavailable, TimeoutError) as problem:
        return retry(_WAITS, row["attempts"], f"not available: {problem}"[:200])
    except FediError as problem:
        return Refused(f"not available: {problem}"[:200])
    if followers_digest(listed) != stated["digest"]:
        # It has changed since, and its next digest will say so.
        return Ignored("the list does not fit its digest")
    origin = people.runtime.settings.origin
    async with people.runtime.unit() as unit:
        settled = await settle_followers(unit, origin, account["id"], listed)
    return Done(f"{settled.ended} ended, {settled.begun} begun, {settled.undone} taken back")


async def _read_list(people: People, actor: str, url: str) -> list[str]:
    """The followers that the actor's server believes to live here; all pages of the list."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    where: str | None = url
    while where is not None and len(seen) < _PAGES:
        if where in seen or not is_own(actor, where):
            raise RemoteNonsense("the pages of the list lead astray")
        seen.add(where)
        people.fetcher.forget(where)
        document = await people.fetcher.document(where, needs_id=False)
        page = parse_collection(document)
        inner = page.first_page
        items = [*page.items, *(inner.items if inner else ())]
        found.update((uri, None) for item in items if (uri := id_of(item)) is not None)
        where = page.next or (inner.next if inner else page.first)
    if where is not None:
        raise RemoteNonsense("the list has too many pages")
    return list(found)


CHORES = {"synchronize_followers": synchronize}
