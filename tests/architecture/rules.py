"""Rules that no linter knows, each with its reason; `test_rules.py` runs them over the tree."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "fedi"
LONGEST_FILE = 400


@dataclass(frozen=True)
class Module:
    """A module of the package: its path from the root, its text, and each node of its tree."""

    path: str
    text: str
    nodes: tuple[ast.AST, ...]


def read_modules() -> Iterator[Module]:
    """Every module, one at a time: the trees of all of them are millions of objects.

    A module without any of the words that a rule looks for has no nodes.
    """
    for file in sorted(SOURCE.rglob("*.py")):
        text = file.read_text()
        parsed = any(word in text for word in _WORDS)
        nodes = tuple(ast.walk(ast.parse(text))) if parsed else ()
        yield Module(str(file.relative_to(ROOT)), text, nodes)


def too_long(module: Module) -> Iterator[str]:
    """A file that does not fit into a head has two subjects: split it."""
    lines = module.text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{module.path}: {lines} lines"


_ENDS = frozenset({"commit", "rollback", "transaction"})
_MAY_COMMIT = {"fedi/kit/db.py", "fedi/kit/unit.py", "fedi/cli/db.py", "fedi/kit/queue.py"}


def commits(module: Module) -> Iterator[str]:
    """Only `kit` opens transactions: an effect and its events belong into one unit."""
    if module.path in _MAY_COMMIT or module.path.startswith("fedi/embedded/"):
        return
    for node in module.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _ENDS
        ):
            yield f"{module.path}:{node.lineno}"


_NETS = {
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


def broad_excepts(module: Module) -> Iterator[str]:
    """Whoever catches everything must be a last net: the edge, the drains, the hub, batches."""
    if module.path in _NETS:
        return
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        ):
            yield f"{module.path}:{node.lineno}"


def framework_errors(module: Module) -> Iterator[str]:
    """Below the doors errors come from our own tree, which the doors translate."""
    below = module.path.split("/")[1] in {"core", "ap", "entities", "models"}
    if below and "HTTPException" in module.text:
        yield module.path


def middleware(module: Module) -> Iterator[str]:
    """`BaseHTTPMiddleware` costs more per request than many of our endpoints."""
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and any(
            alias.name == "BaseHTTPMiddleware" for alias in node.names
        ):
            yield f"{module.path}:{node.lineno}"


# What stands in the text of each module that can break a rule about nodes; the formatter writes a
# bare except in this one way.
_WORDS = (*_ENDS, "Exception", "except:", "BaseHTTPMiddleware")

RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    too_long,
    commits,
    broad_excepts,
    framework_errors,
    middleware,
)


def find_breaks() -> dict[str, list[str]]:
    """The places that break each rule, in one walk through the package."""
    found: dict[str, list[str]] = {rule.__name__: [] for rule in RULES}
    for module in read_modules():
        for rule in RULES:
            found[rule.__name__] += rule(module)
    return found
