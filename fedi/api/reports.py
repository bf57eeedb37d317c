"""Telling the moderators about an account."""

from starlette.responses import Response

from fedi.api.accounts import get_shown
from fedi.api.deps import Call, Route, Who, answer
from fedi.core.moderation.reports import NewReport, file_report
from fedi.entities.reports import build_report
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.ids import parse_id


async def create(call: Call) -> Response:
    """Report an account, posts of it, and the rules that they break.

    With `forward` the moderators of the account's server hear of it, too, without a name.
    """
    params = call.params
    text = params.text("account_id")
    if not text:
        raise Invalid("Validation failed: Target account must exist", field="account_id")
    target_id = parse_id(text)
    if target_id is None:
        raise NotFound
    new = NewReport(
        target_id,
        status_ids=_read_ids(params.texts("status_ids")),
        rule_ids=_read_ids(params.texts("rule_ids")),
        category=params.text("category") or "",
        comment=(params.text("comment") or "").strip(),
        forward=params.flag("forward") or False,
        forward_to=params.texts("forward_to_domains"),
    )
    async with call.runtime.unit() as unit:
        target = await get_shown(unit, target_id)
        report = await file_report(unit, call.member_id, new)
    return answer(build_report(report, target, call.links))


def _read_ids(texts: list[str]) -> list[int]:
    ids = [parse_id(text) for text in texts if text]
    known = [number for number in ids if number is not None]
    if len(known) < len(ids):
        raise NotFound
    return known


ROUTES = [
    Route("POST", "/api/v1/reports", create, Who.MEMBER, ("write:reports",), "reports"),
]
