"""Reference pages, each made from the definition of what it documents.

    python -m tests.architecture.reference

writes docs/commands.md, docs/routes.md, docs/metrics.md and FEDERATION.md.

A test compares the pages with what would be written.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from fedi.api.routes import ROUTES
from fedi.cli import _build_parser
from fedi.federation.routes import DOCUMENTS, OPEN
from fedi.kit.metrics import BUCKETS, CATALOGUE
from fedi.streaming.endpoint import SSE_PATHS
from tests.architecture.checklist import render_federation

DOCS = Path(__file__).parents[2] / "docs"
_COMMON = {"help", "data", "config", "domain"}


def render_commands() -> str:
    """Every command and flag."""
    lines = [
        "# Commands",
        "",
        "Every command takes `--data DIR` (or `FEDI_DATA`), `--config FILE` and `--domain DOMAIN`.",
        "",
    ]
    for name, parser, about in _parsers(_build_parser(None), "fedi", ""):
        lines += [f"## `{name}`", "", about or "", ""]
        for action in parser._actions:
            if action.help == argparse.SUPPRESS or action.dest in _COMMON:
                continue
            if isinstance(action, argparse._SubParsersAction):
                continue
            label = ", ".join(action.option_strings) or action.dest.upper()
            lines.append(f"- `{label}` {action.help or ''}".rstrip())
        lines.append("")
    return _tidy(lines)


def _parsers(
    parser: argparse.ArgumentParser, name: str, about: str
) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield name, parser, about
    for group in groups:
        words = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for word, child in group.choices.items():
            yield from _parsers(child, f"{name} {word}", words.get(word, ""))


def render_routes() -> str:
    """Every address."""
    lines = [
        "# Routes",
        "",
        "## Client API",
        "",
        "Who may call: `open` no token is looked at, `anyone` a token is not needed, `app` any",
        "token, `member` the token of a member. One of the scopes is enough.",
        "",
        "| method | path | who | scopes | |",
        "|---|---|---|---|---|",
    ]
    for route in sorted(ROUTES, key=lambda r: (r.path, r.method)):
        about = (route.handler.__doc__ or "").split("\n")[0]
        lines.append(
            f"| {route.method} | `{route.path}` | {route.who.value} |"
            f" {' '.join(f'`{scope}`' for scope in route.scopes)} | {about} |"
        )
    lines += ["", "## Streaming", "", "- `/api/v1/streaming` WebSocket, many streams on one socket"]
    lines += [f"- `{path}` event stream of `{name}`" for path, name in SSE_PATHS.items()]
    lines += [
        "",
        "## Other servers",
        "",
        "- `/inbox`, `/actor/inbox`, `/ap/users/{id}/inbox` (POST)",
    ]
    lines += [f"- `{document.path}`" for document in DOCUMENTS]
    lines += [f"- `{path}`" for path, _ in OPEN]
    lines += [
        "",
        "## Pages and machines",
        "",
        "- `/`, `/@{name}`, `/@{name}/{id}`, `/tags/{name}`, `/static/{file}`",
        "- `/authorize_interaction` where other servers send people who want to follow from here",
        "- `/auth/sign_in`, `/auth/sign_out`, `/oauth/authorize`, `/oauth/authorize/native`",
        "- `/setup/{token}` the one-time page for the first account",
        "- `/livez`, `/readyz`, `/health`, `/metrics`",
        "",
    ]
    return _tidy(lines)


def render_metrics() -> str:
    """Every metric."""
    lines = [
        "# Metrics",
        "",
        "`/metrics` answers in the text format of Prometheus when `metrics.enabled` is set. Each",
        "web process answers for itself; figures about the queues and accounts come from the",
        "database and are the same everywhere. Dots in names become underscores, counters end in",
        "`_total`. No figure is labelled with a remote host: hosts are shown by",
        "`fedi delivery hosts`.",
        "",
        "| metric | kind | what it says |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {kind} | {about} |" for name, (kind, about) in CATALOGUE.items()]
    lines += ["", f"Buckets of histograms, in seconds: {', '.join(map(str, BUCKETS))}.", ""]
    return _tidy(lines)


def _tidy(lines: list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": render_commands,
    "routes.md": render_routes,
    "metrics.md": render_metrics,
}

if __name__ == "__main__":
    for name, render in PAGES.items():
        (DOCS / name).write_text(render())
    (DOCS.parent / "FEDERATION.md").write_text(render_federation())
