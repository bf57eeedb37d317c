"""Reads the settings: the file, then the environment, then the command line."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, cast, get_type_hints

from fedi.config.settings import ConfigError, Settings

# Named by the command line, or by the tests' own entry module; not settings.
_OUTSIDE = ("FEDI_DATA", "FEDI_CONFIG")
_TEST_PREFIX = "FEDI_TEST_"

_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}


def list_keys(of: type[Any] = Settings) -> Iterator[tuple[str, str, Field[Any]]]:
    """Yield (section, name, field) for every key; the section of a top-level key is empty."""
    hints = get_type_hints(of)
    for entry in fields(of):
        kind = hints[entry.name]
        if is_dataclass(kind):
            for inner in fields(kind):
                yield entry.name, inner.name, inner
        else:
            yield "", entry.name, entry


def default_of(entry: Field[Any]) -> Any:
    """The default of a key."""
    if entry.default is not MISSING:
        return entry.default
    return entry.default_factory() if entry.default_factory is not MISSING else None


def env_name(section: str, name: str) -> str:
    """The environment variable of a key."""
    return f"FEDI_{section}_{name}".upper() if section else f"FEDI_{name}".upper()


def load_settings(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the file, then the environment, then `overrides` (dotted names); later ones win."""
    environ = os.environ if environ is None else environ
    known = {(section, name): entry for section, name, entry in list_keys()}
    values = _read_file(file, known) if file else {}
    values |= _read_environment(environ, known)
    for dotted, value in (overrides or {}).items():
        section, _, name = dotted.rpartition(".")
        values[section, name] = value
    if not values.get(("outbound", "ca_file")) and environ.get("SSL_CERT_FILE"):
        values["outbound", "ca_file"] = environ["SSL_CERT_FILE"]
    return _assemble(values)


def _read_file(
    file: Path, known: Mapping[tuple[str, str], Field[Any]]
) -> dict[tuple[str, str], Any]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(f"{file} cannot be read: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{file} is not valid TOML: {problem}") from problem
    sections = {section for section, _ in known}
    values: dict[tuple[str, str], Any] = {}
    for name, value in document.items():
        if name in sections and isinstance(value, dict):
            values |= {(name, inner): part for inner, part in value.items()}
        else:
            values["", name] = value
    if unknown := [".".join(filter(None, path)) for path in values if path not in known]:
        raise ConfigError(f"{file} has unknown keys: {', '.join(sorted(unknown))}")
    return values


def _read_environment(
    environ: Mapping[str, str], known: Mapping[tuple[str, str], Field[Any]]
) -> dict[tuple[str, str], Any]:
    names = {env_name(*path): path for path in known}
    secret_files = {
        f"{env_name(*path)}_FILE": path for path in known if known[path].metadata["secret"]
    }
    values: dict[tuple[str, str], Any] = {}
    unknown: list[str] = []
    for name, value in environ.items():
        if not name.startswith("FEDI_") or name in _OUTSIDE or name.startswith(_TEST_PREFIX):
            continue
        if name in names:
            values[names[name]] = value
        elif name in secret_files:
            values.setdefault(secret_files[name], _read_secret(name, Path(value)))
        else:
            unknown.append(name)
    if unknown:
        raise ConfigError(f"unknown settings in the environment: {', '.join(sorted(unknown))}")
    return values


def _read_secret(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{name} names {file}, which cannot be read: {problem}") from problem


def _assemble(values: Mapping[tuple[str, str], Any]) -> Settings:
    hints = get_type_hints(Settings)
    parts: dict[str, Any] = {}
    for name, kind in hints.items():
        if is_dataclass(kind):
            inner = get_type_hints(kind)
            chosen = {key: value for (section, key), value in values.items() if section == name}
            given = {k: _convert(f"{name}.{k}", inner[k], v) for k, v in chosen.items()}
            parts[name] = cast("Any", kind)(**given)
        elif ("", name) in values:
            parts[name] = _convert(name, kind, values["", name])
    return Settings(**parts)


def _convert(name: str, kind: Any, value: Any) -> Any:
    """Give `value` the type of its key; strings come from the environment."""
    try:
        if kind is bool:
            return _convert_bool(value)
        if kind in {int, float, str}:
            if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
                raise TypeError  # noqa: TRY301 - one place turns every mismatch into words
            return kind(value)
        if kind == tuple[str, ...]:
            return tuple(_convert(name, str, item) for item in _convert_list(value))
        if kind == tuple[int, ...]:
            return tuple(_convert(name, int, item) for item in _convert_list(value))
        table = json.loads(value) if isinstance(value, str) else value
        return {str(k): _convert(name, str, v) for k, v in dict(table).items()}
    except (ValueError, TypeError) as problem:
        raise ConfigError(f"{name} must be {_WORDS.get(kind, 'a list or a table')}") from problem


def _convert_bool(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in words:
        raise ValueError
    return words[value.lower()]


def _convert_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        parts = json.loads(value) if value.startswith("[") else value.split(",")
        return [part.strip() if isinstance(part, str) else part for part in parts]
    if not isinstance(value, list | tuple):
        raise TypeError
    return list(cast("list[Any]", value))
