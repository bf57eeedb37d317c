"""Versions of a post: what it was goes to `status_edits`, the row becomes what it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.core.statuses.content import Content, as_json
from fedi.kit.unit import Unit


@dataclass(frozen=True, slots=True)
class Revision:
    """The new content of a post, and what an author typed for it (empty for remote ones)."""

    status_id: int
    content: Content
    text: str = ""
    # None leaves no mark that the post was edited.
    edited_at: datetime | None = None
    content_type: str = "text/plain"


_KEEP = """
INSERT INTO status_edits
  (id, status_id, content, text, spoiler_text, sensitive, attachments, emojis, poll_options,
   created_at)
SELECT k.id, s.id, s.content, s.text, s.spoiler_text, s.sensitive, s.attachments, s.emojis,
  (SELECT to_jsonb(p.options) FROM polls p WHERE p.id = s.poll_id),
  coalesce(s.edited_at, s.created_at)
FROM unnest($1::bigint[], $2::bigint[]) AS k(id, status_id)
JOIN statuses s ON s.id = k.status_id
"""
_CHANGE = """
UPDATE statuses s SET content = r.content, text = r.text, spoiler_text = r.spoiler_text,
  sensitive = r.sensitive, language = r.language, attachments = r.attachments::jsonb,
  emojis = r.emojis::jsonb, tags = r.tags::jsonb, edited_at = coalesce(r.edited_at, s.edited_at),
  content_type = r.content_type, revision = s.revision + 1
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::text[], $7::text[],
  $8::text[], $9::text[], $10::timestamptz[], $11::text[])
  AS r(id, content, text, spoiler_text, sensitive, language, attachments, emojis, tags, edited_at,
    content_type)
WHERE s.id = r.id
"""


async def write_revisions(unit: Unit, revisions: Sequence[Revision]) -> None:
    """Store new versions; the rows are locked by the caller."""
    if not revisions:
        return
    marked = [revision for revision in revisions if revision.edited_at is not None]
    await unit.execute(
        _KEEP,
        await unit.new_ids(len(marked)),
        [revision.status_id for revision in marked],
    )
    content = [revision.content for revision in revisions]
    await unit.execute(
        _CHANGE,
        [revision.status_id for revision in revisions],
        [item.content for item in content],
        [revision.text for revision in revisions],
        [item.spoiler_text for item in content],
        [item.sensitive for item in content],
        [item.language for item in content],
        [as_json(item.attachments) for item in content],
        [as_json(item.emojis) for item in content],
        [as_json(item.tags) for item in content],
        [revision.edited_at for revision in revisions],
        [revision.content_type for revision in revisions],
    )


async def replace_mentions(unit: Unit, status_id: int, account_ids: Sequence[int]) -> None:
    """Name these accounts; who was named before keeps the right to read, unnamed."""
    await unit.execute(
        "UPDATE status_mentions SET silent = NOT (account_id = ANY($2::bigint[]))"
        " WHERE status_id = $1 AND silent = (account_id = ANY($2::bigint[]))",
        status_id,
        list(account_ids),
    )
    await unit.execute(
        "INSERT INTO status_mentions (status_id, account_id, silent)"
        " SELECT $1, a, false FROM unnest($2::bigint[]) AS a"
        " ON CONFLICT (status_id, account_id) DO NOTHING",
        status_id,
        sorted(set(account_ids)),
    )
