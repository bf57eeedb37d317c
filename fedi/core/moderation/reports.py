"""What members tell the moderators about accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core.statuses.heads import heads
from fedi.events import ReportFiled
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import ReadUnit, Unit

CATEGORIES = ("spam", "legal", "violation", "other")
LONGEST_COMMENT = 1000
MOST_STATUSES = 100


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a member says."""

    target_id: int
    status_ids: Sequence[int] = ()
    rule_ids: Sequence[int] = ()
    category: str = ""
    comment: str = ""
    # Whether the moderators of other servers are to hear of it, and of which ones; none named
    # means that of the account.
    forward: bool = False
    forward_to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is stored."""

    id: int
    account_id: int
    target_id: int
    status_ids: list[int]
    rule_ids: list[int]
    category: str
    comment: str
    forwarded: bool
    created_at: datetime
    resolved_at: datetime | None


_COLUMNS = (
    "id, account_id, target_id, status_ids, rule_ids, category, comment, forwarded, created_at,"
    " resolved_at"
)


async def find_reports(read: ReadUnit, ids: Sequence[int]) -> dict[int, Report]:
    """Reports by id; who may see them is the caller's look-out."""
    if not ids:
        return {}
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM reports WHERE id = ANY($1::bigint[])", list(ids)
    )
    return {row["id"]: Report(*row) for row in rows}


async def file_report(unit: Unit, account_id: int, new: NewReport) -> Report:
    """Tell the moderators about an account and posts of it.

    Raises:
        Invalid: it is too long, or names what cannot be named.
        NotFound: one of the posts is not that account's, or not for the member to see.
    """
    category = new.category or ("violation" if new.rule_ids else "other")
    if category not in CATEGORIES:
        raise Invalid("Validation failed: Category is not included in the list", field="category")
    if len(new.comment) > LONGEST_COMMENT:
        raise Invalid(
            f"Validation failed: Comment is too long (maximum is {LONGEST_COMMENT} characters)",
            field="comment",
            code="ERR_TOO_LONG",
        )
    if new.target_id == account_id:
        raise Invalid("Validation failed: You cannot report yourself", field="account_id")
    status_ids = await _check_statuses(unit, account_id, new)
    rule_ids = await _check_rules(unit, new.rule_ids) if category == "violation" else []
    domains = await _find_domains(unit, new) if new.forward else []
    rows = await unit.fetch(
        "INSERT INTO reports (id, account_id, target_id, status_ids, rule_ids, category, comment,"
        " created_at, forwarded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        f" RETURNING {_COLUMNS}",
        await unit.new_id(),
        account_id,
        new.target_id,
        status_ids,
        rule_ids,
        category,
        new.comment,
        unit.now(),
        bool(domains),
    )
    report = Report(*rows[0])
    unit.record(ReportFiled(report.id, account_id, report.target_id, tuple(domains)))
    return report


_DOMAINS = """
SELECT lower(a.domain) FROM accounts a WHERE a.id = $1 AND a.domain IS NOT NULL
UNION
SELECT lower(p.domain) FROM statuses s JOIN accounts p ON p.id = s.in_reply_to_account_id
WHERE s.id = ANY($2::bigint[]) AND s.account_id = $1 AND p.domain IS NOT NULL
  AND lower(p.domain) = ANY($3::text[])
UNION
SELECT lower(g.domain) FROM statuses s JOIN accounts g ON g.id = s.group_id
WHERE s.id = ANY($2::bigint[]) AND s.account_id = $1 AND g.domain IS NOT NULL
"""


async def _find_domains(unit: Unit, new: NewReport) -> list[str]:
    """Whom it may be passed on to: the account's server, its groups', and that of the answered.

    Of these only those that the member has named, if they have named any.
    """
    named = {domain.strip().lower() for domain in new.forward_to if domain.strip()}
    rows = await unit.fetch(_DOMAINS, new.target_id, list(new.status_ids), list(named))
    return sorted(row[0] for row in rows if not named or row[0] in named)


async def _check_statuses(unit: Unit, account_id: int, new: NewReport) -> list[int]:
    wanted = list(dict.fromkeys(new.status_ids))
    if len(wanted) > MOST_STATUSES:
        raise Invalid(f"Validation failed: At most {MOST_STATUSES} posts can be named")
    found = await heads(unit, account_id, wanted)
    seen = {head.id for head in found if head.account_id == new.target_id}
    if not seen.issuperset(wanted):
        raise NotFound
    return wanted


async def _check_rules(unit: Unit, rule_ids: Sequence[int]) -> list[int]:
    wanted = list(dict.fromkeys(rule_ids))
    rows = await unit.fetch("SELECT id FROM rules WHERE id = ANY($1::bigint[])", wanted)
    if len(rows) != len(wanted):
        raise Invalid("Validation failed: Rules reference invalid rules", field="rule_ids")
    return wanted
