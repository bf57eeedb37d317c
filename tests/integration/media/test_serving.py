"""Files as browsers and strangers ask for them, from the disk and from elsewhere."""

import dataclasses
from pathlib import Path

import pytest

from fedi.config import Settings
from fedi.core.media.removal import forget_accounts
from fedi.kit.errors import NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.store import DiskStore, new_key
from fedi.kit.store_s3 import S3Store
from tests.integration.api.conftest import House, Member
from tests.integration.media.conftest import jpeg
from tests.rig.instance import until
from tests.rig.s3 import ACCESS, REGION, SECRET, fake_s3


async def put(house: House, body: bytes, extension: str = "mp4") -> str:
    path = house.runtime.scratch / "given"
    path.write_bytes(body)
    key = new_key(extension)
    await house.runtime.store.put(key, path, "video/mp4")
    return f"/media/{key}"


async def test_parts_of_a_file(house: House) -> None:
    body = bytes(range(256)) * 4096
    path = await put(house, body)
    whole = await house.client.get(path)
    assert whole.content == body
    headers = whole.headers
    assert headers["content-type"] == "video/mp4"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["accept-ranges"] == "bytes"
    assert "vary" not in headers
    size = len(body)
    for asked, status, start, end in (
        ("bytes=0-0", 206, 0, 1),
        ("bytes=10-99", 206, 10, 100),
        ("bytes=1000000-", 206, 1_000_000, size),
        ("bytes=-7", 206, size - 7, size),
        ("bytes=0-99999999", 206, 0, size),
        (f"bytes={size}-", 416, 0, 0),
        ("bytes=5-1", 416, 0, 0),
        ("bytes=0-1,4-5", 200, 0, size),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(10_000)), 200, 0, size),
        ("bytes=--1", 200, 0, size),
        ("lines=1-2", 200, 0, size),
        ("bytes=9999999999999999999-", 200, 0, size),
    ):
        answer = await house.client.get(path, headers={"range": asked})
        assert (asked[:20], answer.status_code) == (asked[:20], status)
        assert answer.content == body[start:end]
        if status == 206:
            assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    head = await house.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(size)
    same = await house.client.get(path, headers={"if-none-match": headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_names_that_are_none(house: House) -> None:
    for name in ("x", "../secret", "..%2f..%2fsecret", "%00", "a" * 32 + ".mp4", "nul", "a/b"):
        answer = await house.client.get(f"/media/{name}")
        assert answer.status_code in {400, 404}
    accept = {"accept": "application/activity+json"}
    path = await put(house, jpeg(), "jpg")
    assert (await house.client.get(path, headers=accept)).headers["content-type"] == "image/jpeg"
    assert (await house.client.post(path)).status_code == 404


async def test_a_key_cannot_leave_its_folder(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "media")
    for key in ("../x", "/etc/passwd", "a" * 32 + ".jpg/..", "A" * 32 + ".jpg", ""):
        with pytest.raises(NotFound):
            store.path(key)


@pytest.fixture
def s3_settings(settings: Settings) -> Settings:
    media = dataclasses.replace(
        settings.media,
        storage="s3",
        s3_endpoint="http://s3.test",
        s3_address="127.0.0.1:1",
        s3_bucket="files",
        s3_region=REGION,
        s3_access_key=ACCESS,
        s3_secret_key=SECRET,
    )
    return dataclasses.replace(settings, media=media)


async def test_files_at_an_s3_compatible_service(s3_settings: Settings, tmp_path: Path) -> None:
    async with fake_s3() as service:
        media = dataclasses.replace(s3_settings.media, s3_address=f"127.0.0.1:{service.port}")
        store = S3Store(media, "test")
        source, key, body = tmp_path / "x", new_key("jpg"), bytes(range(256)) * 5000
        source.write_bytes(body)
        await store.put(key, source, "image/jpeg")
        assert service.objects[f"/files/{key}"] == (body, "image/jpeg")
        for start, length in ((0, None), (0, 10), (100, 20), (1_279_990, None)):
            opened = await store.open(key, start, length)
            read = b"".join([chunk async for chunk in opened.chunks])
            await opened.close()
            assert read == body[start : None if length is None else start + length]
            assert opened.size == len(body)
        await store.fetch(key, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == body
        await store.delete([key, new_key("jpg")])
        with pytest.raises(NotFound):
            await store.open(key)
        assert (service.objects, service.refused) == ({}, 0)
        assert store.url(key) is None
        public = dataclasses.replace(media, s3_public_url="https://cdn.test/files/")
        assert S3Store(public, "test").url(key) == f"https://cdn.test/files/{key}"
        await store.close()


async def test_a_deleted_account_leaves_no_files(
    house: House, alice: Member, worker: Runtime
) -> None:
    answer = await alice.post("/api/v1/media", files={"file": ("a.jpg", jpeg())}, timeout=60)
    url = answer.json()["url"]
    files = {"avatar": ("a.jpg", jpeg())}
    account = await alice.call("PATCH", "/api/v1/accounts/update_credentials", files=files)
    avatar = account.json()["avatar"]
    async with house.runtime.unit() as unit:
        await forget_accounts(unit, [alice.account.id])

    async def are_gone() -> bool:
        answers = [await house.client.get(each) for each in (url, avatar)]
        return all(answer.status_code == 404 for answer in answers)

    await until(are_gone, what="the files to be removed")
