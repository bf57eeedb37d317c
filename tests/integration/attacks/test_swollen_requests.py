"""Requests to every door that are nested without end, or endless: refused early, nothing kept."""

import tracemalloc
from collections.abc import AsyncGenerator

import pytest

from tests.integration.attacks.conftest import Member, Site

DOORS = [
    "/api/v2/media",
    "/api/v1/statuses",
    "/api/v1/apps",
    "/api/v2/filters",
    "/api/v1/accounts/update_credentials",
    "/oauth/token",
]
MIB = 1 << 20


@pytest.mark.parametrize("depth", [65, 1100, 100_000, 500_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
async def test_nesting_is_refused(
    site: Site, alice: Member, depth: int, opening: str, closing: str
) -> None:
    body = '{"status":' + opening * depth + "1" + closing * depth + "}"
    for path in DOORS:
        method = "PATCH" if path.endswith("credentials") else "POST"
        answer = await site.client.request(
            method,
            path,
            content=body[: 2 * MIB],
            headers={**alice.headers, "Content-Type": "application/json"},
        )
        assert 400 <= answer.status_code < 500, (path, answer.text[:200])
    assert not await site.runtime.db.fetch("SELECT 1 FROM statuses")


async def test_what_is_nested_a_little_is_taken(site: Site, alice: Member) -> None:
    answer = await site.client.post(
        "/api/v1/statuses",
        json={"status": "hello", "poll": {"options": ["a", "b"], "expires_in": 600}, "x": [[[]]]},
        headers=alice.headers,
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"],
)
@pytest.mark.parametrize("path", DOORS)
async def test_a_stream_without_end_is_cut_off(
    site: Site, alice: Member, path: str, kind: str
) -> None:
    sent = 0

    async def stream() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        yield (
            b'--b\r\nContent-Disposition: form-data; name="status"\r\n\r\n' if "b" in kind else b""
        )
        while sent < 100 * MIB:
            sent += 65_536
            yield b"a" * 65_536

    method = "PATCH" if path.endswith("credentials") else "POST"
    tracemalloc.start()
    answer = await site.client.request(
        method, path, content=stream(), headers={**alice.headers, "Content-Type": kind}
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code in {400, 413}, answer.text[:200]
    # A form may carry a picture, which goes to the disk.
    assert sent <= (20 * MIB if "multipart" in kind else 2 * MIB)
    assert peak < 20 * MIB
