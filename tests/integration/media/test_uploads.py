"""From an upload to a post with a picture in it."""

import asyncio
from pathlib import Path

import pytest
import pyvips

from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, Member
from tests.integration.media.conftest import ffmpeg, jpeg, picture
from tests.rig.instance import until

SECRET = "Canary-Camera-4711"


async def upload(member: Member, name: str, body: bytes, **more: str) -> dict:
    answer = await member.post("/api/v1/media", files={"file": (name, body)}, data=more, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def fetch(house: House, url: str, **headers: str) -> bytes:
    answer = await house.client.get(url, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_photo_is_processed_attached_and_served(
    house: House, alice: Member, worker: Runtime
) -> None:
    photo = jpeg(1200, 900, **{"exif-ifd0-Make": SECRET, "exif-ifd3-GPSLatitude": "1/1 2/1 3/1"})
    assert SECRET.encode() in photo
    media = await upload(alice, "../../x.html", photo, description=" A ramp ", focus="0.5,-0.25")
    assert media["type"] == "image"
    assert media["description"] == "A ramp"
    assert media["remote_url"] is None
    meta = media["meta"]
    assert meta["original"] == {"width": 1200, "height": 900, "size": "1200x900", "aspect": 4 / 3}
    assert meta["small"]["width"] * meta["small"]["height"] <= 640 * 360
    assert meta["focus"] == {"x": 0.5, "y": -0.25}
    assert len(media["blurhash"]) == 36
    assert media["url"].startswith("https://a.test/media/")
    for url in (media["url"], media["preview_url"]):
        body = await fetch(house, url)
        assert SECRET.encode() not in body
        assert b"Exif" not in body
        shown = pyvips.Image.new_from_buffer(body, "")
        assert not [field for field in shown.get_fields() if field.startswith(("exif", "xmp"))]

    status = await alice.write("look", media_ids=[media["id"]])
    [attached] = status["media_attachments"]
    assert attached["url"] == media["url"]
    assert attached["preview_url"] == media["preview_url"]
    assert attached["description"] == "A ramp"
    assert attached["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert (await alice.get(f"/api/v1/media/{media['id']}")).status_code == 404
    refused = await alice.call("DELETE", f"/api/v1/media/{media['id']}")
    assert refused.status_code == 422

    await alice.call("DELETE", f"/api/v1/statuses/{status['id']}", params={"delete_media": "true"})
    await gone(house, media["url"])


async def gone(house: House, url: str) -> None:
    async def is_gone() -> bool:
        return (await house.client.get(url)).status_code == 404

    await until(is_gone, what="the file to be removed")


async def test_the_newer_way_answers_202_until_somebody_processes(
    house: House, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedi.api.media._MOMENT", 0.0)
    answer = await alice.post("/api/v2/media", files={"file": ("a.jpg", jpeg())})
    assert answer.status_code == 202
    media = answer.json()
    assert media["url"] is None
    assert media["type"] == "image"
    path = f"/api/v1/media/{media['id']}"
    assert (await alice.get(path)).status_code == 206
    assert (await bob.get(path)).status_code == 404
    assert (await bob.call("PUT", path, data={"description": "x"})).status_code == 404
    assert (await bob.call("DELETE", path)).status_code == 404
    early = await alice.post("/api/v1/statuses", json={"status": "", "media_ids": [media["id"]]})
    assert early.status_code == 422
    assert "have not finished processing" in early.json()["error"]
    changed = await alice.call("PUT", path, data={"description": "later", "focus": "2,nan"})
    assert changed.json()["description"] == "later"
    assert (await alice.call("DELETE", path)).json() == {}
    assert (await alice.get(path)).status_code == 404


async def test_every_format_becomes_one_that_browsers_show(
    house: House, alice: Member, worker: Runtime, tmp_path: Path
) -> None:
    ramp = picture(320, 240)
    tone = ["-f", "lavfi", "-i", "sine=440", "-t", "1"]
    clip = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=10", "-t", "1"]
    tagged = ["-metadata", f"comment={SECRET}", "-metadata", "location=+48.1+011.5/"]
    h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    cases = [
        ("png", bytes(ramp.pngsave_buffer()), "image", "png"),
        ("webp", bytes(ramp.webpsave_buffer()), "image", "webp"),
        ("avif", bytes(ramp.heifsave_buffer(compression="av1")), "image", "jpg"),
        ("gif", bytes(ramp.gifsave_buffer()), "image", "png"),
        ("gif", ffmpeg(tmp_path / "m.gif", *clip), "gifv", "mp4"),
        ("webp", ffmpeg(tmp_path / "m.webp", *clip, "-loop", "0"), "gifv", "mp4"),
        ("mp4", ffmpeg(tmp_path / "v.mp4", *clip, *tone, *h264, *tagged), "video", "mp4"),
        ("webm", ffmpeg(tmp_path / "v.webm", *clip, *tone, *tagged), "video", "mp4"),
        ("mp3", ffmpeg(tmp_path / "s.mp3", *tone, *tagged), "audio", "mp3"),
        ("ogg", ffmpeg(tmp_path / "s.ogg", *tone, *tagged), "audio", "mp3"),
        ("flac", ffmpeg(tmp_path / "s.flac", *tone, *tagged), "audio", "mp3"),
        ("wav", ffmpeg(tmp_path / "s.wav", *tone), "audio", "mp3"),
        ("m4a", ffmpeg(tmp_path / "s.m4a", *tone, *tagged), "audio", "mp3"),
    ]
    for name, body, kind, ending in cases:
        media = await upload(alice, f"x.{name}", body)
        assert (name, media["type"]) == (name, kind), media
        assert media["url"].endswith(f".{ending}")
        assert SECRET.encode() not in await fetch(house, media["url"])
        original = media["meta"]["original"]
        if kind == "audio":
            assert original["duration"] == pytest.approx(1, abs=0.2)
            continue
        assert (original["width"], original["height"]) == (320, 240)
        assert media["blurhash"]
        assert media["preview_url"]
        if kind in {"video", "gifv"}:
            assert original["frame_rate"] == "10/1"
            assert original["duration"] == pytest.approx(1, abs=0.2)


async def test_one_file_goes_to_one_post(alice: Member, bob: Member, worker: Runtime) -> None:
    media = await upload(alice, "a.jpg", jpeg())

    async def post(member: Member) -> int:
        body = {"status": "mine", "media_ids": [media["id"]]}
        return (await member.post("/api/v1/statuses", json=body)).status_code

    assert await post(bob) == 422
    assert sorted(await asyncio.gather(*(post(alice) for _ in range(4)))) == [200, 422, 422, 422]


async def test_a_video_stands_alone(alice: Member, worker: Runtime, tmp_path: Path) -> None:
    tone = ffmpeg(tmp_path / "s.mp3", "-f", "lavfi", "-i", "sine=440", "-t", "1")
    ids = [
        (await upload(alice, "a.jpg", jpeg()))["id"],
        (await upload(alice, "s.mp3", tone))["id"],
    ]
    refused = await alice.post("/api/v1/statuses", json={"status": "x", "media_ids": ids})
    assert refused.status_code == 422
    assert "Cannot attach a video" in refused.json()["error"]


async def test_a_cover_of_ones_own(house: House, alice: Member, worker: Runtime) -> None:
    answer = await alice.post(
        "/api/v1/media",
        files={"file": ("a.jpg", jpeg(800, 800)), "thumbnail": ("b.jpg", jpeg(400, 100))},
    )
    media = answer.json()
    assert media["meta"]["small"]["size"] == "400x100"
    path = f"/api/v1/media/{media['id']}"
    changed = await alice.call("PUT", path, files={"thumbnail": ("c.jpg", jpeg(100, 300))})
    assert changed.status_code == 200

    async def is_new() -> bool:
        return (await alice.get(path)).json()["meta"]["small"]["size"] == "100x300"

    await until(is_new, what="the cover")
    await gone(house, media["preview_url"])


async def test_a_form_without_a_file_and_one_without_a_token(house: House, alice: Member) -> None:
    path, photo = "/api/v2/media", {"file": ("a.jpg", jpeg())}
    assert (await alice.post(path, data={"description": "x"})).status_code == 422
    assert (await alice.post(path, files={"other": ("a.jpg", b"x")})).status_code == 422
    form = {"access_token": alice.token}
    assert (await house.client.post(path, files=photo, data=form)).status_code == 422
    assert (await house.client.post(path, files=photo)).status_code == 401
    large = {"file": ("a.jpg", jpeg() + bytes(1_200_000))}
    assert (await house.client.post(path, files=large, data=form)).status_code == 401
    long = await alice.post(path, files=photo, data={"description": "x" * 1501})
    assert long.status_code == 422
    assert list(house.runtime.scratch.iterdir()) == []


async def test_avatar_and_header(
    house: House, alice: Member, worker: Runtime, tmp_path: Path
) -> None:
    path = "/api/v1/accounts/update_credentials"
    files = {"avatar": ("a.jpg", jpeg(900, 600)), "header": ("b.jpg", jpeg(3000, 800))}
    account = (await alice.call("PATCH", path, files=files, data={"display_name": "A"})).json()
    assert account["display_name"] == "A"
    avatar = pyvips.Image.new_from_buffer(await fetch(house, account["avatar"]), "")
    header = pyvips.Image.new_from_buffer(await fetch(house, account["header"]), "")
    assert (avatar.width, avatar.height) == (400, 400)
    assert (header.width, header.height) == (1500, 500)
    assert account["avatar_static"] == account["avatar"]

    clip = ffmpeg(tmp_path / "m.gif", "-f", "lavfi", "-i", "testsrc=size=200x200:rate=5", "-t", "1")
    moved = (await alice.call("PATCH", path, files={"avatar": ("a.gif", clip)})).json()
    assert moved["avatar"].endswith(".gif")
    assert moved["avatar_static"].endswith("-still.png")
    assert moved["header"] == account["header"]
    await fetch(house, moved["avatar"])
    await fetch(house, moved["avatar_static"])
    await gone(house, account["avatar"])

    bad = await alice.call("PATCH", path, files={"avatar": ("a.jpg", b"<svg/>" * 50)})
    assert bad.status_code == 422
    unset = await alice.call("DELETE", "/api/v1/profile/avatar")
    assert unset.json()["avatar"].endswith("missing.png")
    await gone(house, moved["avatar"])
    await gone(house, moved["avatar_static"])
