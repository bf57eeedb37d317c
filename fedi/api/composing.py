"""What apps send when a member writes: parameters become what the core takes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fedi.api.profile import read_language
from fedi.core.auth.types import Viewer
from fedi.core.media.service import parse_focus
from fedi.core.statuses.policy import NUMBERS, PUBLIC
from fedi.core.statuses.quoting import EVERYBODY, POLICIES
from fedi.core.statuses.types import Body, MediaChange, NewPoll, NewStatus, Source, StatusChanges
from fedi.core.statuses.wording import CONTENT_TYPES, PLAIN
from fedi.kit import clock
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.ids import parse_id
from fedi.kit.language import detect_language
from fedi.kit.web_params import Parameters


def read_new(params: Parameters, member: Viewer, settings: Mapping[str, Any]) -> NewStatus:
    """A new post, with the member's defaults where the app says nothing."""
    text, spoiler_text = params.text("status") or "", params.text("spoiler_text") or ""
    visibility, is_kept = read_visibility(params, settings.get("privacy"))
    policy = read_policy(params)
    if policy is None:
        policy = POLICIES.get(settings.get("quote_policy") or "", EVERYBODY)
    language = read_language(params) or detect_language(f"{spoiler_text} {text}")
    return NewStatus(
        text=text,
        visibility=visibility,
        spoiler_text=spoiler_text,
        sensitive=read_sensitive(params, default=bool(settings.get("sensitive"))),
        language=language or settings.get("language"),
        in_reply_to_id=_post_id(params, "in_reply_to_id", "reply to"),
        application_id=member.application_id,
        media_ids=read_media_ids(params),
        poll=read_poll(params),
        quoted_status_id=_post_id(params, "quoted_status_id", "quote"),
        quote_policy=policy,
        interaction_policy=read_rules(params),
        local_only=is_kept or bool(params.flag("local_only")),
        content_type=read_content_type(params) or PLAIN,
        allowed_mentions=_allowed(params),
    )


def read_changes(params: Parameters, before: Source, body: Body) -> StatusChanges:
    """What an edit leaves: words that are not sent stay; media and poll that are not sent go."""
    text, spoiler = params.text("status"), params.text("spoiler_text")
    return StatusChanges(
        text=before.text if text is None else text,
        spoiler_text=before.spoiler_text if spoiler is None else spoiler,
        sensitive=read_sensitive(params, default=body.sensitive and bool(before.spoiler_text)),
        language=read_language(params) if "language" in params else body.language,
        media_ids=read_media_ids(params),
        media_changes=_media_changes(params),
        poll=read_poll(params),
        quote_policy=read_policy(params),
        interaction_policy=read_rules(params),
        content_type=read_content_type(params),
    )


def read_visibility(params: Parameters, default: str | None) -> tuple[int, bool]:
    """The visibility of a post, and whether it stays on this server."""
    name = params.text("visibility") or default or "public"
    if name == "local":
        return PUBLIC, True
    if name not in NUMBERS:
        raise Invalid("Validation failed: Visibility is not included in the list")
    return NUMBERS[name], False


def read_policy(params: Parameters) -> int | None:
    """Who may quote a post; None when the app does not say."""
    name = params.text("quote_approval_policy")
    if not name:
        return None
    if name not in POLICIES:
        raise Invalid("Validation failed: Quote approval policy is not included in the list")
    return POLICIES[name]


# The kinds of rules, as apps call them and as they are kept.
_RULES = (("can_favourite", "like"), ("can_reply", "reply"), ("can_reblog", "announce"))


def read_rules(params: Parameters) -> dict[str, dict[str, list[str]]] | None:
    """Who may like, answer and boost a post; None when the app does not say.

    A kind that is not named is open to everybody; the words of older apps are understood, too.
    """
    stated = params.inner("interaction_policy")
    rules: dict[str, dict[str, list[str]]] = {}
    for theirs, ours in _RULES:
        rule = stated.inner(theirs)
        automatic = rule.texts("automatic_approval") or rule.texts("always")
        manual = rule.texts("manual_approval") or rule.texts("with_approval")
        if automatic or manual:
            rules[ours] = {"automatic": automatic, "manual": manual}
    return rules or None


def read_content_type(params: Parameters) -> str | None:
    """What a text was typed in; None when the app does not say."""
    name = params.text("content_type")
    if not name:
        return None
    if name not in CONTENT_TYPES:
        raise Invalid("Validation failed: Content type is not included in the list")
    return name


def read_sensitive(params: Parameters, *, default: bool) -> bool:
    """Whether media are hidden at first."""
    given = params.flag("sensitive")
    return default if given is None else given


def read_moment(params: Parameters) -> datetime | None:
    """When a post is to appear; None for now, which is also what a moment of the past means."""
    text = params.text("scheduled_at")
    if not text:
        return None
    moment = parse_moment(text)
    return moment if moment > clock.now() else None


def parse_moment(text: str) -> datetime:
    """A moment as apps write it, in our time zone unless it names one.

    Raises:
        Invalid: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Invalid("Validation failed: Scheduled at is not a date") from problem


def read_media_ids(params: Parameters) -> tuple[int, ...]:
    """The files of a post, each once, in their order."""
    texts = [text for text in params.texts("media_ids") if text]
    numbers = [parse_id(text) for text in texts]
    known = dict.fromkeys(number for number in numbers if number is not None)
    if None in numbers:
        raise Invalid("Validation failed: Media attachments could not be found")
    return tuple(known)


def read_poll(params: Parameters) -> NewPoll | None:
    """The poll of a post, if it has one."""
    poll = params.inner("poll")
    options = tuple(poll.texts("options"))
    if not options:
        return None
    seconds = poll.number("expires_in")
    if seconds is None:
        raise Invalid("Validation failed: Expires at can't be blank")
    return NewPoll(
        options,
        seconds,
        multiple=bool(poll.flag("multiple")),
        hide_totals=bool(poll.flag("hide_totals")),
    )


def _media_changes(params: Parameters) -> tuple[MediaChange, ...]:
    return tuple(
        MediaChange(media_id, item.text("description"), parse_focus(item.text("focus")))
        for item in params.items("media_attributes")
        if (media_id := parse_id(item.text("id") or "")) is not None
    )


def _allowed(params: Parameters) -> frozenset[int] | None:
    if "allowed_mentions" not in params:
        return None
    numbers = (parse_id(text) for text in params.texts("allowed_mentions"))
    return frozenset(number for number in numbers if number is not None)


def _post_id(params: Parameters, name: str, deed: str) -> int | None:
    text = params.text(name)
    if not text:
        return None
    number = parse_id(text)
    if number is None:
        raise NotFound(f"The post you are trying to {deed} does not appear to exist.")
    return number
