"""Multipart forms: fields are kept in memory, files go to disk where somebody wants them.

Who wants a file names its field and how large it may be; all other files are read and let go.
"""

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from fedi.kit.errors import Malformed, TooLarge
from fedi.kit.scrub import MAX_BODY

MAX_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Spool:
    """Where files of a form go, and the fields that may hold some, with their limits in bytes."""

    folder: Path
    wanted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form. It lies at `path` as long as the request is being answered."""

    path: Path
    size: int


class Form:
    """The fields and files of one form."""

    def __init__(self, spool: Spool | None = None) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.files: dict[str, Upload] = {}
        self._spool = spool
        self._header = ["", ""]
        self._name: str | None = None
        self._named = False
        self._file: BinaryIO | None = None
        self._parts = 0
        self._kept = 0
        self._left = 0
        self._chunks: list[bytes] = []

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def finish(self) -> None:
        """Nothing more comes.

        Raises:
            Malformed: it ended within a file.
        """
        if self._file is not None:
            raise Malformed("The form ended early")

    def close(self) -> None:
        """Remove the files that are still there."""
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)
            self._file = None
        for upload in self.files.values():
            upload.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._parts += 1
        self._name, self._named, self._chunks = None, False, []
        if self._parts > MAX_PARTS:
            raise Malformed("Too many parameters")

    def _header_begin(self) -> None:
        self._header = ["", ""]

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end].decode("latin-1").lower()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end].decode("utf-8", "replace")

    def _header_end(self) -> None:
        # Only the first of a part counts: a second one would leave the file of the first behind.
        if self._header[0] != "content-disposition" or self._named:
            return
        self._named = True
        _, options = parse_options_header(self._header[1].encode())
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self._name = name if b"name" in options else None
        elif self._spool is not None and name in self._spool.wanted and name not in self.files:
            self._name, self._left = name, self._spool.wanted[name]
            # The name that the sender gave it is not even looked at.
            path = self._spool.folder / f"upload-{secrets.token_hex(16)}"
            self._file = path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._left -= end - start
            if self._left < 0:
                raise TooLarge("The file is too large")
            self._file.write(memoryview(data)[start:end])
        elif self._name is not None:
            self._kept += end - start
            if self._kept > MAX_BODY:
                raise TooLarge("The form is too large")
            self._chunks.append(data[start:end])

    def _end(self) -> None:
        if self._name is None:
            return
        if self._file is None:
            self.pairs.append((self._name, b"".join(self._chunks).decode("utf-8", "replace")))
            return
        path, size = Path(self._file.name), self._file.tell()
        self._file.close()
        self._file = None
        if size:
            self.files[self._name] = Upload(path, size)
        else:
            # A file input that was left empty.
            path.unlink(missing_ok=True)


async def read_form(request: Request, spool: Spool | None = None) -> Form:
    """The form in the body of a request; whoever asked for files closes it.

    Raises:
        Malformed: it cannot be read.
        TooLarge: a file, or all other fields together, are over their limit.
    """
    _, options = parse_options_header(request.headers["content-type"])
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= 200:
        raise Malformed("The form has no boundary")
    form = Form(spool)
    with ExitStack() as cleaning:
        cleaning.callback(form.close)
        try:
            parser = MultipartParser(boundary, form.callbacks())
            async for chunk in request.stream():
                parser.write(chunk)
            parser.finalize()
        except FormParserError as problem:
            raise Malformed("The form cannot be read", str(problem)[:200]) from problem
        form.finish()
        cleaning.pop_all()
    return form
