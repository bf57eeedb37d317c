"""What has been found good is known again, and nothing else is taken for it."""

from pathlib import Path

from tests.architecture.typed import read_fingerprint


def test_every_change_is_seen(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    for folder in ("fedi", "tests"):
        (tmp_path / folder).mkdir()
    seen = [read_fingerprint("tests", tmp_path)]
    assert read_fingerprint("tests", tmp_path) == seen[0]
    module = tmp_path / "fedi" / "x.py"
    for text in ("", "a = 1", "a = 2"):
        module.write_text(text)
        seen.append(read_fingerprint("tests", tmp_path))
    module = module.rename(tmp_path / "tests" / "x.py")
    seen.append(read_fingerprint("tests", tmp_path))
    module.rename(tmp_path / "tests" / "x.pyi")
    seen.append(read_fingerprint("tests", tmp_path))
    (tmp_path / "pyproject.toml").write_text("[tool]")
    seen.append(read_fingerprint("tests", tmp_path))
    assert len(set(seen)) == len(seen)


def test_the_package_does_not_depend_on_its_tests(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "tests").mkdir()
    alone = read_fingerprint("fedi", tmp_path)
    (tmp_path / "tests" / "x.py").write_text("")
    assert read_fingerprint("fedi", tmp_path) == alone
    (tmp_path / "fedi").mkdir()
    (tmp_path / "fedi" / "x.py").write_text("")
    assert read_fingerprint("fedi", tmp_path) != alone
