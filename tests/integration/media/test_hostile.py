"""Files made to harm: each is refused in words, and the server goes on."""

import dataclasses
import re
import struct
import zlib
from pathlib import Path

import pytest
import pyvips

from fedi.config import Settings
from fedi.kit.runtime import Runtime
from tests.integration.api.conftest import House, Member
from tests.integration.media.conftest import ffmpeg, jpeg, picture

HTML = b"<html><script>alert(document.cookie)</script></html>"
CANARY = "canary-of-the-data-directory"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    media = dataclasses.replace(settings.media, processing_memory_mb=1536, processing_seconds=30)
    return dataclasses.replace(settings, media=media)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, rows: bytes | None = None) -> bytes:
    """A picture of one bit per pixel, all white, which packs very well."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\x00" + b"\xff" * ((width + 7) // 8)
    data = zlib.compress(row * height if rows is None else rows, 9)
    parts = (chunk(b"IHDR", head), *more, chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def gif(frames: int, width: int = 1, height: int = 1) -> bytes:
    size = struct.pack("<HH", width, height)
    control = b"\x21\xf9\x04\x00\x02\x00\x00\x00"
    place = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00"
    frame = control + place + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + size + b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff" + frame * frames + b";"


def disguises(secret: Path) -> dict[str, bytes]:
    """What is none of our formats, or only begins like one."""
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile '{secret}'\n"
    lists = (playlist + concat).encode() * 20
    ftyp = struct.pack(">I", 24) + b"ftypisom\x00\x00\x02\x00isomiso2"
    return {
        "svg.png": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'></svg>" * 9,
        "html.jpg": HTML * 20,
        "note.json": b'{"@context":"https://www.w3.org/ns/activitystreams","type":"Note"}' * 9,
        "pdf.png": b"%PDF-1.7\n1 0 obj\n" * 50,
        "psd.png": b"8BPS\x00\x01" + bytes(600),
        "tiff.jpg": b"II*\x00\x08\x00\x00\x00" + bytes(600),
        "eps.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n" * 30,
        "bmp.png": b"BM" + bytes(600),
        "ico.png": b"\x00\x00\x01\x00" + bytes(600),
        "fits.png": b"SIMPLE  =                    T" * 30,
        "jp2.jpg": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(600),
        "jxl.jpg": b"\xff\x0a" + bytes(600),
        "exe.mp4": b"MZ" + bytes(600),
        "avi.mp4": b"RIFF\x00\x10\x00\x00AVI " + bytes(600),
        "list.mp4": lists,
        "concat.mp4": concat.encode() * 20,
        "mpegts.mp4": (b"\x47" + bytes(187)) * 20,
        "script.gif": b"GIF89a/*" + HTML * 20,
        "list-in-mp4.mp4": ftyp + lists,
        "list-in-mp3.mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00" + lists,
        "list-in-wav.wav": b"RIFF\xff\xff\x00\x00WAVE" + lists,
        "list-in-ogg.ogg": b"OggS" + lists,
        "list-in-flac.flac": b"fLaC" + lists,
        "list-in-webm.webm": b"\x1a\x45\xdf\xa3" + lists,
        "html-in-jpg.jpg": b"\xff\xd8\xff\xe0" + HTML * 20,
        "html-in-webp.webp": b"RIFF\xff\x00\x00\x00WEBPVP8 " + HTML * 20,
        "html-in-avif.avif": struct.pack(">I", 24) + b"ftypavif\x00\x00\x00\x00avifmif1" + HTML * 9,
    }


def bombs() -> dict[str, bytes]:
    """Small files that say they are large."""
    return {
        "13000x13000": png(13_000, 13_000),
        "100000x100000": png(100_000, 100_000, rows=b"\x00"),
        "1x65535": png(1, 65_535),
        "cut off": jpeg(2000, 2000)[:4000],
        "only a head": png(4000, 4000, rows=b""),
        "many frames": gif(100_000),
        "large frames": gif(50, 8000, 8000),
    }


async def try_upload(member: Member, name: str, body: bytes) -> tuple[int, dict]:
    answer = await member.post("/api/v1/media", files={"file": (name, body)}, timeout=90)
    return answer.status_code, answer.json()


def memory() -> int:
    """Resident memory of this process in kilobytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


async def test_disguises_are_refused(
    house: House, alice: Member, worker: Runtime, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    for name, body in disguises(secret).items():
        status, answer = await try_upload(alice, name, body)
        assert status == 422, (name, answer)
        assert answer["error"], name
        assert CANARY not in answer["error"]
    rows = await house.runtime.db.fetch(
        "SELECT count(*) FROM media_attachments WHERE file_key IS NOT NULL"
    )
    assert rows[0][0] == 0
    assert (await try_upload(alice, "a.jpg", jpeg()))[0] == 200


async def test_bombs_are_refused_and_cost_us_nothing(alice: Member, worker: Runtime) -> None:
    await try_upload(alice, "a.jpg", jpeg())
    bodies = bombs()
    before = memory()
    for name, body in bodies.items():
        status, answer = await try_upload(alice, name, body)
        assert status == 422, (name, answer)
        assert answer["error"], name
    assert memory() - before < 30_000
    assert (await try_upload(alice, "a.jpg", jpeg()))[0] == 200


async def test_what_hides_in_a_picture_is_not_kept(
    house: House, alice: Member, worker: Runtime
) -> None:
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(50_000_000), 9))
    plain = chunk(b"tEXt", b"Comment\x00" + HTML)
    for name, body in {
        "after.jpg": jpeg() + HTML + b"PK\x03\x04",
        "inside.jpg": jpeg(64, 64, **{"exif-ifd0-ImageDescription": HTML.decode()}),
        "text.png": png(40, 40, text, plain) + HTML,
    }.items():
        status, media = await try_upload(alice, name, body)
        assert status == 200, (name, media)
        for url in (media["url"], media["preview_url"]):
            answer = await house.client.get(url)
            assert b"<script" not in answer.content
            assert len(answer.content) < 1_000_000
            assert answer.headers["content-type"].startswith("image/")


async def test_videos_beyond_the_limits(alice: Member, worker: Runtime, tmp_path: Path) -> None:
    def clip(name: str, source: str, *more: str) -> bytes:
        quick = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
        return ffmpeg(tmp_path / name, "-f", "lavfi", "-i", source, *more, *quick)

    whole = clip("c.mp4", "testsrc=size=640x360:rate=10", "-t", "2")
    for name, body, allowed in (
        ("large", clip("a.mp4", "color=size=4400x2400:rate=1", "-frames:v", "2"), {422}),
        ("fast", clip("b.mp4", "color=size=64x64:rate=240", "-frames:v", "240"), {422}),
        ("endless", clip("d.mp4", "color=size=16x16:rate=1", "-frames:v", "40000"), {422}),
        ("cut off", whole[: len(whole) // 2], {422}),
        ("whole", whole, {200}),
    ):
        status, answer = await try_upload(alice, name, body)
        assert status in allowed, (name, answer)


async def test_a_picture_of_the_largest_size_fits(alice: Member, worker: Runtime) -> None:
    status, media = await try_upload(alice, "a.jpg", jpeg(6000, 5000))
    assert status == 200
    original = media["meta"]["original"]
    assert original["width"] * original["height"] <= 8_294_400


async def test_colours_come_out_as_they_were(house: House, alice: Member, worker: Runtime) -> None:
    image = picture(200, 100)
    turned = image.copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 6)
    status, media = await try_upload(alice, "a.jpg", bytes(turned.jpegsave_buffer(Q=95)))
    assert status == 200
    assert media["meta"]["original"]["size"] == "100x200"
    body = (await house.client.get(media["url"])).content
    shown = pyvips.Image.new_from_buffer(body, "")
    expected = image.rot("d90")
    assert (shown - expected).abs().avg() < 3
    deep = image.cast("ushort") * 256
    deep = deep.copy(interpretation="rgb16")
    _, media = await try_upload(alice, "a.png", bytes(deep.pngsave_buffer()))
    body = (await house.client.get(media["url"])).content
    assert (pyvips.Image.new_from_buffer(body, "") - image).abs().avg() < 3
