"""Reports of other servers about members and their posts.

They reach the moderators and nobody else. What they name is believed to be named, not more: only
accounts and posts that are here count, of each report only those that are ours, or that answer us.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg

from fedi.core import limits, urls
from fedi.core.domains.service import find_unreported
from fedi.core.moderation.reports import MOST_STATUSES
from fedi.core.statuses.content import is_storable
from fedi.events import ReportFiled
from fedi.kit.ids import parse_id
from fedi.kit.result import Done, Ignored, Outcome, Refused
from fedi.kit.unit import Unit

# Of one server, and accounts that one report may be about.
PER_HOUR = 100
MOST_TARGETS = 10
_HOUR = timedelta(hours=1)
_LINKS = 50

_POST = re.compile(r"/(?:@[^/?#]+|ap/users/[0-9]+/statuses)/([0-9]{1,19})(?![0-9/])")


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """A Flag: who sends it, from where, what it is about, and what it says."""

    uri: str | None
    account_id: int
    host: str
    objects: Sequence[str]
    comment: str


@dataclass(slots=True)
class _Found:
    """What is here of what a batch names."""

    # Account id and whether it is one of ours, by actor id.
    accounts: dict[str, tuple[int, bool]] = field(default_factory=dict[str, tuple[int, bool]])
    posts: dict[str | int, asyncpg.Record] = field(default_factory=dict[str | int, asyncpg.Record])


async def receive_reports(
    unit: Unit, origin: str, items: Sequence[ReceivedReport]
) -> list[Outcome]:
    """Store reports from elsewhere; records ReportFiled for those that are new."""
    unheard = await _find_unheard(unit, {item.host for item in items})
    named = [_read_links(origin, item) for item in items]
    found = await _find(unit, items, named)
    outcomes: list[Outcome] = []
    for item, links in zip(items, named, strict=True):
        targets = _targets(found, item, links)
        if reason := unheard.get(item.host):
            outcomes.append(Refused(reason))
        elif not targets:
            outcomes.append(Ignored("nothing of ours is reported"))
        else:
            outcomes.append(await _file(unit, item, targets))
    return outcomes


async def _find_unheard(unit: Unit, hosts: set[str]) -> dict[str, str]:
    """Servers whose reports are not wanted, or too many, and why."""
    unwanted = await find_unreported(unit, hosts)
    unheard = dict.fromkeys(unwanted, "reports of this server are not wanted")
    for host in hosts - set(unheard):
        if await limits.hit(unit, f"reports of {host}", _HOUR, unit.now()) > PER_HOUR:
            unheard[host] = "too many reports of this server"
    return unheard


def _read_links(origin: str, item: ReceivedReport) -> list[int]:
    """Posts of ours whose pages the text names: some servers write them there."""
    if origin not in item.comment:
        return []
    pattern = re.escape(origin) + _POST.pattern
    found = (parse_id(number) for number in re.findall(pattern, item.comment)[:_LINKS])
    return [number for number in found if number is not None]


async def _find(
    unit: Unit, items: Sequence[ReceivedReport], named: Sequence[Sequence[int]]
) -> _Found:
    uris = list({uri for item in items for uri in item.objects})
    accounts = await unit.fetch(
        "SELECT uri, id, domain IS NULL FROM accounts WHERE uri = ANY($1::text[])"
        " AND deleted_at IS NULL AND id <> $2",
        uris,
        urls.INSTANCE_ACTOR_ID,
    )
    columns = "s.id, s.uri, s.account_id, s.local, coalesce(p.domain IS NULL, false) AS answers"
    tables = (
        " FROM statuses s LEFT JOIN statuses o ON o.id = s.in_reply_to_id"
        " LEFT JOIN accounts p ON p.id = o.account_id WHERE s.reblog_of_id IS NULL AND "
    )
    posts = await unit.fetch(
        f"SELECT {columns}{tables} s.uri = ANY($1::text[])"
        f" UNION SELECT {columns}{tables} s.id = ANY($2::bigint[]) AND s.local",
        uris,
        list({number for numbers in named for number in numbers}),
    )
    found = _Found({row[0]: (row[1], row[2]) for row in accounts})
    for row in posts:
        found.posts[row["uri"]] = found.posts[row["id"]] = row
    return found


def _targets(found: _Found, item: ReceivedReport, links: Sequence[int]) -> dict[int, list[int]]:
    """Whom it is about, and which posts of theirs; others only where their post answers ours."""
    posts = [found.posts[key] for key in (*item.objects, *links) if key in found.posts]
    accounts = [found.accounts[uri] for uri in item.objects if uri in found.accounts]
    targets = {account_id: list[int]() for account_id, is_ours in accounts if is_ours}
    for post in posts:
        if post["local"]:
            targets.setdefault(post["account_id"], []).append(post["id"])
    if not targets:
        for post in posts:
            if post["answers"] and post["account_id"] != item.account_id:
                targets.setdefault(post["account_id"], []).append(post["id"])
    return dict(list(targets.items())[:MOST_TARGETS])


async def _file(unit: Unit, item: ReceivedReport, targets: dict[int, list[int]]) -> Outcome:
    uri = item.uri if is_storable(item.uri) else None
    numbers = await unit.new_ids(len(targets))
    filed = 0
    for place, (number, (target, posts)) in enumerate(zip(numbers, targets.items(), strict=True)):
        filed += await unit.execute(
            "INSERT INTO reports (id, account_id, target_id, status_ids, comment, uri, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (uri) WHERE uri IS NOT NULL"
            " DO NOTHING",
            number,
            item.account_id,
            target,
            list(dict.fromkeys(posts))[:MOST_STATUSES],
            item.comment,
            f"{uri} {place}" if uri and place else uri,
            unit.now(),
        )
        if filed <= place:
            return Ignored("reported already")
        unit.record(ReportFiled(number, item.account_id, target))
    return Done()
