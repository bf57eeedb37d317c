"""What every command is given: its flags, the settings, and the databases when it asks for them."""

import argparse
import contextlib
import dataclasses
import os
import sys
from collections.abc import Callable, Coroutine, Generator
from functools import cached_property
from pathlib import Path
from typing import Any

from fedi.config import ConfigError, Settings, load_settings
from fedi.embedded.home import Home
from fedi.embedded.services import borrow_services

_FLAGS = {
    "domain": "domain",
    "public_url": "public_url",
    "bind": "bind",
    "tls_cert": "web.tls_cert",
    "tls_key": "web.tls_key",
}


class Context:
    """One run of one command."""

    def __init__(self, args: argparse.Namespace, *, entry: str = "fedi") -> None:
        self.args = args
        self.entry = entry

    def flag(self, name: str, default: Any = None) -> Any:
        """A flag that this command may lack or that may not have been given."""
        return getattr(self.args, name, default)

    @cached_property
    def home(self) -> Home:
        """The data directory: `--data`, `FEDI_DATA`, the settings' `data`, or `data` right here."""
        named = self.flag("data") or os.environ.get("FEDI_DATA")
        if not named and self._named_config:
            named = load_settings(self._named_config).data
        home = Home(Path(named or "data"))
        home.refuse_strangers()
        return home

    @property
    def _named_config(self) -> Path | None:
        named = self.flag("config") or os.environ.get("FEDI_CONFIG")
        return Path(named).absolute() if named else None

    @cached_property
    def config_file(self) -> Path | None:
        """`--config`, `FEDI_CONFIG`, or `fedi.toml` in the data directory if there is one."""
        if self._named_config:
            return self._named_config
        usual = self.home.path / "fedi.toml"
        return usual if usual.exists() else None

    @cached_property
    def given(self) -> Settings:
        """The settings as they were written: file, environment, flags."""
        given = {to: self.flag(name) for name, to in _FLAGS.items() if self.flag(name) is not None}
        return load_settings(self.config_file, overrides=given)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with what the data directory was started as where nothing else is said."""
        settings, known = self.given, self.home.identity()
        if not settings.domain and known.get("domain"):
            handles = settings.handle_domain or known.get("handle_domain", "")
            settings = dataclasses.replace(settings, domain=known["domain"], handle_domain=handles)
        if not settings.domain:
            raise ConfigError(
                f"no domain: {self.home.path} has not been started yet, and neither --domain nor "
                "`domain` in the settings names one"
            )
        if not settings.public_url and known.get("domain") == settings.domain:
            settings = dataclasses.replace(settings, public_url=known.get("origin", ""))
        return dataclasses.replace(settings, data=str(self.home.path.absolute()))

    @contextlib.contextmanager
    def services(self) -> Generator[Settings]:
        """Settings whose databases answer and are up to date.

        Joins a running server of this data directory, or starts the embedded ones for the while.
        """
        from fedi.cli.schema import ensure_current

        with borrow_services(self.home, self.settings) as settings:
            ensure_current(settings)
            yield settings

    def run(self, work: Callable[[Settings], Coroutine[Any, Any, int | None]]) -> int:
        """Run `await work(settings)` with the databases at hand."""
        import asyncio

        with self.services() as settings:
            return asyncio.run(work(settings)) or 0

    def child(self, *words: str) -> list[str]:
        """The command line that runs another `fedi` command like this one, on the same data.

        The entry module travels in the code: no variable of the environment can change it.
        """
        config = ["--config", str(self.config_file)] if self.config_file else []
        start = [sys.executable, "-P", "-m", self.entry, *words]
        return [*start, "--data", str(self.home.path), *config]
