"""Looking at somebody elsewhere step by step: what works, what does not, and what to do about it.

Every step uses what the running server uses (same guard, same signatures, same parser), so that a
step which fails here is the one that fails there.
"""

from dataclasses import dataclass
from typing import Any

from fedi.ap import webfinger
from fedi.ap.authority import authors_of, host_of
from fedi.ap.media_types import ACCEPT
from fedi.ap.parse import parse_actor
from fedi.ap.vocabulary import Actor
from fedi.core.accounts.people import People
from fedi.kit.errors import FediError, RemoteDown, RemoteError, RemoteGone, RemoteRefused


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. `ok` is None for what is good to know but proves nothing."""

    name: str
    ok: bool | None
    detail: str
    advice: str = ""


class Probe:
    """One look at one handle or address."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.steps: list[Step] = []

    async def run(self, target: str) -> list[Step]:
        """Look at a handle or an address; the steps in their order."""
        text = target.strip()
        url = await self._find_handle(text) if "://" not in text else text
        if url is None:
            return self.steps
        if not await self._check_rules(url):
            return self.steps
        document = await self._fetch(url)
        if document is None:
            return self.steps
        actor = await self._read_actor(document)
        if actor is not None:
            self._check_keys(actor)
            await self._confirm_handle(actor)
            await self._fetch_unsigned(actor.id)
            for name, inbox in (("inbox", actor.inbox), ("shared inbox", actor.shared_inbox)):
                await self._reach(name, inbox)
            await self._recall(actor)
        return self.steps

    def _add(self, name: str, ok: bool | None, detail: str, advice: str = "") -> None:  # noqa: FBT001 - the mark of the step
        self.steps.append(Step(name, ok, detail, advice))

    def _failed(self, name: str, problem: FediError) -> None:
        self._add(name, ok=False, detail=_words(problem), advice=advise(problem))

    async def _find_handle(self, text: str) -> str | None:
        handle = webfinger.handle_of(text)
        if handle is None:
            advice = "Write it as user@host, or give the full address."
            self._add("handle", ok=False, detail=f"{text!r} is no handle", advice=advice)
            return None
        settings = self._people.runtime.settings
        scheme = "http" if settings.is_localhost else "https"
        try:
            acct, actor_id = await webfinger.lookup(handle, self._people.fetcher.get, scheme=scheme)
        except RemoteError as problem:
            self._failed("webfinger", problem)
            return None
        self._add("webfinger", ok=True, detail=f"{acct} is {actor_id}")
        return actor_id

    async def _check_rules(self, url: str) -> bool:
        try:
            await self._people.fetcher.check_host(url)
        except RemoteError as problem:
            self._failed("our own rules", problem)
            return False
        self._add("our own rules", ok=True, detail=f"we may talk to {host_of(url)}")
        return True

    async def _fetch(self, url: str) -> dict[str, Any] | None:
        self._people.fetcher.forget(url)
        try:
            document = await self._people.fetcher.document(url)
        except FediError as problem:
            self._failed("signed fetch", problem)
            return None
        kind = document.get("type")
        self._add("signed fetch", ok=True, detail=f"{document.get('id')} is a {kind}")
        return document

    async def _read_actor(self, document: dict[str, Any]) -> Actor | None:
        try:
            return self._read(document)
        except RemoteError as problem:
            authors = authors_of(document)
            if not authors:
                self._failed("actor", problem)
                return None
        self._add("post", ok=True, detail=f"written by {authors[0]}; looking at its author")
        author = await self._fetch(authors[0])
        if author is None:
            return None
        try:
            return self._read(author)
        except RemoteError as problem:
            self._failed("actor", problem)
            return None

    def _read(self, document: dict[str, Any]) -> Actor:
        actor = parse_actor(document)
        moved = f", moved to {actor.moved_to}" if actor.moved_to else ""
        self._add("actor", ok=True, detail=f"{actor.type} {actor.username!r}{moved}")
        return actor

    def _check_keys(self, actor: Actor) -> None:
        if actor.keys:
            kinds = ", ".join(f"{key.kind} {key.id}" for key in actor.keys)
            self._add("keys", ok=True, detail=kinds)
            return
        advice = "Nothing that this actor signs can be accepted; its server must publish a key."
        self._add("keys", ok=False, detail="no usable public key", advice=advice)

    async def _confirm_handle(self, actor: Actor) -> None:
        scheme = "http" if self._people.runtime.settings.is_localhost else "https"
        try:
            acct = await webfinger.confirm(actor, self._people.fetcher.get, scheme=scheme)
        except RemoteError as problem:
            detail = f"{_words(problem)}; shown as {actor.username}@{host_of(actor.id)}, unverified"
            self._add("handle back", ok=False, detail=detail, advice=advise(problem))
            return
        self._add("handle back", ok=True, detail=f"both sides agree on {acct}")

    async def _fetch_unsigned(self, url: str) -> None:
        try:
            answer = await self._people.fetcher.get(url, ACCEPT)
        except RemoteError as problem:
            self._add("unsigned fetch", None, _words(problem))
            return
        said = "answers everybody" if answer.status == 200 else "asks for a signature"
        self._add("unsigned fetch", None, f"{answer.status}: {said}")

    async def _reach(self, name: str, inbox: str | None) -> None:
        if inbox is None:
            self._add(name, None, "none")
            return
        try:
            answer = await self._people.fetcher.get(inbox, ACCEPT)
        except RemoteError as problem:
            self._failed(name, problem)
            return
        # To a GET, an inbox may say what it likes: what counts is that somebody is there.
        is_there = answer.status < 500
        advice = "" if is_there else "The server there has trouble of its own; try later."
        self._add(name, is_there, f"{inbox} answers ({answer.status})", advice)

    async def _recall(self, actor: Actor) -> None:
        """What deliveries to its host have taught us."""
        host = (host_of(actor.shared_inbox or actor.inbox) or "").lower()
        row = await self._people.runtime.db.row(
            "SELECT failures, held_until, last_success_at, last_error, held_until > now() AS held"
            " FROM hosts WHERE host = $1",
            host,
        )
        if row is None:
            self._add("deliveries", None, f"nothing was ever delivered to {host}")
        elif row["held"]:
            detail = f"held back until {row['held_until']:%Y-%m-%d %H:%M}: {row['last_error']}"
            advice = f"If the steps above are fine: fedi delivery retry {host}"
            self._add("deliveries", ok=False, detail=detail, advice=advice)
        else:
            last = row["last_success_at"]
            detail = f"last success {last:%Y-%m-%d %H:%M}" if last else "no success yet"
            self._add("deliveries", row["failures"] == 0 or None, detail)


def advise(problem: FediError) -> str:
    """What a person can do about it."""
    if isinstance(problem, RemoteRefused):
        return {
            "blocked": "The domain is blocked here: see `fedi domain list`.",
            "address": "It points to an address that is not public. If that is meant, name the "
            "host in `[outbound] hosts`.",
            "own host": "That is this server; look at it with `fedi account list`.",
        }.get(problem.public, "The address is one that this server never fetches.")
    if isinstance(problem, RemoteGone):
        return "The other server says that it is not there; check the spelling, or ask for a link."
    if isinstance(problem, RemoteDown):
        return {
            "dns": "Its name does not resolve: check the spelling and this machine's DNS.",
            "tls": "Its certificate is not valid (or not known here: see `[outbound] ca_file`).",
            "timeout": "It does not answer in time; try again later.",
            "connect": "Nobody listens there; it may be down.",
        }.get(problem.public, "It gave no usable answer; try again later.")
    if "401" in problem.detail or "403" in problem.detail:
        return "It refuses our signature: it may block us, or be unable to fetch our key from here."
    return "It answers something that is not ActivityPub as we know it; ask its admin."


def _words(problem: FediError) -> str:
    if not problem.detail or problem.detail == problem.public:
        return problem.public
    return f"{problem.public} ({problem.detail})"


async def probe(people: People, target: str) -> list[Step]:
    """Look at a handle or an address step by step."""
    return await Probe(people).run(target)
