"""The servers that we talk to, where we keep to a list (`allow_list` in the settings)."""

from dataclasses import dataclass
from datetime import datetime

from fedi.core.domains.service import check_domain
from fedi.kit.errors import NotFound
from fedi.kit.paging import Page
from fedi.kit.unit import ReadUnit, Unit

_COLUMNS = "id, domain, comment, created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAllow:
    """A server, and everything below its name, that we talk to."""

    id: int
    domain: str
    comment: str
    created_at: datetime


async def allow(unit: Unit, domain: str, comment: str = "", *, own: str = "") -> DomainAllow:
    """Put a domain on the list.

    Raises:
        Invalid: it is no domain, or ours.
    """
    rows = await unit.fetch(
        "INSERT INTO domain_allows (domain, comment, created_at, id) VALUES ($1, $2, $3, $4)"
        f" ON CONFLICT (domain) DO UPDATE SET comment = excluded.comment RETURNING {_COLUMNS}",
        check_domain(domain, own),
        comment,
        unit.now(),
        await unit.new_id(),
    )
    return DomainAllow(**rows[0])


async def disallow(unit: Unit, domain: str) -> None:
    """Take a domain from the list.

    Raises:
        NotFound: it is not on it.
    """
    gone = await unit.fetch(
        "DELETE FROM domain_allows WHERE domain = $1 RETURNING id", check_domain(domain)
    )
    if not gone:
        raise NotFound(f"{domain} is not on the list")


async def get_allow(read: ReadUnit, allow_id: int) -> DomainAllow:
    """The entry with this id.

    Raises:
        NotFound: there is none.
    """
    row = await read.row(f"SELECT {_COLUMNS} FROM domain_allows WHERE id = $1", allow_id)
    if row is None:
        raise NotFound
    return DomainAllow(**row)


async def list_allows(read: ReadUnit) -> list[DomainAllow]:
    """The whole list, by name."""
    rows = await read.fetch(f"SELECT {_COLUMNS} FROM domain_allows ORDER BY domain")
    return [DomainAllow(**row) for row in rows]


async def page_allows(read: ReadUnit, page: Page) -> list[DomainAllow]:
    """A page of the list, the newest first."""
    bounds, values = page.bounds_sql("id", 1)
    rows = await read.fetch(
        f"SELECT {_COLUMNS} FROM domain_allows WHERE true{bounds}"
        f" ORDER BY id {page.direction} LIMIT {int(page.limit)}",
        *values,
    )
    return page.newest_first([DomainAllow(**row) for row in rows])
