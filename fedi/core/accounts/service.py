"""Local accounts: made, changed, and (like remote ones) deleted for good."""

import re
from typing import Any

from fedi.config import Settings
from fedi.core import urls
from fedi.core.accounts import queries
from fedi.core.accounts.links import carry_over
from fedi.core.accounts.purge import delete_account
from fedi.core.accounts.types import Account, ProfileChanges
from fedi.core.domains.policy import normalise
from fedi.core.key_pairs import KeyPair, store_pair
from fedi.events import AccountUpdated
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.text import character_count, render_plain
from fedi.kit.unit import Unit

__all__ = ["check_username", "create_local", "delete_account", "lock_account", "update_profile"]

MAX_USERNAME = 30
MAX_DISPLAY_NAME = 100
MAX_NOTE = 5000
MAX_FIELDS = 8
MAX_FIELD = 255
MAX_DESCRIPTION = 1500
MAX_ATTRIBUTION_DOMAINS = 100

_USERNAME = re.compile(r"[A-Za-z0-9_]{1,30}")
# Names that would speak for the server, or that paths of ours need.
_RESERVED = frozenset(
    {
        "abuse", "admin", "administrator", "actor", "all", "anonymous", "api", "everyone",
        "fedi", "help", "here", "hostmaster", "info", "instance", "mod", "moderator",
        "moderators", "nobody", "owner", "postmaster", "root", "security", "staff",
        "support", "system", "webmaster",
    }
)  # fmt: skip


def check_username(username: str, *, staff: bool = False) -> str:
    """A name that a new member can have.

    Raises:
        Invalid: it cannot be one.
    """
    name = username.strip().removeprefix("@")
    if not _USERNAME.fullmatch(name):
        raise Invalid(
            f"Username must be of 1 to {MAX_USERNAME} letters, numbers and underscores",
            field="username",
        )
    if not staff and name.lower() in _RESERVED:
        raise Invalid("Username is reserved", field="username", code="ERR_RESERVED")
    return name


async def lock_account(unit: Unit, account_id: int) -> None:
    """Let what a member adds wait for what the same member adds elsewhere.

    Whoever counts what there is and then adds one more needs that, or limits do not hold.
    """
    await unit.execute("SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account_id)


async def create_local(
    unit: Unit,
    settings: Settings,
    username: str,
    keys: KeyPair,
    *,
    display_name: str = "",
    bot: bool = False,
    staff: bool = True,
) -> Account:
    """A new local account; `keys` come from `keys.generate_pair`, made in a thread before.

    Raises:
        Invalid: the name is taken (also by somebody long gone) or cannot be one.
    """
    name = check_username(username, staff=staff)
    account_id = await unit.new_id()
    actor = urls.actor_uri(settings.origin, account_id)
    inserted = await unit.execute(
        "INSERT INTO accounts (id, username, uri, url, actor_type, display_name, bot, inbox_url,"
        " shared_inbox_url, outbox_url, followers_url, following_url, featured_url, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT (lower(username), coalesce(domain, '')) WHERE handle_verified DO NOTHING",
        account_id,
        name,
        actor,
        urls.profile_url(settings.origin, name),
        "Service" if bot else "Person",
        _check_text("Display name", display_name, MAX_DISPLAY_NAME),
        bot,
        urls.inbox_url(actor),
        urls.shared_inbox_url(settings.origin),
        urls.outbox_url(actor),
        urls.followers_url(actor),
        urls.following_url(actor),
        urls.featured_url(actor),
        unit.now(),
    )
    if not inserted:
        raise Invalid("Username has already been taken", field="username", code="ERR_TAKEN")
    await unit.execute("INSERT INTO account_stats (account_id) VALUES ($1)", account_id)
    await store_pair(unit, settings.secret, account_id, actor, keys)
    return await queries.get_by_id(unit, account_id)


async def update_profile(unit: Unit, account_id: int, changes: ProfileChanges) -> Account:
    """Change what a member shows of themselves.

    Mentions in the text stay plain, since nobody is told of them; links and tags are linked.

    Raises:
        Invalid: a part is too long.
        NotFound: it is no local account, or it is gone.
    """
    account = await queries.get_by_id(unit, account_id)
    if not account.is_local or account.is_gone:
        raise NotFound
    values = _build_values(urls.origin_of(account.uri), changes)
    if values["fields"] is not None:
        values["fields"] = carry_over(values["fields"], account.fields)
    known = {name: value for name, value in values.items() if value is not None}
    assignments = "".join(f"{name} = ${n}, " for n, name in enumerate(known, start=2))
    if values["fields"] is not None:
        assignments += "links_checked_at = NULL, "
    await unit.execute(
        f"UPDATE accounts SET {assignments}revision = revision + 1 WHERE id = $1",
        account_id,
        *known.values(),
    )
    unit.record(AccountUpdated(account_id, local=True))
    return await queries.get_by_id(unit, account_id)


def _build_values(origin: str, changes: ProfileChanges) -> dict[str, Any]:
    """The columns that a change touches, checked; None where it touches nothing."""
    note, bot = changes.note, changes.bot
    return {
        "display_name": _check_text("Display name", changes.display_name, MAX_DISPLAY_NAME),
        "note_source": _check_text("Note", note, MAX_NOTE),
        "note": None if note is None else _render(origin, note),
        "fields": None if changes.fields is None else _build_fields(origin, changes.fields),
        "locked": changes.locked,
        "bot": bot,
        "actor_type": None if bot is None else ("Service" if bot else "Person"),
        "discoverable": changes.discoverable,
        "indexable": changes.indexable,
        "hide_collections": changes.hide_collections,
        "show_media": changes.show_media,
        "show_media_replies": changes.show_media_replies,
        "show_featured": changes.show_featured,
        "attribution_domains": _check_domains(changes.attribution_domains),
        "avatar_description": _check_text(
            "Avatar description", changes.avatar_description, MAX_DESCRIPTION
        ),
        "header_description": _check_text(
            "Header description", changes.header_description, MAX_DESCRIPTION
        ),
    }


def _check_domains(domains: list[str] | None) -> list[str] | None:
    if domains is None:
        return None
    wanted = [domain.strip() for domain in domains if domain.strip()]
    if len(wanted) > MAX_ATTRIBUTION_DOMAINS:
        raise Invalid(
            "Validation failed: Attribution domains is too long"
            f" (maximum is {MAX_ATTRIBUTION_DOMAINS})"
        )
    for domain in wanted:
        if "." not in domain or not normalise(domain):
            raise Invalid(
                f"Validation failed: Attribution domains {domain[:100]} is not a valid domain name"
            )
    return list(dict.fromkeys(normalise(domain) for domain in wanted))


def _check_text(what: str, text: str | None, limit: int) -> str | None:
    if text is not None and character_count(text) > limit:
        raise Invalid(
            f"Validation failed: {what} is too long (maximum is {limit} characters)",
            code="ERR_TOO_LONG",
        )
    return None if text is None else scrub_text(text).strip()


def _render(origin: str, text: str) -> str:
    return render_plain(text, {}, lambda name: urls.tag_url(origin, name)).html


def _build_fields(origin: str, fields: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The rows of a profile as they are stored; empty ones go."""
    kept = [(name.strip(), value.strip()) for name, value in fields if name.strip()]
    if len(kept) > MAX_FIELDS:
        raise Invalid(f"Validation failed: At most {MAX_FIELDS} profile fields are possible")
    for name, value in kept:
        _check_text("Field name", name, MAX_FIELD)
        _check_text("Field value", value, MAX_FIELD)
    return [
        {
            "name": name,
            "value": _render(origin, value).removeprefix("<p>").removesuffix("</p>"),
            "source": value,
            "verified_at": None,
        }
        for name, value in kept
    ]
