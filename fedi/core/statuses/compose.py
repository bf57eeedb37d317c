"""What members write: posting, editing, taking back."""

from dataclasses import dataclass
from datetime import timedelta

from fedi.config import Settings
from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.statuses.content import MAX_TAG_LENGTH, MAX_TAGS, Content
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.edits import Revision, replace_mentions, write_revisions
from fedi.core.statuses.heads import get_visible
from fedi.core.statuses.policy import DIRECT, PUBLIC
from fedi.core.statuses.prepare import prepare
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.removal import remove
from fedi.core.statuses.threading import Parent
from fedi.core.statuses.types import Deleted, NewStatus, Prepared, StatusChanges
from fedi.events import StatusCreated, StatusEdited
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.text import character_count, hashtag_key, render_plain
from fedi.kit.unit import Unit

KEY_LIFETIME = timedelta(hours=1)


async def create(
    unit: Unit,
    settings: Settings,
    author: Account,
    new: NewStatus,
    prepared: Prepared,
    *,
    idempotency: tuple[str, bytes] | None = None,
) -> int:
    """Store a member's post, put it into their own feed, record StatusCreated; its id.

    With an idempotency key (key, hash of the request) the post is made once: parallel requests
    wait for the first one and get its post.

    Raises:
        Invalid: no text, too much of it, or the key was used for another request.
        NotFound: the post that is answered is not there for the author.
    """
    if idempotency is not None:
        earlier = await _claim_key(unit, author.id, *idempotency)
        if earlier is not None:
            return earlier
    _check_length(settings, new.text, new.spoiler_text)
    if not PUBLIC <= new.visibility <= DIRECT:
        raise Invalid("Validation failed: Visibility is not included in the list")
    parent = await _find_parent(unit, author.id, new.in_reply_to_id)
    status_id = await unit.new_id()
    rendered = render(settings, new.text, prepared)
    await _insert(unit, settings.origin, author, new, rendered, parent, status_id=status_id)
    await replace_mentions(unit, status_id, sorted(rendered.mentioned - {author.id}))
    tally = Tally()
    tally.status(author.id, new.visibility, 1, unit.now())
    tally.reply(parent.id if parent else None, new.visibility)
    await tally.write(unit)
    # Read your writes: the author's feed has the post before the answer leaves.
    await unit.execute(
        "INSERT INTO home_entries (account_id, status_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        author.id,
        status_id,
    )
    if idempotency is not None:
        await unit.execute(
            "UPDATE idempotency_keys SET status_id = $3 WHERE account_id = $1 AND key = $2",
            author.id,
            idempotency[0],
            status_id,
        )
    unit.record(StatusCreated(status_id, author.id, local=True))
    return status_id


async def _claim_key(unit: Unit, account_id: int, key: str, body_hash: bytes) -> int | None:
    """Take the key for this request, or give the post that was made with it.

    A parallel request stands still at the insert until the first one has committed or failed.
    """
    now = unit.now()
    taken = await unit.execute(
        "INSERT INTO idempotency_keys (account_id, key, body_hash, created_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, key) DO UPDATE SET"
        " body_hash = excluded.body_hash, status_id = NULL, created_at = excluded.created_at"
        " WHERE idempotency_keys.created_at < $5",
        account_id,
        key,
        body_hash,
        now,
        now - KEY_LIFETIME,
    )
    if taken:
        return None
    row = await unit.row(
        "SELECT body_hash, status_id FROM idempotency_keys WHERE account_id = $1 AND key = $2",
        account_id,
        key,
    )
    if row is None or row["status_id"] is None:
        raise NotFound
    if row["body_hash"] != body_hash:
        raise Invalid("Idempotency-Key was already used with another request")
    return row["status_id"]


def _check_length(settings: Settings, text: str, spoiler_text: str) -> None:
    if not text.strip() and not spoiler_text.strip():
        raise Invalid("Validation failed: Text can't be blank", field="text", code="ERR_BLANK")
    most = settings.instance.max_characters
    if character_count(text) + character_count(spoiler_text) > most:
        raise Invalid(
            f"Validation failed: Text character limit of {most} exceeded",
            field="text",
            code="ERR_TOO_LONG",
        )


@dataclass(frozen=True, slots=True)
class _Answered(Parent):
    """The post that is answered, as a reply needs it."""

    uri: str
    context_uri: str | None


async def _find_parent(unit: Unit, author_id: int, status_id: int | None) -> _Answered | None:
    if status_id is None:
        return None
    head = await get_visible(unit, author_id, status_id)
    row = await unit.row(
        "SELECT id, account_id, uri, context_uri FROM statuses WHERE id = $1 FOR KEY SHARE",
        head.reblog_of_id or head.id,
    )
    if row is None:
        raise NotFound
    return _Answered(*row)


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A member's text as HTML, its hashtags, and whom it mentions."""

    html: str
    tags: list[str]
    mentioned: set[int]


def render(settings: Settings, text: str, prepared: Prepared) -> RenderedText:
    """What a member's text becomes."""
    links = {key: (a.url or a.uri, a.username) for key, a in prepared.mentions.items()}
    rendered = render_plain(text, links, lambda tag: urls.tag_url(settings.origin, tag))
    tags = dict.fromkeys(hashtag_key(tag) for tag in rendered.hashtags)
    return RenderedText(
        rendered.html,
        [tag for tag in tags if len(tag) <= MAX_TAG_LENGTH][:MAX_TAGS],
        {prepared.mentions[key].id for key in rendered.mentions_found},
    )


async def _insert(
    unit: Unit,
    origin: str,
    author: Account,
    new: NewStatus,
    rendered: RenderedText,
    parent: _Answered | None,
    *,
    status_id: int,
) -> None:
    await unit.execute(
        "INSERT INTO statuses (id, uri, url, account_id, local, visibility, in_reply_to_id,"
        " in_reply_to_account_id, in_reply_to_uri, context_uri, content, text, spoiler_text,"
        " sensitive, language, tags, application_id, created_at)"
        " VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
        " $17)",
        status_id,
        urls.status_uri(origin, author.id, status_id),
        urls.status_url(origin, author.username, status_id),
        author.id,
        new.visibility,
        parent.id if parent else None,
        parent.account_id if parent else None,
        parent.uri if parent else None,
        parent.context_uri if parent else urls.context_uri(origin, status_id),
        rendered.html,
        scrub_text(new.text),
        scrub_text(new.spoiler_text),
        new.sensitive or bool(new.spoiler_text),
        new.language,
        rendered.tags,
        new.application_id,
        unit.now(),
    )


async def edit(
    unit: Unit,
    settings: Settings,
    author: Account,
    status_id: int,
    changes: StatusChanges,
    prepared: Prepared,
) -> None:
    """Replace text and warning of a member's own post; records StatusEdited if anything changed.

    Raises:
        NotFound: no such post of this author.
        Invalid: no text, or too much of it.
    """
    row = await unit.row(
        "SELECT text, spoiler_text, sensitive, language, attachments, emojis FROM statuses"
        " WHERE id = $1 AND account_id = $2 AND local AND reblog_of_id IS NULL FOR UPDATE",
        status_id,
        author.id,
    )
    if row is None:
        raise NotFound
    _check_length(settings, changes.text, changes.spoiler_text)
    sensitive = changes.sensitive or bool(changes.spoiler_text)
    text, spoiler_text = scrub_text(changes.text), scrub_text(changes.spoiler_text)
    if (text, spoiler_text, sensitive, changes.language) == (
        row["text"],
        row["spoiler_text"],
        row["sensitive"],
        row["language"],
    ):
        return
    rendered = render(settings, text, prepared)
    content = Content(
        content=rendered.html,
        spoiler_text=spoiler_text,
        sensitive=sensitive,
        language=changes.language,
        attachments=row["attachments"],
        emojis=row["emojis"],
        tags=rendered.tags,
    )
    await write_revisions(unit, [Revision(status_id, content, text, unit.now())])
    await replace_mentions(unit, status_id, sorted(rendered.mentioned - {author.id}))
    unit.record(StatusEdited(status_id, author.id, local=True))


async def delete(unit: Unit, account_id: int, status_id: int) -> Deleted:
    """Take back a member's own post (or boost); what it was, for redrafting.

    Raises:
        NotFound: no such post of this account.
    """
    owned = await unit.value(
        "SELECT id FROM statuses WHERE id = $1 AND account_id = $2 AND local FOR UPDATE",
        status_id,
        account_id,
    )
    if owned is None:
        raise NotFound
    head = await get_visible(unit, account_id, status_id)
    body = (await bodies(unit, [status_id]))[status_id]
    await remove(unit, [status_id])
    return Deleted(head, body)


__all__ = ["Deleted", "Prepared", "create", "delete", "edit", "prepare", "render"]
