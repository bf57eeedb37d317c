"""Posts of conversations that are named and cannot be had: remembered with the reason."""

from collections.abc import Mapping, Sequence

from fedi.kit.errors import FediError, RemoteDown, RemoteGone, RemoteNonsense, RemoteRefused
from fedi.kit.unit import ReadUnit, Unit

DELETED = "deleted"
DOWN = "not available"

# What is gone stays gone; a refusal may be a matter of days; who is down is asked more and more
# rarely, from after five minutes to after six hours.
_FRESH = f"""
SELECT m.uri FROM missing_posts m WHERE m.uri = ANY($1::text[]) AND (m.reason = '{DELETED}'
  OR m.tried_at > $2::timestamptz - CASE WHEN m.reason = '{DOWN}'
    THEN least(interval '5 minutes' * power(2, least(m.attempts, 12) - 1), interval '6 hours')
    ELSE interval '1 day' END)
"""
_REMEMBER = """
INSERT INTO missing_posts (uri, conversation_id, reason, attempts, tried_at)
SELECT u, $3, r, 1, $4 FROM unnest($1::text[], $2::text[]) AS m(u, r)
ON CONFLICT (uri) DO UPDATE SET conversation_id = excluded.conversation_id,
  reason = excluded.reason, attempts = missing_posts.attempts + 1, tried_at = excluded.tried_at
"""


def reason_of(problem: FediError) -> str:
    """Why a post cannot be had, in a word or two."""
    match problem:
        case RemoteGone():
            return DELETED if problem.permanent else "not found"
        case RemoteRefused():
            return "refused"
        case RemoteDown():
            return DOWN
        case RemoteNonsense():
            return "unreadable"
        case _:
            return "not found"


async def find_hopeless(read: ReadUnit, uris: Sequence[str]) -> set[str]:
    """Those that were asked for in vain lately, or were deleted."""
    if not uris:
        return set()
    rows = await read.fetch(_FRESH, list(uris), read.now())
    return {row[0] for row in rows}


async def remember_missing(unit: Unit, conversation_id: int, reasons: Mapping[str, str]) -> None:
    """Remember posts that cannot be had, by uri with the reason."""
    if reasons:
        uris = sorted(reasons)
        await unit.execute(
            _REMEMBER, uris, [reasons[uri] for uri in uris], conversation_id, unit.now()
        )


async def forget_missing(unit: Unit, uris: Sequence[str]) -> None:
    """They are here now."""
    if uris:
        await unit.execute("DELETE FROM missing_posts WHERE uri = ANY($1::text[])", list(uris))
