"""Hashtags: the index of posts by tag, and what members follow and feature."""

from collections.abc import Sequence

from fedi.core.accounts.service import lock_account
from fedi.core.tags.queries import list_featured
from fedi.core.tags.types import MAX_FEATURED, MAX_FOLLOWED, FeaturedTag
from fedi.events import TagFollowed, TagUnfollowed
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

# Posts that are deleted meanwhile are passed over; the lock holds the others until we are done.
_INDEX = """
WITH posts AS MATERIALIZED (
  SELECT s.id, s.account_id, s.tags FROM statuses s WHERE s.id = ANY($1::bigint[])
    AND s.visibility = 0 AND s.reblog_of_id IS NULL AND s.tags <> '[]'::jsonb
  ORDER BY s.id FOR KEY SHARE
), named AS MATERIALIZED (
  SELECT t.name, p.id, p.account_id FROM posts p
  CROSS JOIN LATERAL jsonb_array_elements_text(p.tags) AS t(name)
), indexed AS (
  INSERT INTO status_tags (name, status_id, account_id)
  SELECT n.name, n.id, n.account_id FROM named n ORDER BY 1, 2
  ON CONFLICT (name, status_id) DO NOTHING
)
SELECT DISTINCT n.name FROM named n
WHERE NOT EXISTS (SELECT 1 FROM tags t WHERE t.name = n.name) ORDER BY 1
"""


async def index_posts(unit: Unit, status_ids: Sequence[int]) -> None:
    """Make public posts findable by their hashtags."""
    if status_ids:
        rows = await unit.fetch(_INDEX, list(status_ids))
        await _remember(unit, [row[0] for row in rows])


async def reindex_posts(unit: Unit, status_ids: Sequence[int]) -> None:
    """The same for edited posts, which may have lost hashtags."""
    if status_ids:
        await unit.execute(
            "DELETE FROM status_tags t USING statuses s"
            " WHERE t.status_id = ANY($1::bigint[]) AND s.id = t.status_id AND NOT s.tags ? t.name",
            list(status_ids),
        )
        await index_posts(unit, status_ids)


async def _remember(unit: Unit, names: Sequence[str]) -> None:
    """Give hashtags that nobody has used before an id."""
    if names:
        await unit.execute(
            "INSERT INTO tags (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])"
            " ON CONFLICT (name) DO NOTHING",
            await unit.new_ids(len(names)),
            sorted(names),
        )


async def follow_tag(unit: Unit, account_id: int, name: str) -> None:
    """Let public posts with a hashtag come home; doing it again changes nothing.

    Raises:
        Invalid: the member follows as many as one may.
    """
    count = await _count(unit, "tag_follows", account_id, name)
    if count is None:
        return
    if count >= MAX_FOLLOWED:
        raise Invalid("Validation failed: You have reached the maximum number of followed hashtags")
    await _remember(unit, [name])
    await _insert(unit, "tag_follows", account_id, name)
    unit.record(TagFollowed(account_id, name))


async def unfollow_tag(unit: Unit, account_id: int, name: str) -> None:
    """No longer follow a hashtag."""
    if await unit.execute(
        "DELETE FROM tag_follows WHERE account_id = $1 AND name = $2", account_id, name
    ):
        unit.record(TagUnfollowed(account_id, name))


async def feature_tag(unit: Unit, account_id: int, name: str) -> FeaturedTag:
    """Show a hashtag on one's profile; doing it again changes nothing.

    Raises:
        Invalid: the member features as many as one may.
    """
    count = await _count(unit, "featured_tags", account_id, name)
    if count is not None:
        if count >= MAX_FEATURED:
            raise Invalid(
                "Validation failed: You have already featured the maximum number of hashtags"
            )
        await _remember(unit, [name])
        await _insert(unit, "featured_tags", account_id, name)
    found = await list_featured(unit, account_id)
    return next(featured for featured in found if featured.name == name)


async def unfeature_tag(unit: Unit, account_id: int, name: str) -> None:
    """Take a hashtag from one's profile, if it is there."""
    await unit.execute(
        "DELETE FROM featured_tags WHERE account_id = $1 AND name = $2", account_id, name
    )


async def delete_featured(unit: Unit, account_id: int, featured_id: int) -> None:
    """Take a hashtag from one's profile, by the id that it has there.

    Raises:
        NotFound: it is not there.
    """
    if not await unit.execute(
        "DELETE FROM featured_tags WHERE account_id = $1 AND id = $2", account_id, featured_id
    ):
        raise NotFound


async def forget_accounts(unit: Unit, account_ids: Sequence[int]) -> None:
    """Accounts that are gone follow and feature nothing."""
    for table in ("tag_follows", "featured_tags"):
        await unit.execute(
            f"DELETE FROM {table} WHERE account_id = ANY($1::bigint[])", list(account_ids)
        )


async def _count(unit: Unit, table: str, account_id: int, name: str) -> int | None:
    """How many the member has; None if this one is among them."""
    await lock_account(unit, account_id)
    row = await unit.row(
        f"SELECT count(*), count(*) FILTER (WHERE name = $2) FROM {table} WHERE account_id = $1",
        account_id,
        name,
    )
    return None if row is None or row[1] else row[0]


async def _insert(unit: Unit, table: str, account_id: int, name: str) -> None:
    await unit.execute(
        f"INSERT INTO {table} (id, account_id, name) VALUES ($1, $2, $3)",
        await unit.new_id(),
        account_id,
        name,
    )
