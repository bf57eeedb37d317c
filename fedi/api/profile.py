"""The member's own account and settings."""

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, raw_json
from fedi.core.accounts import service
from fedi.core.accounts.own import get_own
from fedi.core.accounts.types import Account, ProfileChanges
from fedi.core.auth.users import find_user_of, update_settings
from fedi.core.emojis.profiles import refresh_profile
from fedi.core.media.profile_images import (
    SHAPES,
    Which,
    prepare_image,
    set_image,
    set_images,
)
from fedi.core.relationships.queries import count_follow_requests
from fedi.core.relationships.service import accept_all
from fedi.core.statuses.policy import NAMES
from fedi.core.statuses.quoting import POLICIES
from fedi.core.tags.queries import list_featured
from fedi.entities.accounts import build_credentials, build_own_profile
from fedi.entities.tags import build_featured_tag
from fedi.kit.errors import Invalid
from fedi.kit.unit import ReadUnit
from fedi.kit.web_params import Parameters

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


async def verify_credentials(call: Call) -> Response:
    """The member's account with all that only they see."""
    read = call.read()
    own = await get_own(read, call.member_id)
    return raw_json(await call.services.statuses.accounts.build_own(read, own))


async def _credentials(
    call: Call, read: ReadUnit, account: Account, settings: dict[str, Any]
) -> Response:
    requests = await count_follow_requests(read, account.id) if account.locked else 0
    built = build_credentials(
        account, call.links, role=call.member.role, settings=settings, requests=requests
    )
    return answer(built)


async def update_credentials(call: Call) -> Response:
    """Change profile and defaults."""
    account, settings = await _update(call)
    return await _credentials(call, call.read(), account, settings)


async def show_profile(call: Call) -> Response:
    """The member's profile as it is edited: what was typed, and no pictures where none are set."""
    return await _profile(call, await call.account(call.read()))


async def update_profile(call: Call) -> Response:
    """Change the profile."""
    account, _ = await _update(call)
    return await _profile(call, account)


async def _profile(call: Call, account: Account) -> Response:
    found = await list_featured(call.read(), account.id)
    tags = [build_featured_tag(call.origin, tag) for tag in found]
    return answer(build_own_profile(account, call.links, featured_tags=tags))


async def _update(call: Call) -> tuple[Account, dict[str, Any]]:
    params, member = call.params, call.member
    changes = _read_changes(params)
    wanted = _read_settings(params.inner("source"))
    settings = member.settings
    async with _prepared_images(call) as images, call.runtime.unit() as unit:
        await set_images(unit, call.member_id, images)
        account = await service.update_profile(unit, call.member_id, changes)
        if await refresh_profile(unit, account.id):
            account = await call.account(unit)
        if changes.locked is False:
            # Nobody waits before an open door.
            await accept_all(unit, account.id)
        if wanted and member.user_id is not None:
            settings = await update_settings(unit, member.user_id, wanted)
    return account, settings


@asynccontextmanager
async def _prepared_images(call: Call) -> AsyncGenerator[dict[Which, str | None]]:
    """The pictures that came along, stored; they are removed when what follows fails."""
    keys: dict[Which, str | None] = {}

    async def remove() -> None:
        await call.runtime.store.delete(key for key in keys.values() if key)

    async with AsyncExitStack() as cleaning:
        cleaning.push_async_callback(remove)
        for which in SHAPES:
            file = call.params.file(which)
            if file is not None:
                keys[which] = await prepare_image(call.runtime, which, file.path)
        yield keys
        cleaning.pop_all()


async def delete_avatar(call: Call) -> Response:
    """Take the avatar away."""
    return await _delete_image(call, "avatar")


async def delete_header(call: Call) -> Response:
    """Take the header away."""
    return await _delete_image(call, "header")


async def _delete_image(call: Call, which: Which) -> Response:
    await set_image(call.runtime, call.member_id, which, None)
    read = call.read()
    return await _credentials(call, read, await call.account(read), await read_settings(call))


def _read_changes(params: Parameters) -> ProfileChanges:
    fields = None
    if "fields_attributes" in params:
        items = params.items("fields_attributes")
        fields = [(item.text("name") or "", item.text("value") or "") for item in items]
    domains = params.texts("attribution_domains") if "attribution_domains" in params else None
    return ProfileChanges(
        display_name=params.text("display_name"),
        note=params.text("note"),
        fields=fields,
        locked=params.flag("locked"),
        bot=params.flag("bot"),
        discoverable=params.flag("discoverable"),
        indexable=params.flag("indexable"),
        hide_collections=params.flag("hide_collections"),
        show_media=params.flag("show_media"),
        show_media_replies=params.flag("show_media_replies"),
        show_featured=params.flag("show_featured"),
        attribution_domains=domains,
        avatar_description=params.text("avatar_description"),
        header_description=params.text("header_description"),
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
    policy = source.text("quote_policy")
    if policy:
        if policy not in POLICIES:
            raise Invalid("Validation failed: Quote policy is not included in the list")
        wanted["quote_policy"] = policy
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
            "posting:default:quote_policy": settings.get("quote_policy") or "public",
            # Apps have no way to change these three: they keep their own.
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": True,
        }
    )


_IMAGES = {"avatar": "profile_image_max_bytes", "header": "profile_image_max_bytes"}

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
        files=_IMAGES,
    ),
    Route("GET", "/api/v1/profile", show_profile, Who.MEMBER, ("profile", "read:accounts")),
    Route(
        "PATCH",
        "/api/v1/profile",
        update_profile,
        Who.MEMBER,
        ("write:accounts",),
        files=_IMAGES,
    ),
    Route("DELETE", "/api/v1/profile/avatar", delete_avatar, Who.MEMBER, ("write:accounts",)),
    Route("DELETE", "/api/v1/profile/header", delete_header, Who.MEMBER, ("write:accounts",)),
    Route("GET", "/api/v1/preferences", preferences, Who.MEMBER, ("read:accounts",)),
]
