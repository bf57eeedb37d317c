"""The member's own account and settings."""

import re
from typing import Any

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer
from fedi.core.accounts.service import update_profile
from fedi.core.accounts.types import Account, ProfileChanges
from fedi.core.auth.users import find_user_of, update_settings
from fedi.core.relationships.queries import count_follow_requests
from fedi.core.relationships.service import accept_all
from fedi.core.statuses.policy import NAMES
from fedi.entities.accounts import build_credentials
from fedi.kit.errors import Invalid
from fedi.kit.unit import ReadUnit
from fedi.kit.web_params import Parameters

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


async def verify_credentials(call: Call) -> Response:
    """The member's account with all that only they see."""
    read = call.read()
    account = await call.account(read)
    return await _credentials(call, read, account, await read_settings(call))


async def _credentials(
    call: Call, read: ReadUnit, account: Account, settings: dict[str, Any]
) -> Response:
    requests = await count_follow_requests(read, account.id) if account.locked else 0
    built = build_credentials(
        account, call.links, role=call.member.role, settings=settings, requests=requests
    )
    return answer(built)


async def update_credentials(call: Call) -> Response:
    """Change profile and defaults; pictures are let go until there is a place for them."""
    params, member = call.params, call.member
    changes = _read_changes(params)
    wanted = _read_settings(params.inner("source"))
    settings = member.settings
    async with call.runtime.unit() as unit:
        account = await update_profile(unit, call.member_id, changes)
        if changes.locked is False:
            # Nobody waits before an open door.
            await accept_all(unit, account.id)
        if wanted and member.user_id is not None:
            settings = await update_settings(unit, member.user_id, wanted)
    return await _credentials(call, call.read(), account, settings)


def _read_changes(params: Parameters) -> ProfileChanges:
    fields = None
    if "fields_attributes" in params:
        items = params.items("fields_attributes")
        fields = [(item.text("name") or "", item.text("value") or "") for item in items]
    return ProfileChanges(
        display_name=params.text("display_name"),
        note=params.text("note"),
        fields=fields,
        locked=params.flag("locked"),
        bot=params.flag("bot"),
        discoverable=params.flag("discoverable"),
        indexable=params.flag("indexable"),
    )


def _read_settings(source: Parameters) -> dict[str, Any]:
    """The defaults for new posts that are to change."""
    wanted: dict[str, Any] = {}
    privacy = source.text("privacy")
    if privacy:
        if privacy not in NAMES:
            raise Invalid("Validation failed: Privacy is not included in the list")
        wanted["privacy"] = privacy
    sensitive = source.flag("sensitive")
    if sensitive is not None:
        wanted["sensitive"] = sensitive
    if "language" in source:
        wanted["language"] = read_language(source)
    return wanted


def read_language(params: Parameters) -> str | None:
    """The language of a post, as a tag; anything that is none counts as unknown."""
    text = (params.text("language") or "").strip()
    return text if _LANGUAGE.fullmatch(text) else None


async def read_settings(call: Call) -> dict[str, Any]:
    """The member's settings as they are now: what a viewer carries may be a moment old."""
    user = await find_user_of(call.read(), call.member_id)
    return user.settings if user else {}


async def preferences(call: Call) -> Response:
    """The member's defaults, in the flat form that apps read."""
    settings = await read_settings(call)
    return answer(
        {
            "posting:default:visibility": settings.get("privacy") or "public",
            "posting:default:sensitive": bool(settings.get("sensitive")),
            "posting:default:language": settings.get("language"),
            "posting:default:quote_policy": "nobody",
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": True,
        }
    )


ROUTES = [
    Route(
        "GET",
        "/api/v1/accounts/verify_credentials",
        verify_credentials,
        Who.MEMBER,
        ("profile", "read:accounts", "read:me"),
    ),
    Route(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        update_credentials,
        Who.MEMBER,
        ("write:accounts",),
    ),
    Route("GET", "/api/v1/preferences", preferences, Who.MEMBER, ("read:accounts",)),
]
