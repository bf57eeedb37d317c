"""Reports that members want passed on become Flags, in the name of the server.

Nobody else learns who reported. Most servers take one list of the account and its posts; forums of
Lemmy's kind take one post at a time, sent to the group that it stands in.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from fedi import events as happened
from fedi.core import urls
from fedi.federation.publish.audience import Reach
from fedi.federation.publish.outgoing import Outgoing, Publishing, send
from fedi.federation.render.flag import render_flag
from fedi.kit.unit import Unit

# Posts that forums are told of one by one.
_MOST_SINGLE = 5

_REPORTS = """
SELECT r.id, r.comment, r.target_id, t.uri AS target, lower(t.domain) AS domain
FROM reports r JOIN accounts t ON t.id = r.target_id
WHERE r.id = ANY($1::bigint[]) AND t.domain IS NOT NULL
"""
_POSTS = """
SELECT r.id AS report_id, s.uri, g.id AS group_id, g.uri AS group_uri, lower(g.domain) AS forum,
  p.id AS parent_id, lower(p.domain) AS parent_domain
FROM reports r CROSS JOIN LATERAL unnest(r.status_ids) AS n(id)
JOIN statuses s ON s.id = n.id
LEFT JOIN accounts g ON g.id = s.group_id AND g.domain IS NOT NULL
LEFT JOIN accounts p ON p.id = s.in_reply_to_account_id AND p.domain IS NOT NULL
WHERE r.id = ANY($1::bigint[]) ORDER BY s.id
"""


async def report_filed(
    unit: Unit, context: Publishing, events: Sequence[happened.ReportFiled]
) -> None:
    """Flag, to the servers that the member named."""
    wanted = {event.report_id: event for event in events if event.forward_to}
    if not wanted:
        return
    reports = await unit.fetch(_REPORTS, list(wanted))
    posts: dict[int, list[asyncpg.Record]] = {}
    for row in await unit.fetch(_POSTS, list(wanted)):
        posts.setdefault(row["report_id"], []).append(row)
    outgoing: list[Outgoing] = []
    for report in reports:
        flags = _Flags(context, wanted[report["id"]], report, posts.get(report["id"], []))
        outgoing += flags.to_forums()
        outgoing += flags.to_servers()
    await send(unit, context, outgoing)


class _Flags:
    """The Flags of one report."""

    def __init__(
        self,
        context: Publishing,
        event: happened.ReportFiled,
        report: asyncpg.Record,
        posts: Sequence[asyncpg.Record],
    ) -> None:
        self._origin = context.settings.origin
        self._event = event
        self._report = report
        self._posts = posts
        self._domains = set(event.forward_to)
        self._forums = {
            post["forum"] for post in posts if post["group_uri"] and post["forum"] in self._domains
        }

    def to_forums(self) -> list[Outgoing]:
        """For each post in a group its own, to the group."""
        found = [post for post in self._posts if post["forum"] in self._forums]
        return [
            self._outgoing(
                render_flag(
                    f"{self._uri}-{place}",
                    self._actor,
                    post["uri"],
                    self._report["comment"],
                    group=post["group_uri"],
                ),
                Reach(people=(post["group_id"],)),
            )
            for place, post in enumerate(found[:_MOST_SINGLE], start=1)
        ]

    def to_servers(self) -> list[Outgoing]:
        """One for the server of the account, and those of the people whom it answered."""
        report = self._report
        people = (
            {report["target_id"]} if report["domain"] in self._domains - self._forums else set()
        )
        people |= {
            post["parent_id"]
            for post in self._posts
            if post["parent_domain"] in self._domains - {report["domain"]} - self._forums
        }
        if not people:
            return []
        objects = [report["target"], *(post["uri"] for post in self._posts)]
        document = render_flag(
            self._uri, self._actor, objects, report["comment"], target=report["target"]
        )
        return [self._outgoing(document, Reach(people=tuple(sorted(people))))]

    @property
    def _uri(self) -> str:
        return urls.flag_uri(self._origin, self._report["id"])

    @property
    def _actor(self) -> str:
        return urls.actor_uri(self._origin, urls.INSTANCE_ACTOR_ID)

    def _outgoing(self, document: dict[str, Any], reach: Reach) -> Outgoing:
        order = f"flag {self._report['id']}"
        return Outgoing(self._event, document, urls.INSTANCE_ACTOR_ID, order, reach)
