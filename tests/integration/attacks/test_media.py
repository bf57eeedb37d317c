"""Files: what uploads leave behind, and addresses that nobody was given."""

import base64
from typing import Any

import pytest

from fedi.core.accounts.people import People
from fedi.core.media.links import build_links
from fedi.core.media.processing import make_previews, process_media
from fedi.core.media.removal import delete_files
from fedi.kit.runtime import Runtime
from tests.integration.attacks.conftest import Member, Site
from tests.integration.media.conftest import jpeg

PATH = "/api/v2/media"


async def upload(site: Site, member: Member, **files: bytes) -> dict[str, Any]:
    answer = await site.client.post(PATH, files=files, headers=member.headers)
    assert answer.status_code in {200, 202}, answer.text
    return answer.json()


def stored(runtime: Runtime) -> set[str]:
    """The names of all files in the store."""
    root = runtime.store.path("a" * 32 + ".png").parents[1]  # pyright: ignore[reportAttributeAccessIssue]
    return {path.name for path in root.rglob("*") if path.is_file()}


async def do_chores(site: Site, kind: str) -> None:
    rows = await site.runtime.db.fetch("SELECT * FROM chores WHERE kind = $1 AND state < 2", kind)
    work = {
        "process_media": process_media,
        "media_preview": make_previews,
        "delete_files": delete_files,
    }
    await work[kind](People(site.runtime), rows)
    await site.runtime.db.fetch("UPDATE chores SET state = 2 WHERE kind = $1", kind)


async def known(site: Site) -> set[str]:
    """The names that somebody still knows: rows of files, and chores that have work with them."""
    rows = await site.runtime.db.fetch(
        "SELECT source_key FROM media_attachments UNION SELECT file_key FROM media_attachments"
        " UNION SELECT preview_key FROM media_attachments"
        " UNION SELECT payload->>'cover' FROM chores WHERE state < 2"
        " UNION SELECT jsonb_array_elements_text(payload->'keys') FROM chores WHERE state < 2"
        "   AND kind = 'delete_files'"
    )
    return {row[0] for row in rows if row[0]}


async def test_covers_sent_again_and_again_leave_no_files(site: Site, alice: Member) -> None:
    cover = jpeg(60, 40)
    made = await upload(site, alice, file=jpeg(), thumbnail=cover)
    for _ in range(5):
        await site.client.put(
            f"/api/v1/media/{made['id']}", files={"thumbnail": cover}, headers=alice.headers
        )
    assert stored(site.runtime) <= await known(site)
    assert len(stored(site.runtime)) <= 3
    answer = await site.client.delete(f"/api/v1/media/{made['id']}", headers=alice.headers)
    assert answer.status_code == 200
    for kind in ("process_media", "media_preview", "delete_files"):
        await do_chores(site, kind)
    assert stored(site.runtime) == set()


@pytest.mark.parametrize("name", ["file", "thumbnail", "nothing"])
async def test_a_part_with_many_names_leaves_no_files(site: Site, alice: Member, name: str) -> None:
    one = 'Content-Disposition: form-data; name="file"; filename="x"\r\n'
    two = f'Content-Disposition: form-data; name="{name}"; filename="y"\r\n'
    part = f"--b\r\n{one}{two * 3}\r\nhello\r\n"
    answer = await site.client.post(
        PATH,
        content=f"{part * 20}--b--\r\n",
        headers={**alice.headers, "Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code in {400, 422}
    scratch = site.runtime.scratch
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


async def test_a_header_that_never_ends_is_refused(site: Site, alice: Member) -> None:
    body = '--b\r\nContent-Disposition: form-data; name="x' + "a" * 2_000_000
    answer = await site.client.post(
        PATH,
        content=body,
        headers={**alice.headers, "Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 400


HERE = "https://far.test/a.png"


def paths(site: Site) -> list[str]:
    """Addresses like ours, each a little beside one that we would make."""
    links = build_links(site.runtime.settings)
    _, _, _, _, signature, name = (links.remote(HERE) or "").split("/")
    inside = base64.urlsafe_b64encode(b"http://127.0.0.1/secret").decode().rstrip("=")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    return [
        f"/proxy/{signature}/{inside}",
        f"/proxy/{signature[:-1]}/{name}",
        f"/proxy//{name}",
        f"/proxy/{flipped}/{name}",
        f"/proxy/{signature}/{name}=",
        f"/proxy/{signature}/{name}A",
        f"/proxy/{signature}/%2e%2e/{name}",
        f"/proxy/{signature}%00/{name}",
        f"/proxy/{signature}/{name}%00",
        f"/proxy/{signature.lower()}/{name}",
        "/proxy/%C3%BF/%C3%BF",
        f"/media/{'a' * 32}.png/../x",
        f"/media/..%2f..%2f{'a' * 32}.png",
        f"/media/{'a' * 32}.png%0a",
        f"/media/{'A' * 32}.PNG",
        f"/media/{'a' * 32}.html",
        f"/media/{'a' * 32}-still.svg",
        "/media/",
        "/media/%00",
    ]


async def test_addresses_that_nobody_was_given(site: Site) -> None:
    for path in paths(site):
        for method in ("GET", "HEAD", "POST"):
            answer = await site.client.request(method, path)
            assert answer.status_code in {400, 404, 405}, (method, path)
        assert not await site.runtime.db.fetch("SELECT 1 FROM cached_files"), path
    assert not await site.runtime.db.fetch("SELECT 1 FROM cached_files")
