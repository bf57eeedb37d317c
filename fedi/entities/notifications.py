"""Notifications as apps know them, one by one and in groups.

The accounts that they are from are kept as bytes up to their counters, as are the posts: a page
that was seen before costs the statement that finds it, and nothing else.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from fedi.core.accounts.heads import AccountHead
from fedi.core.accounts.queries import find_by_ids
from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.moderation.reports import find_reports
from fedi.core.notifications.policy import VERDICTS, Policy
from fedi.core.notifications.push import ALERTS, Subscription
from fedi.core.notifications.requests import Request
from fedi.core.notifications.types import OFFICIAL, Group, Notification
from fedi.core.notifications.words import describe
from fedi.core.statuses.heads import heads
from fedi.entities.accounts import build_account, build_profile
from fedi.entities.reactions import build_emoji
from fedi.entities.reports import build_report
from fedi.entities.statuses import StatusBuilder
from fedi.kit.clock import to_iso
from fedi.kit.text import escape
from fedi.kit.unit import ReadUnit

Entity = dict[str, Any]


class NotificationBuilder:
    """Builds notifications; accounts and posts in them are rendered by `statuses`."""

    def __init__(self, statuses: StatusBuilder, links: Links) -> None:
        self._statuses = statuses
        self._links = links

    async def build(
        self,
        read: ReadUnit,
        viewer_id: int,
        items: Sequence[Notification],
        supported: Sequence[str] | None = None,
    ) -> list[Entity]:
        """Notifications of a member, in order; one whose post or sender is gone is left out.

        `supported` names the kinds that the app knows; others are also told in words.
        """
        accounts = await self._statuses.accounts.build(read, _senders(items))
        statuses = await self._posts(read, viewer_id, items)
        subjects = await self._subjects(read, items)
        shown: list[Entity] = []
        for item in items:
            account = accounts.get(item.from_account_id)
            status = statuses.get(item.status_id or 0)
            if account is None or (item.status_id is not None and status is None):
                continue
            entity: Entity = {
                "id": str(item.id),
                "type": item.type,
                "group_key": item.key,
                "created_at": to_iso(item.created_at),
                "account": orjson.Fragment(account),
            }
            if status is not None:
                entity["status"] = orjson.Fragment(status)
            if item.filtered:
                entity["filtered"] = True
            entity.update(subjects.get(item.id, {}))
            if supported is not None and item.type not in supported:
                entity["fallback"] = _fallback(item, account)
            shown.append(entity)
        return shown

    async def build_groups(
        self,
        read: ReadUnit,
        viewer_id: int,
        groups: Sequence[Group],
        supported: Sequence[str] | None = None,
        *,
        is_partial: bool = False,
    ) -> Entity:
        """Groups of a member, with each account and each post once.

        With `is_partial` only the newest account of each group is told whole.
        """
        items = [group.newest for group in groups]
        senders = await self._statuses.accounts.build(read, _senders(items))
        statuses = await self._posts(read, viewer_id, items)
        subjects = await self._subjects(read, items)
        shown: list[Entity] = []
        for group in groups:
            item = group.newest
            sender = senders.get(item.from_account_id)
            if sender is None or (item.status_id is not None and item.status_id not in statuses):
                continue
            entity = _group(group)
            entity.update(subjects.get(item.id, {}))
            if supported is not None and item.type not in supported:
                entity["fallback"] = _fallback(item, sender)
            shown.append(entity)
        result: Entity = {
            "statuses": [orjson.Fragment(status) for status in statuses.values()],
            "notification_groups": shown,
        }
        others = {i for group in groups for i in group.sample_ids} - set(senders)
        if is_partial:
            more = await find_by_ids(read, list(others))
            result["partial_accounts"] = [_partial(each, self._links) for each in more.values()]
        else:
            senders |= await self._statuses.accounts.build_by_ids(read, others)
        return {"accounts": [orjson.Fragment(each) for each in senders.values()], **result}

    async def build_requests(
        self, read: ReadUnit, viewer_id: int, requests: Sequence[Request]
    ) -> list[Entity]:
        """Who waits to be let through."""
        accounts = await find_by_ids(read, [request.from_account_id for request in requests])
        wanted = [r.last_status_id for r in requests if r.last_status_id is not None]
        found = await heads(read, viewer_id, wanted)
        built = await self._statuses.build_views(read, [(viewer_id, head) for head in found])
        posts = {head.id: post for head, post in zip(found, built, strict=True)}
        shown: list[Entity] = []
        for request in requests:
            account = accounts.get(request.from_account_id)
            if account is None:
                continue
            post = posts.get(request.last_status_id or 0)
            shown.append(
                {
                    "id": str(request.id),
                    "created_at": to_iso(request.created_at),
                    "updated_at": to_iso(request.updated_at),
                    "notifications_count": str(request.notifications_count),
                    "account": build_account(account, self._links),
                    "last_status": None if post is None else orjson.Fragment(post),
                }
            )
        return shown

    async def _posts(
        self, read: ReadUnit, viewer_id: int, items: Sequence[Notification]
    ) -> dict[int, bytes]:
        """The posts that notifications are about, as JSON."""
        found = {item.head.id: item.head for item in items if item.head is not None}
        if not found:
            return {}
        views = [(viewer_id, head) for head in found.values()]
        built = await self._statuses.build_views(read, views)
        return {i: post for i, post in zip(found, built, strict=True) if post is not None}

    async def _subjects(
        self, read: ReadUnit, items: Sequence[Notification]
    ) -> dict[int, dict[str, Any]]:
        """What some kinds are about, under the name that apps know, by notification."""
        subjects = {
            item.id: build_emoji(item.details, self._links)
            for item in items
            if item.type == "favourite" and item.details
        }
        items = [item for item in items if item.type in OFFICIAL]
        if not items:
            return subjects
        asked = [
            item.subject_id
            for item in items
            if item.type == "admin.report" and item.subject_id is not None
        ]
        reports = await find_reports(read, asked)
        whom = [report.target_id for report in reports.values()]
        whom += [item.from_account_id for item in items if item.type == "moderation_warning"]
        accounts = await find_by_ids(read, whom) if whom else {}
        for item in items:
            report = reports.get(item.subject_id or 0)
            if item.type == "admin.report" and report is not None:
                target = accounts.get(report.target_id)
                subjects[item.id] = {"report": build_report(report, target, self._links)}
            elif item.type == "severed_relationships":
                subjects[item.id] = {"event": item.details}
            elif item.type == "moderation_warning":
                target = accounts.get(item.from_account_id)
                warning = {**(item.details or {}), "target_account": _account(target, self._links)}
                subjects[item.id] = {"moderation_warning": warning}
        return subjects


def _senders(items: Sequence[Notification]) -> list[AccountHead]:
    """The accounts that notifications are from, each once."""
    heads = {
        item.from_account_id: AccountHead(
            item.from_account_id,
            item.account_revision,
            item.followers_count,
            item.following_count,
            item.statuses_count,
            item.last_status_at,
        )
        for item in items
    }
    return list(heads.values())


def _group(group: Group) -> Entity:
    item = group.newest
    entity: Entity = {
        "group_key": group.key,
        "notifications_count": group.count,
        "type": item.type,
        # A number, and the only id that is one: so apps know it.
        "most_recent_notification_id": item.id,
        "page_min_id": str(group.page_min_id),
        "page_max_id": str(group.page_max_id),
        "latest_page_notification_at": to_iso(group.latest_at),
        "sample_account_ids": [str(account_id) for account_id in group.sample_ids],
    }
    if item.status_id is not None:
        entity["status_id"] = str(item.status_id)
    return entity


def _partial(account: Account, links: Links) -> Entity:
    names = ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static", "avatar_description")
    whole = build_profile(account, links)
    return {name: whole[name] for name in names}


def _account(account: Account | None, links: Links) -> Entity | None:
    return None if account is None else build_account(account, links)


def _fallback(item: Notification, sender: bytes) -> Entity:
    """A notification in words."""
    account = orjson.loads(sender)
    name = account["display_name"] or account["username"]
    return {"title": escape(describe(item.type, name)), "summary": None, "details": None}


def build_policy(policy: Policy) -> Entity:
    """Whose notifications a member wants."""
    verdicts = {name: VERDICTS[verdict] for name, verdict in policy.verdicts.items()}
    return {**verdicts, "summary": _summary(policy)}


def build_policy_v1(policy: Policy) -> Entity:
    """The same for older apps, who know yes and no."""
    names = ("not_following", "not_followers", "new_accounts", "private_mentions", "bots")
    flags = {f"filter_{name}": policy.verdicts[f"for_{name}"] > 0 for name in names}
    return {**flags, "summary": _summary(policy)}


def _summary(policy: Policy) -> Entity:
    return {
        "pending_requests_count": policy.pending_requests,
        "pending_notifications_count": policy.pending_notifications,
    }


def build_subscription(subscription: Subscription, server_key: str) -> Entity:
    """Where and of what an app is told."""
    return {
        "id": str(subscription.id),
        "endpoint": subscription.endpoint,
        "standard": subscription.standard,
        "alerts": {name: bool(subscription.alerts.get(name)) for name in ALERTS},
        "server_key": server_key,
        "policy": subscription.policy,
    }
