"""Uploads."""

import asyncio

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.core.media import service
from fedi.core.media.queries import find_media, get_unattached
from fedi.core.media.types import Media, MediaState
from fedi.entities.media import build_media
from fedi.kit.clock import clock
from fedi.kit.errors import Invalid, NotFound

# The older way waits until the file is ready, the newer one just long enough for most pictures.
_PATIENCE = 90.0
_MOMENT = 2.0
_LOOK = 0.05
_LOOK_LATER = 0.5
_FAILED = "Error processing thumbnail for uploaded media"


async def upload(call: Call) -> Response:
    """Take a file in; answers at once unless it is ready in a moment."""
    media = await _settle(call, await _take_in(call), _MOMENT)
    return _show(call, media, waiting=202)


async def upload_and_wait(call: Call) -> Response:
    """Take a file in; answers when it is ready."""
    media = await _settle(call, await _take_in(call), _PATIENCE)
    return _show(call, media, waiting=200)


async def _take_in(call: Call) -> Media:
    params = call.params
    file = params.file("file")
    if file is None:
        raise Invalid("Validation failed: File can't be blank", field="file")
    details = service.read_details(call.settings, params.text("description"), params.text("focus"))
    cover = params.file("thumbnail")
    path = None if cover is None else cover.path
    return await service.upload(call.runtime, call.member_id, file.path, path, details)


async def _settle(call: Call, media: Media, seconds: float) -> Media:
    """The file once it is ready or has failed, or as it is when patience ends."""
    started = clock.monotonic()
    while media.state == MediaState.IN_WORK:
        waited = clock.monotonic() - started
        if waited > seconds:
            break
        await asyncio.sleep(_LOOK if waited < _MOMENT else _LOOK_LATER)
        found = (await find_media(call.read(), [media.id])).get(media.id)
        if found is None:
            raise NotFound
        media = found
    return media


def _show(call: Call, media: Media, *, waiting: int) -> Response:
    if media.state == MediaState.FAILED:
        raise Invalid(media.error or _FAILED, field="file")
    status = 200 if media.state == MediaState.READY else waiting
    return answer(build_media(media, call.links), status)


async def show(call: Call) -> Response:
    """How far an upload is."""
    media = await get_unattached(call.read(), call.member_id, call.id())
    return _show(call, media, waiting=206)


async def change(call: Call) -> Response:
    """Describe an upload, point at its middle, or give it another small picture."""
    params = call.params
    details = service.read_details(call.settings, params.text("description"), params.text("focus"))
    cover = params.file("thumbnail")
    path = None if cover is None else cover.path
    media = await service.change(call.runtime, call.member_id, call.id(), details, path)
    return _show(call, media, waiting=200)


async def delete(call: Call) -> Response:
    """Throw an upload away."""
    async with call.runtime.unit() as unit:
        await service.delete(unit, call.member_id, call.id())
    return empty()


_FILES = {"file": "video_max_bytes", "thumbnail": "image_max_bytes"}
_COVER = {"thumbnail": "image_max_bytes"}
_SCOPES = ("write:media",)

ROUTES = [
    Route("POST", "/api/v1/media", upload_and_wait, Who.MEMBER, _SCOPES, "media", _FILES),
    Route("POST", "/api/v2/media", upload, Who.MEMBER, _SCOPES, "media", _FILES),
    Route("GET", "/api/v1/media/{id}", show, Who.MEMBER, _SCOPES),
    Route("PUT", "/api/v1/media/{id}", change, Who.MEMBER, _SCOPES, files=_COVER),
    Route("DELETE", "/api/v1/media/{id}", delete, Who.MEMBER, _SCOPES),
]
