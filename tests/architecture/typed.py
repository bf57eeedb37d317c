"""Checks the types of the package and of its tests side by side.

    python -m tests.architecture.typed

This takes longer than everything else in `make check`, and depends on nothing but the files here
and the packages that are installed: both are in a fingerprint, and what has been found good once is
not asked again. A failure is never remembered. The package does not depend on its tests.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
READS = {"fedi": ("fedi",), "tests": ("fedi", "tests")}


def read_fingerprint(part: str, root: Path = ROOT) -> str:
    """One word for all that the checker reads for one part."""
    found = hashlib.sha256()
    for text in _read(READS[part], root):
        # Lengths stand before the texts: no two trees look alike.
        found.update(len(text).to_bytes(8, "big") + text)
    return found.hexdigest()


def _read(folders: Iterable[str], root: Path) -> Iterator[bytes]:
    yield sys.version.encode()
    for line in sorted(f"{item.name} {item.version}" for item in distributions()):
        yield line.encode()
    files = [file for folder in folders for file in (root / folder).rglob("*.py*")]
    for file in sorted({root / "pyproject.toml", *files}):
        if file.suffix in {".toml", ".py", ".pyi"}:
            yield str(file.relative_to(root)).encode()
            yield file.read_bytes()


def check(part: str) -> tuple[bool, str]:
    """Whether the types of a part are good, and what the checker said."""
    good = Path(sys.prefix) / f".types-good-{part}"
    before = read_fingerprint(part)
    if good.exists() and good.read_text() == before:
        return True, "found good before: nothing has changed since\n"
    command = [Path(sys.prefix) / "bin" / "basedpyright", part]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    # Who edits meanwhile has had some files checked in one state and some in the other.
    if run.returncode == 0 and read_fingerprint(part) == before:
        good.write_text(before)
    return run.returncode == 0, run.stdout + run.stderr


def main() -> int:
    with ThreadPoolExecutor() as pool:
        results = dict(zip(READS, pool.map(check, READS), strict=True))
    for part, (_, said) in results.items():
        print(f"types of {part}: {said}", end="")
    return 0 if all(good for good, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
