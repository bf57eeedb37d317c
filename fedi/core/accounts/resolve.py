"""Accounts by id or handle, fetched where they are not here yet or have grown old.

Network first, then one unit that stores what came. A handle counts when both sides confirm it: the
domain names the actor, and the actor names the handle.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from fedi.ap import webfinger
from fedi.ap.parse.actors import parse_actor
from fedi.ap.vocabulary import Actor
from fedi.core import urls
from fedi.core.accounts import queries
from fedi.core.accounts.people import People
from fedi.core.accounts.receive import Handle, receive_actors
from fedi.core.accounts.types import Account
from fedi.core.domains.policy import normalise
from fedi.kit.clock import now
from fedi.kit.errors import (
    FediError,
    NotFound,
    RemoteDown,
    RemoteError,
    RemoteGone,
    RemoteNonsense,
)

STALE = timedelta(days=1)
"""After this long a known actor is asked for again when something of it arrives."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A document from its origin; `handle` is missing where WebFinger gave no answer."""

    actor: Actor
    handle: Handle | None
    knows_handle: bool


async def resolve_actors(
    people: People,
    uris: Sequence[str],
    *,
    refresh: bool = False,
    max_age: timedelta | None = None,
    signer_id: int = urls.INSTANCE_ACTOR_ID,
    vouched: Collection[str] = (),
) -> dict[str, Account | FediError]:
    """Accounts by ActivityPub id; what cannot be had is an error, never an exception.

    Args:
        people: The parts that reach out.
        uris: Ids; those of our own are looked up and never fetched.
        refresh: Fetch everything again.
        max_age: Fetch again what was read longer ago. A stored account stands when that fails.
        signer_id: Who signs the fetches.
        vouched: Those whose keys may all have changed, because an older one says so.
    """
    asked = list(dict.fromkeys(uris))
    stored = await queries.find_by_uris(people.runtime.read(), asked)
    found: dict[str, Account | FediError] = dict(stored)
    wanted = [uri for uri in asked if _is_wanted(people, stored.get(uri), uri, refresh, max_age)]
    for uri in asked:
        if uri not in stored and uri not in wanted:
            found[uri] = NotFound()
    if wanted:
        fetched = await asyncio.gather(*(_fetch_actor(people, uri, signer_id) for uri in wanted))
        came = dict(zip(wanted, fetched, strict=True))
        found |= await _store(people, came, stored, vouched)
    return {uri: found[uri] for uri in asked}


def _is_wanted(
    people: People,
    account: Account | None,
    uri: str,
    refresh: bool,  # noqa: FBT001 - private, one caller
    max_age: timedelta | None,
) -> bool:
    if account is None:
        return not urls.is_ours(people.runtime.settings.origin, uri)
    if account.is_local or account.deleted_at is not None:
        return False
    if refresh or account.fetched_at is None:
        return True
    return max_age is not None and account.fetched_at < now() - max_age


async def _fetch_actor(people: People, uri: str, signer_id: int) -> _Fetched | FediError:
    try:
        found: _Fetched = await people.once(
            ("actor", uri, signer_id), lambda: _fetch(people, uri, signer_id)
        )
    except FediError as problem:
        return problem
    return found


async def _fetch(people: People, uri: str, signer_id: int) -> _Fetched:
    async with people.slots:
        document = await people.fetcher.document(uri, signer_id=signer_id)
        actor = parse_actor(document)
        handle, knows_handle = await _confirm(people, actor)
        return _Fetched(actor, handle, knows_handle)


async def _confirm(people: People, actor: Actor) -> tuple[Handle | None, bool]:
    """The handle that both sides agree on; not known while one of them gives no answer."""
    scheme = actor.id.partition("://")[0]
    try:
        acct = await webfinger.confirm(actor, people.fetcher.get, scheme=scheme)
    except RemoteDown:
        return None, False
    except RemoteError:
        return None, True
    user, _, domain = acct.rpartition("@")
    if normalise(domain) == normalise(people.runtime.settings.local_domain):
        return None, True
    return (user, domain.lower()), True


async def _store(
    people: People,
    fetched: Mapping[str, _Fetched | FediError],
    stored: Mapping[str, Account],
    vouched: Collection[str],
) -> dict[str, Account | FediError]:
    """Store what came; a stored account outlives a failed refresh, unless its origin says 410."""
    came = [item for item in fetched.values() if isinstance(item, _Fetched)]
    received: dict[str, Account | FediError] = {}
    if came:
        received = await _receive(people, came, vouched)
    found: dict[str, Account | FediError] = {}
    for uri, item in fetched.items():
        if isinstance(item, _Fetched):
            found[uri] = received[item.actor.id]
        elif uri in stored and not (isinstance(item, RemoteGone) and item.permanent):
            found[uri] = stored[uri]
        else:
            found[uri] = item
    return found


async def _receive(
    people: People, came: Sequence[_Fetched], vouched: Collection[str]
) -> dict[str, Account | FediError]:
    limits = people.runtime.settings.limits
    handles = {item.actor.id: item.handle for item in came if item.knows_handle}
    actors = [item.actor for item in came]
    most = limits.new_actors_per_domain_per_hour if limits.enabled else None

    async def write() -> dict[str, Account | FediError]:
        async with people.runtime.unit() as unit:
            return await receive_actors(
                unit, actors, handles=handles, new_per_hour=most, vouched=vouched
            )

    try:
        found = await write()
    except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
        # Somebody else gave the same name away, or met the same people, just now.
        found = await write()
    for account in found.values():
        if isinstance(account, Account):
            people.keyring.forget_account(account.id)
    return found


async def resolve_handle(people: People, text: str) -> Account:
    """The account behind `user@host` (with or without a leading @), or behind a name of ours.

    Raises:
        NotFound: it is no handle, or nobody of ours has it.
        RemoteError: its host knows nobody by that name, or does not answer.
    """
    settings = people.runtime.settings
    bare = text.strip().removeprefix("@").removeprefix("acct:")
    if "@" not in bare:
        return await _get_known(people, bare, None)
    handle = webfinger.handle_of(bare)
    if handle is None:
        raise NotFound
    if handle.host in {settings.local_domain, settings.host, settings.domain}:
        return await _get_known(people, handle.user, None)
    known = await queries.find_by_handles(people.runtime.read(), [(handle.user, handle.host)])
    account = known.get((handle.user, handle.host))
    if account is not None and not _is_old(account):
        return account
    try:
        return await _ask(people, handle)
    except RemoteError as problem:
        if account is not None and not (isinstance(problem, RemoteGone) and problem.permanent):
            return account
        raise


def _is_old(account: Account) -> bool:
    if account.deleted_at is not None:
        return False
    return account.fetched_at is None or account.fetched_at < now() - STALE


async def _get_known(people: People, username: str, domain: str | None) -> Account:
    found = await queries.find_by_handles(people.runtime.read(), [(username, domain)])
    if (username, domain) not in found:
        raise NotFound
    return found[username, domain]


async def _ask(people: People, handle: webfinger.Handle) -> Account:
    """Ask the host of a handle who that is, then ask the actor whether it agrees."""
    key = ("handle", handle.acct.lower())
    people.negatives.check(key)
    scheme = "http" if people.runtime.settings.is_localhost else "https"
    try:
        async with people.slots:
            acct, actor_id = await webfinger.lookup(handle, people.fetcher.get, scheme=scheme)
        # What the host says now is newer than a failure that we still remember.
        found = (await resolve_actors(people, [actor_id], refresh=True))[actor_id]
        if isinstance(found, FediError):
            raise found
        if found.acct.lower() != acct.lower():
            raise RemoteNonsense("the handle leads to an actor that does not confirm it")
    except RemoteError as problem:
        people.negatives.add(key, problem)
        raise
    return found
