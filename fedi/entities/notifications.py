"""Notifications as apps know them."""

from collections.abc import Sequence
from typing import Any

import orjson

from fedi.core.accounts.queries import find_by_ids
from fedi.core.media.links import Links
from fedi.core.notifications.queries import Notification
from fedi.core.statuses.queries import heads
from fedi.entities.accounts import build_account
from fedi.entities.statuses import StatusBuilder
from fedi.kit.clock import to_iso
from fedi.kit.unit import ReadUnit


async def build_notifications(
    read: ReadUnit,
    statuses: StatusBuilder,
    links: Links,
    viewer_id: int,
    items: Sequence[Notification],
) -> list[dict[str, Any]]:
    """Notifications of a member, in order; one whose post or sender is gone is left out."""
    accounts = await find_by_ids(read, [item.from_account_id for item in items])
    wanted = list(dict.fromkeys(item.status_id for item in items if item.status_id is not None))
    found = await heads(read, viewer_id, wanted)
    built = await statuses.build_views(read, [(viewer_id, head) for head in found])
    by_id = {head.id: status for head, status in zip(found, built, strict=True)}
    shown: list[dict[str, Any]] = []
    for item in items:
        account = accounts.get(item.from_account_id)
        status = by_id.get(item.status_id or 0)
        if account is None or (item.status_id is not None and status is None):
            continue
        entity: dict[str, Any] = {
            "id": str(item.id),
            "type": item.type,
            "group_key": f"ungrouped-{item.id}",
            "created_at": to_iso(item.created_at),
            "account": build_account(account, links),
        }
        if status is not None:
            entity["status"] = orjson.Fragment(status)
        shown.append(entity)
    return shown
