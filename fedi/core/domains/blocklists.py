"""Rules about other servers as a file that admins pass on: CSV as Mastodon writes and reads it."""

import csv
import io
from collections.abc import Sequence

from fedi.core.domains.policy import SEVERITIES, SUSPEND
from fedi.core.domains.service import DomainBlock, Rule
from fedi.kit.errors import Invalid

# Far more than any list that is passed around.
MAX_ROWS = 100_000
_HEADINGS = (
    "#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate",
)  # fmt: skip


def write_csv(blocks: Sequence[DomainBlock]) -> str:
    """The rules as CSV; what is for admins alone stays here."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_HEADINGS)
    for block in blocks:
        rows.writerow(
            (
                block.domain, block.severity, block.reject_media, block.reject_reports,
                block.public_comment, block.obfuscate,
            )
        )  # fmt: skip
    return text.getvalue()


def read_csv(text: str) -> list[tuple[str, Rule]]:
    """Domains and their rules. A file without headings is a plain list of domains.

    Raises:
        Invalid: it is no such file; says which line.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row and row[0].strip()]
    except csv.Error as problem:
        raise Invalid(f"this is no CSV file: {problem}") from problem
    if len(rows) > MAX_ROWS:
        raise Invalid(f"more than {MAX_ROWS} rules")
    if not rows:
        return []
    first = [cell.strip().lower().lstrip("\ufeff#") for cell in rows[0]]
    if "domain" not in first:
        return [(row[0].strip(), Rule()) for row in rows if not row[0].startswith("#")]
    return [
        _read_row(number, dict(zip(first, row, strict=False)))
        for number, row in enumerate(rows[1:], 2)
    ]


def _read_row(number: int, cells: dict[str, str]) -> tuple[str, Rule]:
    severity = cells.get("severity", "").strip().lower() or SUSPEND
    if severity not in SEVERITIES:
        raise Invalid(f"line {number}: {severity!r} is not one of {', '.join(SEVERITIES)}")
    return cells["domain"].strip(), Rule(
        severity=severity,
        reject_media=_flag(cells, "reject_media"),
        reject_reports=_flag(cells, "reject_reports"),
        obfuscate=_flag(cells, "obfuscate"),
        public_comment=cells.get("public_comment", "").strip(),
    )


def _flag(cells: dict[str, str], name: str) -> bool:
    return cells.get(name, "").strip().lower() in {"true", "1", "yes", "t"}
