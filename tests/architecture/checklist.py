"""The server-to-server checklist (docs/federation-checklist.md), and FEDERATION.md made from it.

docs/security.md is written in the same form.

Each line of the list says one thing that holds between fedi and other servers, and names the tests
that prove it. FEDERATION.md tells the same to developers of other servers, without the tests, and
begins with what the code says of itself: its handlers, its renderers, and the proposals (FEP) that
the list names.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from fedi.federation.handlers import HANDLERS
from tests.architecture.feps import FEPS

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "federation-checklist.md"
ATTACKS = ROOT / "docs" / "security.md"
_LINE = re.compile(r"^- \*\*([A-Z]+-\d+)\*\* (.+)$")
_TEST = re.compile(r"`(tests/[\w/.-]+\.py(?:::\w+)*)`")


@dataclass(frozen=True)
class Line:
    """One thing that holds."""

    key: str
    words: str
    tests: tuple[str, ...]


def parse_checklist(text: str) -> dict[str, list[Line]]:
    """The lines of each section; what is missing is a section of its own."""
    sections: dict[str, list[Line]] = {}
    here: list[Line] = []
    for row in _joined(text):
        if row.startswith("## "):
            here = sections.setdefault(row[3:].strip(), [])
        elif found := _LINE.match(row):
            words, _, tests = found[2].partition(" Tests: ")
            here.append(Line(found[1], words.strip(), tuple(_TEST.findall(tests))))
    return sections


def _joined(text: str) -> list[str]:
    """Lines, with those that are indented added to the one before."""
    rows: list[str] = []
    for row in text.splitlines():
        if row.startswith("  ") and rows:
            rows[-1] += f" {row.strip()}"
        else:
            rows.append(row)
    return rows


def find_test(name: str) -> bool:
    """Whether `path::function` or `path::Class::function` is a test that is there."""
    path, _, inside = name.partition("::")
    file = ROOT / path
    return file.is_file() and inside in _tests_of(file)


@cache
def _tests_of(file: Path) -> frozenset[str]:
    # Hundreds of lines name tests of the same few files. The names are kept, not the trees.
    return frozenset(_functions(ast.parse(file.read_text()), ""))


def _functions(tree: ast.Module | ast.ClassDef, before: str) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield before + node.name
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{before}{node.name}::")


def render_federation() -> str:
    """FEDERATION.md, in the form of FEP-67ff."""
    text = LIST.read_text()
    lines = [
        "# Federation",
        "",
        "What fedi speaks with other servers, in the form of FEP-67ff. This page is made from",
        "[the checklist](docs/federation-checklist.md), which names the test behind each",
        "statement: `python -m tests.architecture.reference`.",
        "",
        "## Supported federation protocols and standards",
        "",
        *_STANDARDS,
        "",
        "## Supported FEPs",
        "",
        "Each with the lines of the checklist that prove it.",
        "",
    ]
    lines += [
        f"- [FEP-{number}: {title}](https://w3id.org/fep/{number}): {', '.join(keys)}"
        for number, (title, keys) in sorted(FEPS.items())
    ]
    lines += ["", "## ActivityPub", "", "### Activities that are heard", ""]
    for name, about in _heard().items():
        lines += [f"- `{name}`: {about}"]
    lines += ["", "Others are taken with 202, counted, and have no effect."]
    lines += ["", "### Objects that are said", ""]
    lines += [f"- {about}" for about in _said()]
    for section, entries in parse_checklist(text).items():
        if entries:
            lines += ["", f"## {section}", "", *(f"- {entry.words}" for entry in entries)]
    lines += ["", "## Additional documentation", ""]
    lines += [
        "- [For developers of other servers](docs/federation.md)",
        "- [Architecture](docs/architecture.md)",
        "- [Routes](docs/routes.md)",
        "- [What admins can set](docs/settings.md)",
        "",
    ]
    return "\n".join(lines)


def _heard() -> dict[str, str]:
    """The first sentence of each handler, by activity."""
    import importlib  # noqa: PLC0415 - by name, as the table of handlers names them

    found: dict[str, str] = {}
    for name, handler in HANDLERS.items():
        module: ModuleType = importlib.import_module(handler.apply.__module__)
        about = (module.__doc__ or "").split("\n")[0].rstrip(".")
        found[name] = about.partition(": ")[2] or about
    return found


def _said() -> list[str]:
    """The first sentence of each renderer."""
    folder = ROOT / "fedi" / "federation" / "render"
    others = {"__init__", "facts", "activity"}
    files = sorted(file for file in folder.glob("*.py") if file.stem not in others)
    docs = (ast.get_docstring(ast.parse(file.read_text())) or "" for file in files)
    return [doc.split("\n")[0].rstrip(".") for doc in docs]


_STANDARDS = (
    "- [ActivityPub](https://www.w3.org/TR/activitypub/) (server to server)",
    "- [WebFinger](https://www.rfc-editor.org/rfc/rfc7033), host-meta (XRD and JSON)",
    "- [HTTP Signatures](https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12)",
    "  (`rsa-sha256`, `hs2019`, `(created)`, `(expires)`): verified and sent",
    "- [HTTP Message Signatures, RFC 9421](https://www.rfc-editor.org/rfc/rfc9421)",
    "  (`rsa-v1_5-sha256`, `ed25519`): verified and sent",
    "- `Digest` (RFC 3230) and `Content-Digest` (RFC 9530)",
    "- [NodeInfo](https://nodeinfo.diaspora.software/) 2.0 and 2.1",
)
