"""What members write: posting and taking back; editing has a file of its own."""

from dataclasses import dataclass, replace
from typing import Any

from fedi.config import Settings
from fedi.core import urls
from fedi.core.accounts.types import Account
from fedi.core.emojis.queries import find_used
from fedi.core.media import attach
from fedi.core.statuses.closed import refuse_closed
from fedi.core.statuses.consent.deeds import ask_member, must_ask
from fedi.core.statuses.consent.policy import ASKED, Policy, own_policy
from fedi.core.statuses.content import as_json
from fedi.core.statuses.counters import Tally
from fedi.core.statuses.editing import edit
from fedi.core.statuses.edits import replace_mentions
from fedi.core.statuses.heads import get_visible
from fedi.core.statuses.idempotency import Key, claim_key, settle_key
from fedi.core.statuses.policy import PRIVATE
from fedi.core.statuses.polls import find_polls
from fedi.core.statuses.polls_write import create_poll
from fedi.core.statuses.prepare import prepare
from fedi.core.statuses.queries import bodies
from fedi.core.statuses.quotes import find_quotes
from fedi.core.statuses.quoting import Quotable, find_quotable, insert_quote, place_quote
from fedi.core.statuses.removal import remove
from fedi.core.statuses.threading import Parent
from fedi.core.statuses.types import Deleted, NewStatus, Prepared, ShallowQuote
from fedi.core.statuses.wording import (
    RenderedText,
    UnexpectedMentions,
    check,
    emoji_texts,
    is_article,
    render,
)
from fedi.events import InteractionAsked, StatusCreated
from fedi.kit.errors import Forbidden, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import Unit

__all__ = [
    "Deleted",
    "Prepared",
    "UnexpectedMentions",
    "check",
    "create",
    "delete",
    "edit",
    "prepare",
    "render",
]


async def create(
    unit: Unit,
    settings: Settings,
    author: Account,
    new: NewStatus,
    prepared: Prepared,
    *,
    idempotency: Key | None = None,
    scheduled_id: int | None = None,
) -> int:
    """Store a member's post, put it into their own feed, record StatusCreated; its id.

    With an idempotency key (key, hash of the request) the post is made once: parallel requests
    wait for the first one and get its post. `scheduled_id` names what held its media until now.

    Raises:
        Invalid: no text, too much of it, media or a poll that cannot be, or the key was used for
            another request.
        NotFound: the post that is answered or quoted is not there for the author.
        Forbidden: the author of the post that is answered does not want that, or the member has
            moved away.
    """
    if author.moved_to_uri:
        raise Forbidden(MOVED)
    if idempotency is not None:
        earlier = await claim_key(unit, author.id, idempotency)
        if earlier is not None:
            return earlier
    row = await _draft(unit, settings, author, check(settings, new), prepared)
    await _insert(unit, settings.origin, author, row)
    await _insert_parts(unit, settings, author, row, scheduled_id)
    tally = Tally()
    tally.status(author.id, row.new.visibility, 1, unit.now())
    if not row.waits:
        tally.reply(row.parent.id if row.parent else None, row.new.visibility)
    if row.quoted and row.quote_id:
        await insert_quote(unit, row.quote_id, row.id, author.id, row.quoted, tally)
    await tally.write(unit)
    # Read your writes: the author's feed has the post before the answer leaves.
    await unit.execute(
        "INSERT INTO home_entries (account_id, status_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        author.id,
        row.id,
    )
    if idempotency is not None:
        await settle_key(unit, author.id, idempotency, row.id)
    await _tell(unit, settings.origin, author, row)
    return row.id


async def _tell(unit: Unit, origin: str, author: Account, row: "_Row") -> None:
    """Say that the post is there, or ask whoever has to allow it before it is."""
    parent = row.parent
    if parent is None or not row.waits:
        unit.record(StatusCreated(row.id, author.id, local=True))
    elif parent.is_waiting:
        # It waits for what is above it.
        return
    elif parent.is_local:
        await ask_member(unit, "reply", parent, author, urls.status_uri(origin, author.id, row.id))
    else:
        unit.record(InteractionAsked(row.id, author.id))


# Who has moved posts there.
MOVED = "This account has moved, and posts nothing any more"


@dataclass(frozen=True, slots=True)
class _Answered(Parent):
    """The post that is answered, as a reply needs it."""

    uri: str
    context_uri: str | None
    local_only: bool
    group_id: int | None
    # Whether its author is a member, and whether it waits for somebody's word.
    is_local: bool
    is_waiting: bool


async def _find_parent(unit: Unit, author_id: int, status_id: int | None) -> _Answered | None:
    if status_id is None:
        return None
    head = await get_visible(unit, author_id, status_id)
    row = await unit.row(
        "SELECT id, account_id, coalesce(conversation_id, id),"
        " interaction_policy IS NOT NULL, uri, context_uri, local_only, group_id, local,"
        " coalesce(approval, 1) <> 1"
        " FROM statuses WHERE id = $1 FOR KEY SHARE",
        head.original_id,
    )
    if row is None:
        raise NotFound
    return _Answered(*row)


@dataclass(frozen=True, slots=True)
class _Row:
    """One post on its way into the table, with what it hangs on."""

    id: int
    new: NewStatus
    rendered: RenderedText
    emojis: list[dict[str, Any]]
    parent: _Answered | None
    quoted: Quotable | None
    poll_id: int | None
    quote_id: int | None
    mentioned: list[int]
    group_id: int | None
    is_article: bool
    # Whether somebody has to allow it first.
    waits: bool
    policy: Policy | None


async def _draft(
    unit: Unit, settings: Settings, author: Account, new: NewStatus, prepared: Prepared
) -> _Row:
    parent = await _find_parent(unit, author.id, new.in_reply_to_id)
    if parent is not None and parent.group_id is not None:
        await refuse_closed(unit, parent.group_id, parent.conversation_id)
    quoted = await find_quotable(unit, author.id, new.quoted_status_id)
    rendered = render(settings, new.text, prepared, new.content_type)
    mentioned = sorted(rendered.mentioned - {author.id})
    if new.allowed_mentions is not None and (extra := set(mentioned) - new.allowed_mentions):
        raise UnexpectedMentions(sorted(extra))
    visibility = new.visibility
    if quoted is not None:
        visibility = place_quote(quoted, author.id, visibility, set(mentioned))
    # What answers or shows a post that never leaves would tell of it: it does not leave either.
    is_kept = new.local_only or any(
        post is not None and post.local_only for post in (parent, quoted)
    )
    new = replace(
        new,
        visibility=visibility,
        local_only=is_kept,
        quote_policy=new.quote_policy if visibility < PRIVATE else 0,
    )
    ids = await unit.new_ids(1 + (new.poll is not None) + (quoted is not None))
    status_id = ids.pop(0)
    return _Row(
        id=status_id,
        new=new,
        rendered=rendered,
        emojis=await find_used(unit, emoji_texts(new.text, new.spoiler_text, new.poll)),
        parent=parent,
        quoted=quoted,
        poll_id=ids.pop(0) if new.poll else None,
        quote_id=ids.pop(0) if quoted else None,
        mentioned=mentioned,
        group_id=_find_group(new, parent, prepared, mentioned),
        is_article=is_article(settings, new),
        waits=not is_kept and parent is not None and await _must_wait(unit, author.id, parent),
        policy=own_policy(author.uri, new.interaction_policy) if new.interaction_policy else None,
    )


def _find_group(
    new: NewStatus, parent: _Answered | None, prepared: Prepared, mentioned: list[int]
) -> int | None:
    """The group that a post is in: the one of the conversation, or the first that it names."""
    if new.visibility >= PRIVATE or new.local_only:
        return None
    if parent is not None and parent.group_id is not None:
        return parent.group_id
    named = (who.id for who in prepared.mentions.values() if who.actor_type == "Group")
    return next((group_id for group_id in named if group_id in mentioned), None)


async def _must_wait(unit: Unit, author_id: int, parent: _Answered) -> bool:
    return parent.is_waiting or await must_ask(unit, "reply", parent, author_id)


_INSERT = """
INSERT INTO statuses (id, uri, url, account_id, local, visibility, in_reply_to_id,
  in_reply_to_account_id, in_reply_to_uri, context_uri, conversation_id, content, text,
  content_type, spoiler_text, sensitive, language, tags, emojis, application_id, local_only,
  poll_id, quote_id, quote_policy, created_at, approval, interaction_policy, group_id, is_article)
VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
  $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
"""


async def _insert(unit: Unit, origin: str, author: Account, row: _Row) -> None:
    new, parent = row.new, row.parent
    await unit.execute(
        _INSERT,
        row.id,
        urls.status_uri(origin, author.id, row.id),
        urls.status_url(origin, author.username, row.id),
        author.id,
        new.visibility,
        parent.id if parent else None,
        parent.account_id if parent else None,
        parent.uri if parent else None,
        parent.context_uri if parent else urls.context_uri(origin, row.id),
        parent.conversation_id if parent else row.id,
        row.rendered.html,
        scrub_text(new.text),
        new.content_type,
        scrub_text(new.spoiler_text),
        new.sensitive or bool(new.spoiler_text),
        new.language,
        row.rendered.tags,
        row.emojis,
        new.application_id,
        new.local_only,
        row.poll_id,
        row.quote_id,
        new.quote_policy,
        unit.now(),
        ASKED if row.waits else None,
        row.policy,
        row.group_id,
        row.is_article,
    )


async def _insert_parts(
    unit: Unit, settings: Settings, author: Account, row: _Row, scheduled_id: int | None
) -> None:
    """What points to the row of the post: media, poll and mentions."""
    if row.new.media_ids:
        taken = await attach.take(
            unit,
            author.id,
            list(row.new.media_ids),
            status_id=row.id,
            scheduled_id=scheduled_id,
            most=settings.media.per_post,
        )
        await unit.execute(
            "UPDATE statuses SET attachments = $2::text::jsonb WHERE id = $1",
            row.id,
            as_json(taken),
        )
    if row.poll_id and row.new.poll:
        await create_poll(unit, row.poll_id, row.id, author.id, row.new.poll)
    await replace_mentions(unit, row.id, row.mentioned)


async def delete(
    unit: Unit, account_id: int, status_id: int, *, keep_files: bool = True
) -> Deleted:
    """Take back a member's own post (or boost); what it was, for redrafting.

    Its files stay for a while, to be used again, unless they are to go with it.

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
    polls = (await find_polls(unit, account_id, [head.poll_id])) if head.poll_id else {}
    quotes = (await find_quotes(unit, account_id, [head.quote_id])) if head.quote_id else {}
    if body.attachments:
        await attach.release(unit, status_id, keep_files=keep_files)
    await remove(unit, [status_id])
    quote = quotes.get(head.quote_id or 0)
    shown = ShallowQuote(quote.state, quote.head.id if quote.head else None) if quote else None
    return Deleted(head, body, polls.get(head.poll_id or 0), shown)
