"""Update: of a post by its author, of an actor by itself."""

from collections.abc import Sequence
from datetime import timedelta

from fedi.ap.parse import parse_actor
from fedi.ap.signatures.keys import load_public, to_pem
from fedi.ap.vocabulary import Actor
from fedi.core.accounts.people import People
from fedi.core.accounts.receive import receive_actors
from fedi.core.accounts.types import Account
from fedi.core.statuses.consent.asking import note_stamps
from fedi.core.statuses.receive import receive_updates
from fedi.core.statuses.types import ReceivedNote
from fedi.federation.meaning.incoming import (
    Apply,
    Asks,
    Handler,
    Incoming,
    Known,
    settle,
    settle_kinds,
)
from fedi.federation.meaning.notes import (
    asks_about_note,
    fetch_note,
    needs_note,
    read_note,
    received,
    refusal_of,
)
from fedi.federation.reading.refresh import read_anew
from fedi.kit.clock import ago
from fedi.kit.errors import RemoteNonsense
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

# An Update of a post that never came stands for its Create when the post is this young.
YOUNG = timedelta(hours=24)


def _is_profile(item: Incoming) -> bool:
    return item.activity.object_id == item.actor_uri


def _check(item: Incoming) -> Outcome | None:
    if not _is_profile(item):
        return read_note(item)
    if item.activity.object is not None:
        try:
            item.actor = parse_actor(item.activity.object)
        except RemoteNonsense as problem:
            return Refused(str(problem))
    return None


def _asks(item: Incoming) -> Asks:
    if not _is_profile(item):
        return asks_about_note(item)
    return Asks(keys=[key.id for key in item.actor.keys] if item.actor else ())


def _needs(item: Incoming, known: Known) -> bool:
    """Whether the origin must be asked.

    A profile is taken from what its owner signed, but keys, inboxes, names and moves never: where
    one of these differs from what we have, the actor document is read anew at its origin.
    """
    if not _is_profile(item):
        return needs_note(item, known)
    account = known.accounts.get(item.actor_uri)
    if account is None:
        return False
    actor = item.actor
    return actor is None or not item.authentic or not _is_same_actor(actor, account, known)


def _is_same_actor(actor: Actor, account: Account, known: Known) -> bool:
    if actor.id != account.uri or actor.username.lower() != account.username.lower():
        return False
    theirs = (actor.inbox, actor.shared_inbox, actor.followers, actor.moved_to, actor.type)
    ours = (
        account.inbox_url,
        account.shared_inbox_url,
        account.followers_url,
        account.moved_to_uri,
        account.actor_type,
    )
    if theirs != ours or set(actor.also_known_as) != set(account.also_known_as):
        return False
    stored = [known.keys.get(key.id) for key in actor.keys]
    return all(
        mine is not None
        and mine.account_id == account.id
        and to_pem(load_public(key.material)) == to_pem(mine.public_key)
        for key, mine in zip(actor.keys, stored, strict=True)
    )


async def _fetch(people: People, item: Incoming, known: Known) -> Outcome | None:
    if not _is_profile(item):
        return await fetch_note(people, item, known)
    if item.actor_uri not in known.accounts:
        return Ignored("nobody here knows the actor")
    people.fetcher.forget(item.actor_uri)
    await read_anew(people, item.actor_uri)
    return Done("read anew")


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def way_of(item: Incoming) -> Apply:
        return _apply_profiles if _is_profile(item) else _apply_notes

    return await settle_kinds(items, way_of, lambda way, some: way(unit, known, some))


async def _apply_notes(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> ReceivedNote | Outcome:
        published = item.note.published if item.note else None
        young = published is not None and published > ago(YOUNG)
        is_wanted = young and refusal_of(item, known) is None
        note = received(item, known.accounts[item.actor_uri], is_wanted=is_wanted)
        return note or Ignored("nothing to update")

    async def carry_out(notes: list[ReceivedNote]) -> Sequence[Outcome]:
        outcomes = await receive_updates(unit, notes)
        pairs = [(item.note.id, item.note.quote_authorization) for item in notes]
        await note_stamps(unit, [(uri, stamp) for uri, stamp in pairs if stamp])
        return outcomes

    return await settle(items, decide, carry_out)


async def _apply_profiles(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    def decide(item: Incoming) -> Actor | Outcome:
        return item.actor or Ignored("nothing to update")

    async def carry_out(actors: list[Actor]) -> Sequence[Outcome]:
        accounts = [known.accounts[actor.id] for actor in actors]
        handles = {
            account.uri: (account.username, account.domain)
            for account in accounts
            if account.handle_verified and account.domain
        }
        stored = await receive_actors(unit, actors, handles=handles)
        return [_ending(stored.get(actor.id)) for actor in actors]

    return await settle(items, decide, carry_out)


def _ending(stored: object) -> Outcome:
    return Done() if isinstance(stored, Account) else Refused(f"not stored: {stored}")


HANDLER = Handler(
    check=_check,
    asks=_asks,
    needs=_needs,
    fetch=_fetch,
    apply=_apply,
    from_suspended=True,
)
