"""Posts that wait for their moment, as apps read them."""

from typing import Any

from fedi.core.media.links import Links
from fedi.core.statuses.scheduled import ScheduledStatus
from fedi.entities.bodies import build_attachments
from fedi.kit.clock import to_iso


def build_scheduled(scheduled: ScheduledStatus, links: Links) -> dict[str, Any]:
    """A scheduled post; `params` are what was asked for."""
    params = scheduled.params
    application = scheduled.application_id
    return {
        "id": str(scheduled.id),
        "scheduled_at": to_iso(scheduled.scheduled_at),
        "params": {
            **params,
            "media_ids": params["media_ids"] or None,
            "scheduled_at": None,
            "application_id": None if application is None else str(application),
            "idempotency": None,
            "with_rate_limit": False,
        },
        "media_attachments": build_attachments(scheduled.id, scheduled.attachments, links),
    }
