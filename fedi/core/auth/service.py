"""Whose token is this? One statement, remembered for less than a second.

A revoked token is therefore refused everywhere within a second, without any message between
processes; open streams are closed by the reaction to `AccessRevoked`.
"""

from weakref import WeakKeyDictionary

import asyncpg

from fedi.core.auth.standing import NO_USER, hash_token, problem_of
from fedi.core.auth.types import Viewer
from fedi.kit.clock import clock
from fedi.kit.errors import Forbidden, Invalid
from fedi.kit.runtime import Runtime

_SECONDS = 0.8
_KEPT = 20_000
_Cache = dict[bytes, tuple[float, Viewer]]
# Two runtimes may live in one interpreter, so each has a cache of its own.
_caches: WeakKeyDictionary[Runtime, _Cache] = WeakKeyDictionary()

_FIND = """
SELECT t.id AS token_id, t.application_id, t.scopes, t.user_id, u.role, u.locale, u.settings,
  u.confirmed_at, u.approved_at, u.disabled_at, u.account_id, a.username, a.suspended_at,
  a.deleted_at
FROM access_tokens t
LEFT JOIN users u ON u.id = t.user_id
LEFT JOIN accounts a ON a.id = u.account_id
WHERE t.token_hash = $1 AND t.revoked_at IS NULL
"""


async def find_viewer(runtime: Runtime, token: str) -> Viewer | None:
    """Who a token speaks for; None for a token that is unknown or revoked.

    Look at `problem` (or call `require_user`) before letting a member do anything.
    """
    cache = _caches.get(runtime)
    if cache is None:
        cache = _caches.setdefault(runtime, {})
    hashed = hash_token(token)
    moment = clock.monotonic()
    kept = cache.get(hashed)
    if kept is not None and kept[0] > moment:
        return kept[1]
    row = await runtime.db.row(_FIND, hashed)
    if row is None or row["deleted_at"] is not None:
        cache.pop(hashed, None)
        return None
    viewer = _build_viewer(row)
    if len(cache) >= _KEPT:
        cache.clear()
    # Counted from before the question, so that nothing lives longer than it should.
    cache[hashed] = (moment + _SECONDS, viewer)
    return viewer


def require_user(viewer: Viewer | None) -> int:
    """The account of a member who may act.

    Raises:
        Invalid: the token belongs to an app, not to a person (422).
        Forbidden: the member may not do anything just now.
    """
    if viewer is None or viewer.account_id is None:
        raise Invalid(NO_USER)
    if viewer.problem:
        raise Forbidden(viewer.problem)
    return viewer.account_id


def _build_viewer(row: asyncpg.Record) -> Viewer:
    scopes = frozenset(row["scopes"].split())
    if row["user_id"] is None:
        return Viewer(None, None, row["token_id"], row["application_id"], scopes)
    return Viewer(
        account_id=row["account_id"],
        user_id=row["user_id"],
        token_id=row["token_id"],
        application_id=row["application_id"],
        scopes=scopes,
        role=row["role"],
        username=row["username"],
        locale=row["locale"],
        settings=row["settings"],
        problem=problem_of(row),
    )
