"""What members change about their filters."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedi.core.accounts.service import lock_account
from fedi.core.filters.queries import get_filter
from fedi.core.filters.types import ACTIONS, CONTEXTS, Filter, FilterChanges, KeywordChange
from fedi.core.statuses.heads import get_visible
from fedi.events import FiltersChanged
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

LONGEST_TITLE = 256
LONGEST_KEYWORD = 512
# Every page that a member reads is held against all of these.
MOST_FILTERS = 500
# Of one member: each post that they read is searched for each of these.
MOST_KEYWORDS = 500
MOST_STATUSES = 1000
_LONGEST_SECONDS = 100 * 365 * 86_400


async def create_filter(unit: Unit, account_id: int, changes: FilterChanges) -> Filter:
    """A new filter with its keywords.

    Raises:
        Invalid: something about it cannot be.
    """
    _check(changes)
    title = (changes.title or "").strip()
    if not title:
        raise Invalid("Validation failed: Title can't be blank", field="title", code="ERR_BLANK")
    if not changes.contexts:
        raise _wrong_context()
    await lock_account(unit, account_id)
    count = await unit.value("SELECT count(*) FROM filters WHERE account_id = $1", account_id)
    if count >= MOST_FILTERS:
        raise Invalid(f"Validation failed: There are {MOST_FILTERS} filters already")
    filter_id = await unit.new_id()
    await unit.execute(
        "INSERT INTO filters (id, account_id, title, contexts, action, expires_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        filter_id,
        account_id,
        title,
        list(changes.contexts),
        changes.action or "warn",
        changes.expires_at,
        unit.now(),
    )
    await _change_keywords(unit, filter_id, changes.keywords)
    return await _changed(unit, account_id, filter_id)


async def update_filter(
    unit: Unit, account_id: int, filter_id: int, changes: FilterChanges
) -> Filter:
    """Change a filter, and add, change or remove keywords of it.

    Raises:
        NotFound: the member has no such filter, or it no such keyword.
        Invalid: something about it cannot be.
    """
    _check(changes)
    await lock(unit, account_id, filter_id)
    await unit.execute(
        "UPDATE filters SET title = coalesce($2, title), contexts = coalesce($3, contexts),"
        " action = coalesce($4, action), expires_at = CASE WHEN $5 THEN $6::timestamptz"
        " ELSE expires_at END WHERE id = $1",
        filter_id,
        None if changes.title is None else changes.title.strip(),
        None if changes.contexts is None else list(changes.contexts),
        changes.action,
        changes.expiry_given,
        changes.expires_at,
    )
    await _change_keywords(unit, filter_id, changes.keywords)
    return await _changed(unit, account_id, filter_id)


async def delete_filter(unit: Unit, account_id: int, filter_id: int) -> None:
    """Take a filter away.

    Raises:
        NotFound: the member has no such filter.
    """
    await lock(unit, account_id, filter_id)
    await unit.execute("DELETE FROM filters WHERE id = $1", filter_id)
    unit.record(FiltersChanged(account_id))


async def add_status(unit: Unit, account_id: int, filter_id: int, status_id: int) -> Filter:
    """Filter a single post, one that the member can see.

    Raises:
        NotFound: there is no such filter, or no such post.
        Invalid: it is filtered already, or there are too many.
    """
    await lock(unit, account_id, filter_id)
    await get_visible(unit, account_id, status_id)
    count = await unit.value(
        "SELECT count(*) FROM filters f JOIN filter_statuses s ON s.filter_id = f.id"
        " WHERE f.account_id = $1",
        account_id,
    )
    if count >= MOST_STATUSES:
        raise Invalid(f"Validation failed: There are {MOST_STATUSES} posts already")
    inserted = await unit.execute(
        "INSERT INTO filter_statuses (id, filter_id, status_id) VALUES ($1, $2, $3)"
        " ON CONFLICT (filter_id, status_id) DO NOTHING",
        await unit.new_id(),
        filter_id,
        status_id,
    )
    if not inserted:
        raise Invalid("Validation failed: Status has already been taken", code="ERR_TAKEN")
    return await _changed(unit, account_id, filter_id)


async def remove_status(unit: Unit, account_id: int, filter_id: int, entry_id: int) -> None:
    """Do not filter a single post any more."""
    await lock(unit, account_id, filter_id)
    await unit.execute(
        "DELETE FROM filter_statuses WHERE id = $1 AND filter_id = $2", entry_id, filter_id
    )
    unit.record(FiltersChanged(account_id))


async def remove_word(unit: Unit, account_id: int, filter_id: int, keyword_id: int) -> None:
    """Take a keyword away, and its filter with it if that was all there was to it.

    Older apps know a filter as one keyword: to them both are the same.
    """
    await lock(unit, account_id, filter_id)
    await _remove_keywords(unit, filter_id, [keyword_id])
    await unit.execute(
        "DELETE FROM filters f WHERE f.id = $1"
        " AND NOT EXISTS (SELECT 1 FROM filter_keywords k WHERE k.filter_id = f.id)"
        " AND NOT EXISTS (SELECT 1 FROM filter_statuses s WHERE s.filter_id = f.id)",
        filter_id,
    )
    unit.record(FiltersChanged(account_id))


async def lock(unit: Unit, account_id: int, filter_id: int) -> None:
    """Let nobody else change a filter of the member until this transaction ends.

    Raises:
        NotFound: the member has no such filter.
    """
    row = await unit.row(
        "SELECT id FROM filters WHERE id = $1 AND account_id = $2 FOR UPDATE", filter_id, account_id
    )
    if row is None:
        raise NotFound


async def _changed(unit: Unit, account_id: int, filter_id: int) -> Filter:
    unit.record(FiltersChanged(account_id))
    return await get_filter(unit, account_id, filter_id)


def _check(changes: FilterChanges) -> None:
    if changes.title is not None and not changes.title.strip():
        raise Invalid("Validation failed: Title can't be blank", field="title", code="ERR_BLANK")
    if changes.title is not None and len(changes.title) > LONGEST_TITLE:
        raise Invalid(f"Validation failed: Title is too long (maximum is {LONGEST_TITLE})")
    if changes.contexts is not None and (
        not changes.contexts or not set(changes.contexts) <= set(CONTEXTS)
    ):
        raise _wrong_context()
    if changes.action is not None and changes.action not in ACTIONS:
        raise Invalid("Validation failed: Action is not included in the list")
    for change in changes.keywords:
        _check_keyword(change)


def _wrong_context() -> Invalid:
    return Invalid("Validation failed: Context None or invalid context supplied", field="context")


def _check_keyword(change: KeywordChange) -> None:
    if change.remove:
        return
    text = change.keyword
    if (text is None and change.id is None) or (text is not None and not text.strip()):
        raise Invalid("Validation failed: Keywords keyword can't be blank", code="ERR_BLANK")
    if text is not None and len(text) > LONGEST_KEYWORD:
        raise Invalid(f"Validation failed: Keyword is too long (maximum is {LONGEST_KEYWORD})")


async def _change_keywords(unit: Unit, filter_id: int, changes: Sequence[KeywordChange]) -> None:
    known = [c for c in changes if c.id is not None]
    removed = [c.id for c in known if c.remove and c.id is not None]
    if known:
        count = await unit.value(
            "SELECT count(*) FROM filter_keywords WHERE filter_id = $1 AND id = ANY($2::bigint[])",
            filter_id,
            [c.id for c in known],
        )
        if count != len({c.id for c in known}):
            raise NotFound
    if removed:
        await _remove_keywords(unit, filter_id, removed)
    kept = [c for c in known if not c.remove]
    if kept:
        await unit.execute(
            "UPDATE filter_keywords k SET keyword = coalesce(c.keyword, k.keyword),"
            " whole_word = coalesce(c.whole_word, k.whole_word)"
            " FROM unnest($2::bigint[], $3::text[], $4::bool[]) AS c(id, keyword, whole_word)"
            " WHERE k.id = c.id AND k.filter_id = $1",
            filter_id,
            [c.id for c in kept],
            [None if c.keyword is None else c.keyword.strip() for c in kept],
            [c.whole_word for c in kept],
        )
    await _add_keywords(unit, filter_id, [c for c in changes if c.id is None and not c.remove])


async def _add_keywords(unit: Unit, filter_id: int, new: Sequence[KeywordChange]) -> None:
    if not new:
        return
    await unit.execute(
        "INSERT INTO filter_keywords (id, filter_id, keyword, whole_word)"
        " SELECT id, $1, keyword, whole_word"
        " FROM unnest($2::bigint[], $3::text[], $4::bool[]) AS n(id, keyword, whole_word)",
        filter_id,
        await unit.new_ids(len(new)),
        [(c.keyword or "").strip() for c in new],
        [c.whole_word is not False for c in new],
    )
    count = await unit.value(
        "SELECT count(*) FROM filters f JOIN filters o ON o.account_id = f.account_id"
        " JOIN filter_keywords k ON k.filter_id = o.id WHERE f.id = $1",
        filter_id,
    )
    if count > MOST_KEYWORDS:
        raise Invalid(f"Validation failed: There may be {MOST_KEYWORDS} keywords in all filters")


async def _remove_keywords(unit: Unit, filter_id: int, keyword_ids: Sequence[int]) -> None:
    await unit.execute(
        "DELETE FROM filter_keywords WHERE filter_id = $1 AND id = ANY($2::bigint[])",
        filter_id,
        list(keyword_ids),
    )


def expiry(seconds: int, now: datetime) -> datetime | None:
    """When a filter of so many seconds ends; none for zero, which is how apps say "never".

    Raises:
        Invalid: no filter lasts so long.
    """
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise Invalid("Validation failed: Expires in is out of range", field="expires_in")
    return now + timedelta(seconds=seconds) if seconds else None
