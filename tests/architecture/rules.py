"""Rules that no linter knows, each with its reason; `test_rules.py` runs them over the tree."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "fedi"
LONGEST_FILE = 400


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule."""

    rule: str
    place: str


@cache
def modules() -> list[tuple[Path, str, ast.Module]]:
    """Every module of the package: path from the root, text, tree."""
    texts = ((file, file.read_text()) for file in sorted(SOURCE.rglob("*.py")))
    return [(file.relative_to(ROOT), text, ast.parse(text)) for file, text in texts]


def too_long() -> Iterator[Finding]:
    """A file that does not fit into a head has two subjects: split it."""
    for path, text, _ in modules():
        lines = text.count("\n")
        if lines > LONGEST_FILE:
            yield Finding("too long", f"{path}: {lines} lines")


def commits() -> Iterator[Finding]:
    """Only `kit` opens transactions: an effect and its events belong into one unit."""
    allowed = {"fedi/kit/db.py", "fedi/kit/unit.py", "fedi/cli/db.py", "fedi/kit/queue.py"}
    for path, _, tree in modules():
        if str(path) in allowed or str(path).startswith("fedi/embedded/"):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"commit", "rollback", "transaction"}
            ):
                yield Finding("transaction outside of kit", f"{path}:{node.lineno}")


def broad_excepts() -> Iterator[Finding]:
    """Whoever catches everything must be a last net: the edge, the drains, the hub, batches."""
    nets = {
        "fedi/kit/drain.py",
        "fedi/kit/batch.py",
        "fedi/kit/nets.py",
        "fedi/kit/web.py",
        "fedi/streaming/hub.py",
        "fedi/core/cards/service.py",
        "fedi/federation/delivery/pump.py",
        "fedi/federation/delivery/close.py",
        "fedi/api/dispatch.py",
        "fedi/federation/inbound/receive.py",
    }
    for path, _, tree in modules():
        if str(path) in nets:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or (
                    isinstance(node.type, ast.Name)
                    and node.type.id in {"Exception", "BaseException"}
                )
            ):
                yield Finding("broad except", f"{path}:{node.lineno}")


def framework_errors() -> Iterator[Finding]:
    """Below the doors errors come from our own tree, which the doors translate."""
    for path, text, _ in modules():
        below = str(path).split("/")[1] in {"core", "ap", "entities", "models"}
        if below and "HTTPException" in text:
            yield Finding("HTTPException below the doors", str(path))


def middleware() -> Iterator[Finding]:
    """`BaseHTTPMiddleware` costs more per request than many of our endpoints."""
    for path, _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(
                alias.name == "BaseHTTPMiddleware" for alias in node.names
            ):
                yield Finding("BaseHTTPMiddleware", f"{path}:{node.lineno}")


RULES = (too_long, commits, broad_excepts, framework_errors, middleware)
