"""How other servers fare: the breaker, and in which signature dialect each is addressed first.

Five failures within ten minutes open the breaker: nothing more is claimed for the host (see
`kit.queue`), except that every half hour it is probed. The first success closes it, and so does
anything verified that comes from there: whoever can speak to us can be spoken to. Times are those
of the database, since the claim compares them with its clock.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fedi.kit.unit import ReadUnit, Unit

# The older dialect; RFC 9421; and the same signed with Ed25519, for hosts that verify that.
Dialect = Literal["cavage", "rfc9421", "ed25519"]
DIALECTS: dict[str, Dialect] = {"cavage": "cavage", "rfc9421": "rfc9421", "ed25519": "ed25519"}

FAILURES = 5
_WINDOW = "interval '10 minutes'"
_HELD = "interval '30 minutes'"
# A healthy host is not written down at each delivery.
_QUIET = "interval '1 minute'"

_FAILED = f"""
INSERT INTO hosts AS h (host, failures, failing_since, last_failure_at, last_error, held_until)
SELECT f.host, f.n, now(), now(), f.error, CASE WHEN f.n >= {FAILURES} THEN now() + {_HELD} END
FROM unnest($1::text[], $2::int[], $3::text[]) AS f(host, n, error)
ON CONFLICT (host) DO UPDATE SET
  failures = CASE WHEN h.held_until IS NULL AND coalesce(h.failing_since < now() - {_WINDOW}, true)
    THEN excluded.failures ELSE h.failures + excluded.failures END,
  failing_since = CASE WHEN h.held_until IS NULL
    AND coalesce(h.failing_since < now() - {_WINDOW}, true)
    THEN now() ELSE h.failing_since END,
  last_failure_at = now(), last_error = excluded.last_error,
  held_until = CASE WHEN h.held_until IS NOT NULL OR excluded.failures >= {FAILURES}
      OR (h.failing_since >= now() - {_WINDOW} AND h.failures + excluded.failures >= {FAILURES})
    THEN now() + {_HELD} END
RETURNING h.host, h.held_until IS NOT NULL AS held
"""

_SUCCEEDED = """
WITH held AS (
  SELECT host FROM hosts WHERE host = ANY($1::text[]) AND held_until IS NOT NULL
  ORDER BY host FOR UPDATE
),
told AS (
  INSERT INTO hosts AS h (host, {column}) SELECT n, now() FROM unnest($1::text[]) AS n
  ON CONFLICT (host) DO UPDATE SET failures = 0, failing_since = NULL, held_until = NULL,
    {column} = now()
  WHERE h.failures > 0 OR h.held_until IS NOT NULL OR h.{column} IS NULL
    OR h.{column} < now() - {quiet}
)
SELECT host FROM held
"""
_DELIVERED = _SUCCEEDED.format(column="last_success_at", quiet=_QUIET)
_HEARD = _SUCCEEDED.format(column="last_inbound_at", quiet=_QUIET)


async def succeeded(unit: Unit, hosts: Iterable[str], *, inbound: bool = False) -> list[str]:
    """These hosts took something, or (inbound) sent something that was verified.

    Gives back those whose breaker was open until now: what waits for them can go at once.
    """
    names = sorted(set(hosts))
    if not names:
        return []
    rows = await unit.fetch(_HEARD if inbound else _DELIVERED, names)
    return [row["host"] for row in rows]


async def failed(unit: Unit, failures: Sequence[tuple[str, str]]) -> list[str]:
    """These hosts did not answer, or not sensibly; those whose breaker is open after that."""
    if not failures:
        return []
    counts = Counter(host for host, _ in failures)
    errors = dict(failures)
    names = sorted(counts)
    rows = await unit.fetch(
        _FAILED, names, [counts[name] for name in names], [errors[name][:500] for name in names]
    )
    return [row["host"] for row in rows if row["held"]]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a host wants to be addressed first."""

    dialect: Dialect = "cavage"
    # Whether what is signed of a fetch includes the query.
    signs_query: bool = True


async def find_manner(read: ReadUnit, host: str) -> Manner:
    """How to address a host first; the usual way for one that taught us nothing else."""
    row = await read.row("SELECT dialect, signs_query FROM hosts WHERE host = $1", host)
    if row is None:
        return Manner()
    return Manner(DIALECTS.get(row["dialect"], "cavage"), row["signs_query"])


async def first_knock(unit: Unit, hosts: Iterable[str]) -> None:
    """These hosts let the first dialect in: what pointed to the other one does not count."""
    await unit.execute(
        "UPDATE hosts SET second_knocks = 0 WHERE host IN (SELECT host FROM hosts"
        " WHERE host = ANY($1::text[]) AND second_knocks > 0 ORDER BY host FOR UPDATE)",
        sorted(set(hosts)),
    )


async def second_knock(unit: Unit, host: str, dialect: Dialect) -> None:
    """The host let only a later try in, in this dialect; after two in a row it goes first."""
    await unit.execute(
        "INSERT INTO hosts AS h (host, second_knocks) VALUES ($1, 1)"
        " ON CONFLICT (host) DO UPDATE SET"
        " dialect = CASE WHEN h.second_knocks >= 1 THEN $2 ELSE h.dialect END,"
        " second_knocks = CASE WHEN h.second_knocks >= 1 THEN 0 ELSE h.second_knocks + 1 END",
        host,
        dialect,
    )


async def advertised(unit: Unit, hosts: Iterable[str]) -> None:
    """These hosts have shown or said that they understand the newer dialect: it goes first.

    That counts once. A host that then does not let it in goes back by way of its second knocks,
    and is not believed again.
    """
    names = sorted(set(hosts))
    if names:
        await unit.execute(
            "INSERT INTO hosts AS h (host, dialect, advertises_rfc9421)"
            " SELECT n, 'rfc9421', true FROM unnest($1::text[]) AS n"
            " ON CONFLICT (host) DO UPDATE SET advertises_rfc9421 = true, dialect = 'rfc9421',"
            " second_knocks = 0 WHERE NOT h.advertises_rfc9421",
            names,
        )


async def advertised_ed25519(unit: Unit, hosts: Iterable[str]) -> None:
    """These hosts have said that they verify requests signed with Ed25519: that goes first.

    It is said of the newer dialect, so that they know that as well. This, too, is believed once.
    """
    names = sorted(set(hosts))
    if names:
        await unit.execute(
            "INSERT INTO hosts AS h (host, dialect, advertises_rfc9421, advertises_ed25519)"
            " SELECT n, 'ed25519', true, true FROM unnest($1::text[]) AS n"
            " ON CONFLICT (host) DO UPDATE SET advertises_rfc9421 = true,"
            " advertises_ed25519 = true, dialect = 'ed25519', second_knocks = 0"
            " WHERE NOT h.advertises_ed25519",
            names,
        )


async def learn_query(unit: Unit, host: str, *, signs_query: bool) -> None:
    """Whether the host lets fetches in whose signature covers the query."""
    await unit.execute(
        "INSERT INTO hosts AS h (host, signs_query) VALUES ($1, $2)"
        " ON CONFLICT (host) DO UPDATE SET signs_query = $2 WHERE h.signs_query <> $2",
        host,
        signs_query,
    )


async def forget_manners(unit: Unit) -> int:
    """Hosts with which nothing was exchanged for a month are addressed as if they were new."""
    return await unit.execute(
        "UPDATE hosts SET dialect = 'cavage', second_knocks = 0, signs_query = true,"
        " advertises_rfc9421 = false, advertises_ed25519 = false"
        " WHERE (dialect <> 'cavage' OR NOT signs_query OR advertises_rfc9421)"
        "   AND greatest(last_success_at, last_inbound_at, created_at)"
        "   < now() - interval '30 days'"
    )
