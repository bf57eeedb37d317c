"""Reading a conversation where it lives: collections of it, lists of answers, parents.

Whatever a list names is only a hint. A post counts as its own origin serves it, and only what
answers a post of the conversation, or says that it belongs to it, is kept. What is kept comes in
quietly: under its own date, in nobody's home, and nobody is told.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fedi.ap.authority import owns, same_origin
from fedi.ap.lenient import as_object, id_of, is_url, type_of
from fedi.ap.parse import is_activity, parse_collection
from fedi.ap.vocabulary import CollectionPage, Note
from fedi.core.accounts.people import People
from fedi.core.statuses.content import is_storable
from fedi.core.statuses.missing import find_hopeless, reason_of
from fedi.core.statuses.resolve import read_post, store_notes
from fedi.core.tags.service import index_posts
from fedi.core.threads.frontier import Frontier, Lead
from fedi.core.threads.parents import join
from fedi.core.urls import is_ours
from fedi.kit.errors import FediError, RemoteDown, RemoteNonsense, Unavailable
from fedi.kit.unit import ReadUnit

SECONDS = 30.0
KIN_SECONDS = 5.0
# Posts that are fetched because a list's owner has named one.
MAX_CANDIDATES = 5
# A list of nothing but lies shall not fill our memory of what is missing.
MAX_MISSING = 200
# Requests to one host that may be under way; how fast they follow each other is another matter.
_AT_ONCE = 3
_HOSTS_AT_ONCE = 40
# A host that fails so often in a row is left for another time.
_PATIENCE = 2

_MEMBERS = """
SELECT s.id, s.uri, s.local, s.visibility, s.in_reply_to_id, s.in_reply_to_uri, s.context_uri,
  s.replies_uri FROM statuses s WHERE s.conversation_id = $1 AND s.reblog_of_id IS NULL
ORDER BY s.id LIMIT 4096
"""


@dataclass(slots=True)
class Report:
    """What a crawl has brought."""

    found: int = 0
    # Why posts could not be had, by uri.
    missing: dict[str, str] = field(default_factory=dict[str, str])
    # What was not looked at for lack of time or budget.
    rest: list[Lead] = field(default_factory=list[Lead])


class Crawl:
    """One run through one conversation."""

    def __init__(self, people: People, frontier: Frontier | None = None) -> None:
        self._people = people.at_leisure()
        self._turns = people.turns
        self._origin = people.runtime.settings.origin
        self.frontier = frontier or Frontier()
        self.report = Report()
        # Posts of the conversation, and those that its posts answer.
        self._members: set[str] = set()
        self._awaited: set[str] = set()
        # What posts of the conversation call it.
        self._contexts: set[str] = set()
        # Fetched posts whose place is not known yet, by what they answer.
        self._waiting: dict[str, list[Note]] = {}
        self._failures: dict[str, int] = {}
        self._wake = asyncio.Event()

    async def run(
        self, conversation_id: int, leads: Iterable[Lead] = (), *, only: bool = False
    ) -> Report:
        """Read the conversation, or only some leads of it, as far as time and budget allow."""
        read = self._people.runtime.read()
        await self._begin(read, conversation_id)
        if only:
            self.frontier = Frontier(posts=MAX_CANDIDATES, pages=0)
        for lead in leads:
            self.frontier.add(lead)
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await self._go()
        with suppress(TimeoutError):
            async with asyncio.timeout(KIN_SECONDS):
                await self._keep_kin()
        self.report.rest = self.frontier.rest()
        return self.report

    async def _begin(self, read: ReadUnit, conversation_id: int) -> None:
        """Start from what is here: the root is looked at anew, since it knows of the lists."""
        rows = await read.fetch(_MEMBERS, conversation_id)
        self._members = {row["uri"] for row in rows}
        orphans = [row for row in rows if row["in_reply_to_id"] is None]
        self._awaited = {row["in_reply_to_uri"] for row in orphans if row["in_reply_to_uri"]}
        await self._add_posts(sorted(self._awaited), 0)
        for number, row in enumerate(rows):
            if row["visibility"] >= 2:
                continue
            self._call(row["context_uri"], 0)
            if number == 0 and not row["local"]:
                self.frontier.add(Lead("post", row["uri"]))
            elif row["replies_uri"] and not row["local"]:
                self.frontier.add(Lead("replies", row["replies_uri"], min(number, 1)))

    async def _go(self) -> None:
        """A few askers for each host, until nobody has anything left to ask."""
        async with asyncio.TaskGroup() as group:
            asking: dict[str, int] = {}

            async def ask(host: str) -> None:
                try:
                    while lead := self._take(host):
                        await self._look(lead)
                finally:
                    asking[host] -= 1
                    self._wake.set()

            while True:
                self._wake.clear()
                for host in self._open_hosts():
                    while asking.get(host, 0) < _AT_ONCE and len(asking) <= _HOSTS_AT_ONCE:
                        asking[host] = asking.get(host, 0) + 1
                        group.create_task(ask(host))
                await self._wake.wait()
                asking = self._still(asking)
                if not asking and not self._open_hosts():
                    return

    def _still(self, asking: dict[str, int]) -> dict[str, int]:
        for host in [host for host, count in asking.items() if count == 0]:
            del asking[host]
        return asking

    def _open_hosts(self) -> list[str]:
        return [host for host in self.frontier.hosts() if not self._is_tired(host)]

    def _is_tired(self, host: str) -> bool:
        return self._failures.get(host, 0) >= _PATIENCE or self._turns.is_held(host)

    def _take(self, host: str) -> Lead | None:
        return None if self._is_tired(host) else self.frontier.take(host)

    async def _look(self, lead: Lead) -> None:
        try:
            await (self._look_at_post(lead) if lead.is_post else self._look_at_list(lead))
        except Unavailable:
            raise
        except RemoteDown as problem:
            self._failures[lead.host] = self._failures.get(lead.host, 0) + 1
            if self._turns.is_held(lead.host):
                self.frontier.put_back(lead)
                return
            self._miss(lead, problem)
        except FediError as problem:
            self._miss(lead, problem)
        else:
            self._failures.pop(lead.host, None)
        self.frontier.done(lead)
        self._wake.set()

    def _miss(self, lead: Lead, problem: FediError) -> None:
        is_new = lead.is_post and lead.url not in self._members
        if is_new and len(self.report.missing) < MAX_MISSING:
            self.report.missing[lead.url] = reason_of(problem)

    async def _look_at_post(self, lead: Lead) -> None:
        document = await self._people.fetcher.document(lead.url)
        if is_activity(document):
            # Histories list what was done; the post itself lies behind it.
            await self._take_items([document], lead)
            return
        note = read_post(self._origin, document)
        if note.id != lead.url and not self.frontier.mark(note.id):
            return
        await self._take_note(note, lead.depth)

    async def _look_at_list(self, lead: Lead) -> None:
        document = await self._people.fetcher.document(lead.url, needs_id=False)
        found = parse_collection(document)
        await self._read_pages(found, lead)

    async def _read_pages(self, found: CollectionPage, lead: Lead) -> None:
        """Take what a collection or page lists, and what follows it on the same origin."""
        await self._take_items(found.items, lead)
        if found.first_page is not None:
            await self._take_items(found.first_page.items, lead)
        page = found.first_page or found
        following = page.next or (found.first if found.first_page is None else None)
        if following and same_origin(following, lead.url):
            self.frontier.add(lead.next(following))
        if lead.kind == "context" and (found.items or page.items):
            self.frontier.told(lead.host)

    async def _take_items(self, items: Iterable[str | dict[str, Any]], lead: Lead) -> None:
        """What a list names; what lies on its own origin and came along needs no asking."""
        named: list[str] = []
        for item in items:
            entry = _unwrap(item)
            if isinstance(entry, dict) and same_origin(id_of(entry.get("id")), lead.url):
                await self._take_embedded(entry, lead)
            elif uri := id_of(entry):
                named.append(uri)
        await self._add_posts(named, lead.depth + 1)

    async def _take_embedded(self, entry: dict[str, Any], lead: Lead) -> None:
        uri = id_of(entry.get("id"))
        if uri is None or uri in self._members:
            return
        try:
            note = read_post(self._origin, entry)
        except RemoteNonsense:
            await self._add_posts([uri], lead.depth + 1)
            return
        if owns(note.attributed_to, entry) and self.frontier.mark(uri):
            await self._take_note(note, lead.depth + 1)

    async def _add_posts(self, uris: Sequence[str], depth: int) -> None:
        """Keep posts for later that are neither here, nor ours, nor known to be no use."""
        wanted = [
            uri
            for uri in dict.fromkeys(uris)
            if is_storable(uri) and uri not in self._members and not is_ours(self._origin, uri)
        ]
        if not wanted:
            return
        read = self._people.runtime.read()
        hopeless = await find_hopeless(read, wanted)
        rows = await read.fetch(
            "SELECT s.uri FROM statuses s WHERE s.uri = ANY($1::text[])"
            " UNION ALL SELECT t.uri FROM tombstones t WHERE t.uri = ANY($1::text[])",
            wanted,
        )
        hopeless.update(row[0] for row in rows)
        for uri in wanted:
            if uri not in hopeless:
                self.frontier.add(Lead("post", uri, depth))

    async def _take_note(self, note: Note, depth: int) -> None:
        """Keep a post if it has its place, and then those that were waiting for it."""
        stack = [note]
        while stack:
            at = stack.pop()
            parent = at.in_reply_to
            if at.id in self._members:
                await self._hint(at, depth)
            elif at.id in self._awaited or parent in self._members:
                await self._keep(at, depth)
                stack += self._waiting.pop(at.id, [])
            elif parent is not None:
                self._waiting.setdefault(parent, []).append(at)
                if self._is_kin(at):
                    await self._add_posts([parent], depth + 1)

    def _is_kin(self, note: Note) -> bool:
        return bool({note.context, note.conversation} & self._contexts)

    async def _keep(self, note: Note, depth: int) -> None:
        stored = (await store_notes(self._people, {note.id: note}, are_news=False))[note.id]
        if isinstance(stored, FediError):
            self.report.missing[note.id] = reason_of(stored)
            return
        async with self._people.runtime.unit() as unit:
            await join(unit, [note.id])
            await index_posts(unit, [stored])
        self.report.found += 1
        self.report.missing.pop(note.id, None)
        self._members.add(note.id)
        if note.id in self._awaited and note.in_reply_to and note.in_reply_to not in self._members:
            self._awaited.add(note.in_reply_to)
            await self._add_posts([note.in_reply_to], depth + 1)
        await self._hint(note, depth)

    async def _keep_kin(self) -> None:
        """What says that it belongs here is kept also where its parent cannot be had."""
        for note in [note for notes in self._waiting.values() for note in notes]:
            if self._is_kin(note) and note.id not in self._members:
                await self._keep(note, 0)

    async def _hint(self, note: Note, depth: int) -> None:
        """Where a post says that there is more of its conversation."""
        self._call(note.context, depth)
        self._call(note.conversation, depth)
        if note.context_history and same_origin(note.context_history, note.id):
            self.frontier.add(Lead("history", note.context_history, depth))
        if note.replies and same_origin(note.replies, note.id):
            lead = Lead("replies", note.replies, depth + 1)
            if (embedded := _embedded_replies(note)) is None:
                self.frontier.add(lead)
            elif self.frontier.mark_list(lead.url):
                await self._read_pages(embedded, lead)

    def _call(self, context: str | None, depth: int) -> None:
        if context:
            self._contexts.add(context)
            if is_url(context) and not is_ours(self._origin, context):
                self.frontier.add(Lead("context", context, depth))


def _embedded_replies(note: Note) -> CollectionPage | None:
    """The list of answers where its beginning came along: that saves asking for it."""
    raw = as_object(note.raw.get("replies"))
    if raw is None or not (raw.get("first") or raw.get("items") or raw.get("orderedItems")):
        return None
    try:
        return parse_collection(raw)
    except RemoteNonsense:
        return None


def _unwrap(item: str | dict[str, Any]) -> Any:
    """The post in an entry: itself, or what a Create, Add or Announce is about."""
    if isinstance(item, dict) and is_activity(item):
        inner = item.get("object")
        if type_of(item, ("Create", "Add", "Announce")) is None:
            return None
        return as_object(inner) or id_of(inner)
    return item
