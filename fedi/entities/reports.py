"""Reports, as the one who made them and the staff see them."""

from typing import Any

from fedi.core.accounts.types import Account
from fedi.core.media.links import Links
from fedi.core.moderation.reports import Report
from fedi.entities.accounts import build_account, moment_or_none
from fedi.kit.clock import to_iso


def build_report(report: Report, target: Account | None, links: Links) -> dict[str, Any]:
    """A report and whom it is about, who may be gone."""
    return {
        "id": str(report.id),
        "action_taken": report.resolved_at is not None,
        "action_taken_at": moment_or_none(report.resolved_at),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.forwarded,
        "created_at": to_iso(report.created_at),
        "status_ids": [str(status_id) for status_id in report.status_ids],
        "collection_ids": [],
        "rule_ids": [str(rule_id) for rule_id in report.rule_ids],
        "target_account": None if target is None else build_account(target, links),
    }
