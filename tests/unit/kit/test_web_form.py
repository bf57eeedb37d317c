"""Multipart forms with files in them."""

from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from starlette.requests import Request

from fedi.kit.errors import Malformed, TooLarge
from fedi.kit.web_form import Form, Spool, read_form


def part(name: str, body: bytes, filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + body + b"\r\n"


async def read(parts: Iterable[bytes], spool: Spool | None, end: bytes = b"--B--\r\n") -> Form:
    pieces = iter([*parts, end])

    async def receive() -> dict:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    headers = [(b"content-type", b"multipart/form-data; boundary=B")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    return await read_form(Request(scope, receive), spool)


@pytest.fixture
def spool(tmp_path: Path) -> Generator[Spool, None, None]:
    yield Spool(tmp_path, {"file": 1000})
    assert list(tmp_path.iterdir()) == []


async def test_files_are_kept_until_the_form_is_closed(spool: Spool) -> None:
    body = bytes(range(256)) * 3
    form = await read(
        [
            part("description", "größe".encode()),
            part("file", body, "../../etc/passwd\x00.jpg"),
            part("file", b"second", "b.jpg"),
            part("other", b"x" * 5000, "c.jpg"),
        ],
        spool,
    )
    assert form.pairs == [("description", "größe")]
    [upload] = form.files.values()
    assert upload.path.parent == spool.folder
    assert upload.path.name.startswith("upload-")
    assert (upload.path.read_bytes(), upload.size) == (body, len(body))
    form.close()


async def test_nobody_wants_files(tmp_path: Path) -> None:
    form = await read([part("file", b"x" * 5000, "a"), part("a", b"1")], None)
    assert (form.pairs, form.files) == ([("a", "1")], {})


async def test_an_empty_file_is_none(spool: Spool) -> None:
    form = await read([part("file", b"", "")], spool)
    assert form.files == {}


async def test_a_file_that_is_too_large_leaves_nothing(spool: Spool) -> None:
    with pytest.raises(TooLarge):
        await read([part("file", b"x" * 1001, "a")], spool)


@pytest.mark.parametrize(
    "parts",
    [
        [part("file", b"x" * 500, "a"), b"--B\r\n" + b"X-A: b\r\n" * 5000],
        [part("file", b"x" * 500, "a"), b"--B\r\nX-A: " + b"b" * 100_000],
        [part("file", b"x" * 500, "a"), *([part("a", b"1")] * 1001)],
        [b"preamble" * 10_000],
    ],
)
async def test_forms_that_cannot_be_read_leave_nothing(spool: Spool, parts: list[bytes]) -> None:
    with pytest.raises((Malformed, TooLarge)):
        await read(parts, spool)


async def test_a_form_that_ends_within_a_file_leaves_nothing(spool: Spool) -> None:
    with pytest.raises(Malformed):
        await read([part("file", b"x" * 500, "a")[:-20]], spool, end=b"")
