"""What the server says of itself."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.responses import Response

from fedi.api.deps import NO_TOKEN, Call, Route, Who, answer, raw_json
from fedi.config import Settings
from fedi.core import instance_reports as reports
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.emojis.queries import list_visible
from fedi.core.instance import find_contact_id, instance_stats, list_peers
from fedi.core.languages import LANGUAGES
from fedi.core.media.links import Links
from fedi.core.moderation.rules import list_rules
from fedi.core.notifications.vapid import public_key
from fedi.entities.accounts import build_custom_emoji
from fedi.entities.instance import Figures, build_instance, build_instance_v1, build_rules
from fedi.kit.clock import to_iso
from fedi.kit.errors import NotFound, Unauthorized
from fedi.kit.paging import parse_limit


async def show(call: Call) -> Response:
    """The instance as apps of today read it."""
    return await _show(call, build_instance)


async def show_v1(call: Call) -> Response:
    """The instance as older apps read it."""
    return await _show(call, build_instance_v1)


async def _show(
    call: Call, build: Callable[[Settings, Links, Figures, Account | None], dict[str, Any]]
) -> Response:
    """The same for everybody, and asked by everybody: kept for a moment."""
    kept = call.services.kept
    body = kept.find(build)
    if body is None:
        contact = await _contact(call)
        built = build(call.settings, call.links, await _figures(call), contact)
        body = kept.put(build, orjson.dumps(built))
    return raw_json(body)


async def _contact(call: Call) -> Account | None:
    read = call.read()
    account_id = await find_contact_id(read)
    return None if account_id is None else await get_by_id(read, account_id)


async def _figures(call: Call) -> Figures:
    stats, read = await instance_stats(call.runtime), call.read()
    return Figures(
        stats.users,
        stats.statuses,
        stats.domains,
        stats.active_month,
        vapid=await public_key(read),
        rules=await list_rules(read),
    )


async def rules(call: Call) -> Response:
    """The rules of the house."""
    return answer(build_rules(await list_rules(call.read())))


async def extended_description(call: Call) -> Response:
    """The long text about the server."""
    text = call.settings.instance.extended_description
    return answer(
        {
            "updated_at": to_iso(await reports.founded_at(call.read())),
            "content": reports.render_text(call.origin, text),
        }
    )


async def privacy_policy(call: Call) -> Response:
    """The privacy policy; empty if the admins have written none."""
    said = call.settings.instance
    when = (
        f"{said.privacy_policy_date}T00:00:00.000Z"
        if said.privacy_policy_date
        else to_iso(await reports.founded_at(call.read()))
    )
    content = reports.render_text(call.origin, said.privacy_policy)
    return answer({"updated_at": when, "content": content})


async def terms_of_service(call: Call) -> Response:
    """The terms of service, if there are any; a date must be that of the present ones."""
    said = call.settings.instance
    if not said.terms_of_service:
        raise NotFound
    day = said.terms_of_service_date or f"{await reports.founded_at(call.read()):%Y-%m-%d}"
    if call.path.get("date", day) != day:
        raise NotFound
    return answer(
        {
            "effective_date": day,
            "effective": day <= f"{call.read().now():%Y-%m-%d}",
            "content": reports.render_text(call.origin, said.terms_of_service),
            "succeeded_by": None,
        }
    )


async def peers(call: Call) -> Response:
    """The servers that we know."""
    _check_published(shown=call.settings.instance.show_peers)
    return answer(await list_peers(call.runtime))


async def search_peers(call: Call) -> Response:
    """Servers that we know whose name begins so."""
    _check_published(shown=call.settings.instance.show_peers)
    limit = parse_limit(call.params.text("limit"), 10, 40)
    return answer(await reports.find_peers(call.read(), call.params.text("q") or "", limit))


async def activity(call: Call) -> Response:
    """The last weeks in figures."""
    _check_published(shown=call.settings.instance.show_activity)
    weeks = await reports.weekly_activity(call.runtime)
    return answer(
        [
            {
                "week": str(int(week.start.timestamp())),
                "statuses": str(week.statuses),
                "logins": str(week.logins),
                "registrations": str(week.registrations),
            }
            for week in weeks
        ]
    )


async def domain_blocks(call: Call) -> Response:
    """The servers that are cut off, for those who may know."""
    shown = call.settings.instance.show_domain_blocks
    _check_published(shown=shown != "nobody")
    if shown == "members" and call.viewer is None:
        raise Unauthorized(NO_TOKEN)
    return answer(
        [
            {
                "domain": block.domain,
                "digest": block.digest,
                "severity": block.severity,
                "comment": block.comment,
            }
            for block in await reports.published_blocks(call.read())
        ]
    )


def _check_published(*, shown: bool) -> None:
    """What the admins do not publish is not there.

    Raises:
        NotFound: so it is.
    """
    if not shown:
        raise NotFound


async def languages(_call: Call) -> Response:
    """The languages that a post can be in."""
    return answer([{"code": code, "name": name} for code, name in LANGUAGES])


async def custom_emojis(call: Call) -> Response:
    """The emojis of this server: the same for everybody, so kept for a moment."""
    kept = call.services.kept
    body = kept.find(custom_emojis)
    if body is None:
        found = await list_visible(call.read())
        built = [build_custom_emoji(emoji, call.links) for emoji in found]
        body = kept.put(custom_emojis, orjson.dumps(built))
    return raw_json(body)


async def invite(_call: Call) -> Response:
    """There are no invitations, so this one is not there."""
    raise NotFound


_HERE = "/api/v1/instance"

ROUTES = [
    Route("GET", "/api/v2/instance", show, Who.OPEN),
    Route("GET", _HERE, show_v1, Who.OPEN),
    Route("GET", f"{_HERE}/rules", rules, Who.OPEN),
    Route("GET", f"{_HERE}/peers", peers, Who.OPEN),
    Route("GET", "/api/v1/peers/search", search_peers, Who.OPEN),
    Route("GET", f"{_HERE}/activity", activity, Who.OPEN),
    Route("GET", f"{_HERE}/domain_blocks", domain_blocks, Who.ANYONE),
    Route("GET", f"{_HERE}/languages", languages, Who.OPEN),
    Route("GET", f"{_HERE}/extended_description", extended_description, Who.OPEN),
    Route("GET", f"{_HERE}/privacy_policy", privacy_policy, Who.OPEN),
    Route("GET", f"{_HERE}/terms_of_service", terms_of_service, Who.OPEN),
    Route("GET", f"{_HERE}/terms_of_service/{{date}}", terms_of_service, Who.OPEN),
    Route("GET", "/api/v1/custom_emojis", custom_emojis, Who.OPEN),
    Route("GET", "/invite/{code}", invite, Who.OPEN),
]
