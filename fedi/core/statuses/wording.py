"""What a member wants to say: whether it can be said here, and what it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fedi.config import Settings
from fedi.core import urls
from fedi.core.statuses.content import MAX_TAG_LENGTH, MAX_TAGS
from fedi.core.statuses.policy import DIRECT, PRIVATE, PUBLIC
from fedi.core.statuses.polls_write import check_poll
from fedi.core.statuses.types import NewPoll, NewStatus, Prepared
from fedi.kit.errors import Invalid
from fedi.kit.text import character_count, hashtag_key, render_markdown, render_plain

PLAIN, MARKDOWN = "text/plain", "text/markdown"
CONTENT_TYPES = (PLAIN, MARKDOWN)
# What stands in a post that has only pictures behind a warning: something to unfold.
STAND_IN = "."


class UnexpectedMentions(Invalid):
    """A post would go to accounts that its author did not count on."""

    def __init__(self, account_ids: Sequence[int]) -> None:
        super().__init__("Post would be sent to unexpected accounts")
        self.account_ids = list(account_ids)


def check(settings: Settings, new: NewStatus) -> NewStatus:
    """The post as it will be stored, as far as it can be told without looking.

    Raises:
        Invalid: it cannot be posted like this.
    """
    if not PUBLIC <= new.visibility <= DIRECT:
        raise Invalid("Validation failed: Visibility is not included in the list")
    if new.content_type not in CONTENT_TYPES:
        raise Invalid("Validation failed: Content type is not included in the list")
    if len(new.media_ids) > settings.media.per_post:
        raise Invalid(f"Cannot attach more than {settings.media.per_post} files")
    if new.media_ids and new.poll is not None:
        raise Invalid("Cannot attach files to a post that has a poll")
    new = replace(
        new,
        text=stand_in(new.text, new.spoiler_text, has_media=bool(new.media_ids)),
        poll=check_poll(new.poll) if new.poll else None,
    )
    check_length(settings, new.text, new.spoiler_text, is_carrying=bool(new.media_ids or new.poll))
    return new


def stand_in(text: str, spoiler_text: str, *, has_media: bool) -> str:
    """The text, or what stands for it where there are only pictures behind a warning."""
    return STAND_IN if has_media and spoiler_text.strip() and not text.strip() else text


def check_length(settings: Settings, text: str, spoiler_text: str, *, is_carrying: bool) -> None:
    """Refuse a post that says nothing (unless it carries media or a poll), or too much.

    Raises:
        Invalid: it does.
    """
    if not is_carrying and not text.strip() and not spoiler_text.strip():
        raise Invalid("Validation failed: Text can't be blank", field="text", code="ERR_BLANK")
    most = settings.instance.max_characters
    if character_count(text) + character_count(spoiler_text) > most:
        raise Invalid(
            f"Validation failed: Text character limit of {most} exceeded",
            field="text",
            code="ERR_TOO_LONG",
        )


def is_article(settings: Settings, new: NewStatus) -> bool:
    """Whether a post is long enough, and of the kind, to go out as an article.

    Asked once, when it is written: readers elsewhere take an edit for one of the same type, however
    long the text is by then, and whatever the setting.
    """
    least = settings.federation.article_from
    is_plain = new.in_reply_to_id is None and new.poll is None
    is_public = new.visibility < PRIVATE and not new.local_only
    return 0 < least <= character_count(new.text) and is_plain and is_public


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A member's text as HTML, its hashtags, and whom it mentions."""

    html: str
    tags: list[str]
    mentioned: set[int]


def render(
    settings: Settings, text: str, prepared: Prepared, content_type: str = PLAIN
) -> RenderedText:
    """What a member's text becomes."""
    links = {key: (a.url or a.uri, a.username) for key, a in prepared.mentions.items()}
    renderer = render_markdown if content_type == MARKDOWN else render_plain
    rendered = renderer(text, links, lambda tag: urls.tag_url(settings.origin, tag))
    tags = dict.fromkeys(hashtag_key(tag) for tag in rendered.hashtags)
    return RenderedText(
        rendered.html,
        [tag for tag in tags if len(tag) <= MAX_TAG_LENGTH][:MAX_TAGS],
        {prepared.mentions[key].id for key in rendered.mentions_found},
    )


def emoji_texts(text: str, spoiler_text: str, poll: NewPoll | None) -> list[str]:
    """Everywhere in a post where emojis are shown."""
    return [text, spoiler_text, *(poll.options if poll else ())]
