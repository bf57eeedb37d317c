"""Where other servers and other sites send members who want to follow, answer or share something.

Whatever the address names is looked up for the member and shown with what can be done; nothing
happens without a press on a button, which is a form of ours. Addresses to go on to afterwards come
from anywhere, so they are shown as links and never followed.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fedi.core import interactions
from fedi.core.accounts.people import People
from fedi.core.accounts.queries import get_by_id
from fedi.core.accounts.types import Account
from fedi.core.auth.sessions import find_session
from fedi.core.auth.types import SessionUser
from fedi.core.auth.users import find_user_of
from fedi.core.media.links import build_links
from fedi.core.relationships import service as relations
from fedi.core.relationships.queries import relationships
from fedi.core.search.service import Found, Wanted, search
from fedi.core.statuses import compose
from fedi.core.statuses.policy import NAMES, NUMBERS, PUBLIC
from fedi.core.statuses.queries import bodies, get_visible
from fedi.core.statuses.types import Head, NewStatus
from fedi.kit.errors import FediError, Malformed, NotFound, Unauthorized
from fedi.kit.ids import parse_id
from fedi.kit.language import detect_language
from fedi.kit.scrub import scrub_text
from fedi.kit.text import safe_url
from fedi.kit.web_limits import Limit, RateLimits
from fedi.web.articles import Articles
from fedi.web.forms import Forms
from fedi.web.pages import error_page, file_source, page, private, render_post
from fedi.web.views import Views

PATH = "/authorize_interaction"
SHARE = "/share"
_LONGEST = 2000
_MOST_TEXT = 6000
_OFTEN = Limit("interaction", 60, 300)
# Names of what is meant, as links of other servers and ours write them.
_INTENTS = frozenset({"follow", "reply", "favourite", "reblog"})
_QUOTABLE = {"nobody": 0, "followers": 1, "public": 2}
_DONE = {
    "follow": "You follow this account, or have asked to.",
    "favourite": "You like this post.",
    "reblog": "You have boosted this post.",
    "reply": "Your answer is posted.",
    "share": "Your post is there.",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a link names: a thing, what is meant with it, words, and where to go on."""

    uri: str
    intent: str
    text: str
    on_success: str
    on_cancel: str
    done: str

    @property
    def query(self) -> str:
        """The same again, for the way back after signing in."""
        known = {
            "uri": self.uri,
            "intent": self.intent,
            "text": self.text,
            "on-success": self.on_success,
            "on-cancel": self.on_cancel,
        }
        return urlencode({name: value for name, value in known.items() if value})


def _read(given: Any) -> _Asked:
    def text(name: str, longest: int = _LONGEST) -> str:
        value = scrub_text(str(given.get(name) or ""))[:longest].strip()
        # Some leave the place of what they do not fill in as it was.
        return "" if value == f"{{{name}}}" else value

    intent = text("intent").lower()
    return _Asked(
        uri=text("uri") or text("inReplyTo"),
        intent=intent if intent in _INTENTS else "",
        text=text("text", _MOST_TEXT).removeprefix("{content}"),
        on_success=safe_url(text("on-success")) or "",
        on_cancel=safe_url(text("on-cancel")) or "",
        done=text("done"),
    )


class InteractPages:
    """Pages for members who come from elsewhere."""

    def __init__(self, people: People, articles: Articles) -> None:
        settings = people.runtime.settings
        self._people = people
        self._runtime = people.runtime
        self._settings = settings
        self._articles = articles
        self._views = Views(settings, build_links(settings))
        self._forms = Forms(settings)
        self._limits = RateLimits(enabled=settings.limits.enabled)
        self._bucket = file_source(settings)
        self._title = settings.instance.title or settings.local_domain

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route(PATH, self.show),
            Route(PATH, self.act, methods=["POST"]),
            Route(SHARE, self.show),
            Route(SHARE, self.act, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """What a link names, with what can be done; or an empty sheet for words to share."""
        asked = _read(request.query_params)
        is_share = request.url.path == SHARE and not asked.uri
        if not asked.uri and not is_share:
            return error_page(self._title, Malformed("There is no address to go on with"))
        try:
            user = await self._user(request)
            if user is None:
                return self._show_stranger(asked, SHARE if is_share else PATH)
            found = Found() if is_share else await self._look_up(user, asked.uri)
            return await self._show(request, user, asked, found)
        except FediError as problem:
            return error_page(self._title, problem)

    async def _user(self, request: Request) -> SessionUser | None:
        token = request.cookies.get(self._forms.session_cookie)
        user = await find_session(self._runtime.read(), token) if token else None
        return None if user is None or user.problem else user

    def _show_stranger(self, asked: _Asked, path: str) -> Response:
        following = f"{path}?{asked.query}"
        values = {
            "title": self._title,
            "uri": asked.uri,
            "sign_in": "/auth/sign_in?" + urlencode({"next": following}),
        }
        return private(page("interact.html", values))

    async def _look_up(self, user: SessionUser, uri: str) -> Found:
        """The one thing behind an address or a handle.

        Raises:
            NotFound: there is none, or not for this member.
            TooMany: this member has asked for many things.
        """
        self._limits.hit([(_OFTEN, str(user.account_id))])
        wanted = Wanted(uri.removeprefix("acct:"), resolve=True, limit=1)
        if not uri.lower().startswith(("https://", "http://")):
            wanted = Wanted(wanted.text, kind="accounts", resolve=True, limit=1)
        found = await search(self._people, user.account_id, wanted)
        if not found.accounts and not found.heads:
            raise NotFound("Nothing was found there that you could follow or answer")
        return found

    async def _show(
        self, request: Request, user: SessionUser, asked: _Asked, found: Found
    ) -> Response:
        cookie, csrf = self._forms.issue(request)
        values: dict[str, Any] = {
            "title": f"Go on · {self._title}",
            "csrf": csrf,
            "username": user.username,
            "asked": asked,
            "said": _DONE.get(asked.done, ""),
            # A form that is sent twice posts once.
            "once": secrets.token_urlsafe(16),
            "author": None,
            "article": None,
            "text": asked.text,
            "visibilities": await self._visibilities(user, PUBLIC),
        }
        if found.heads:
            values |= await self._describe_post(user, asked, found.heads[0])
        elif found.accounts:
            values |= await self._describe_account(user, found.accounts[0])
        answer = page("interaction.html", values, bucket=self._bucket)
        return self._forms.give(answer, cookie)

    async def _describe_account(self, user: SessionUser, account: Account) -> dict[str, Any]:
        relation = (await relationships(self._runtime.read(), user.account_id, [account.id])).get(
            account.id
        )
        is_known = relation is not None and (relation.following or relation.requested)
        return {
            "author": self._views.author(account),
            "id": account.id,
            "can_follow": not is_known and account.id != user.account_id,
        }

    async def _describe_post(self, user: SessionUser, asked: _Asked, head: Head) -> dict[str, Any]:
        read = self._runtime.read()
        post = await self._articles.find_post(read, head, is_inside=True)
        if post is None:
            raise NotFound("This post is gone")
        said = (await bodies(read, [head.original_id])).get(head.original_id)
        least = NUMBERS["direct"] if said is None else said.visibility
        is_own = post.author.handle.lower() == self._handle(user).lower()
        mention = "" if is_own else f"@{post.author.handle} "
        return {
            "article": render_post(post),
            "id": head.original_id,
            "text": asked.text or mention,
            "can_favourite": not head.favourited,
            "can_reblog": not head.reblogged and least < NUMBERS["private"],
            "visibilities": await self._visibilities(user, least),
        }

    def _handle(self, user: SessionUser) -> str:
        return f"{user.username}@{self._settings.local_domain}"

    async def _visibilities(self, user: SessionUser, least: int) -> list[tuple[str, bool]]:
        """Whom a text may be for, and which is proposed: no more people than what it answers."""
        found = await find_user_of(self._runtime.read(), user.account_id)
        default = NUMBERS.get((found.settings if found else {}).get("privacy") or "", PUBLIC)
        chosen = max(default, least)
        return [(name, number == chosen) for number, name in enumerate(NAMES)]

    async def act(self, request: Request) -> Response:
        """Do what a button says, and show it."""
        try:
            fields = await self._forms.read(request)
            user = await self._user(request)
            if user is None:
                raise Unauthorized("Please sign in again")
            asked = _read(fields)
            done = await self._do(user, fields)
        except FediError as problem:
            return error_page(self._title, problem)
        path = SHARE if done == "share" else PATH
        back = {"done": done, "on-success": asked.on_success}
        if path == PATH:
            back["uri"] = asked.uri
        query = urlencode({name: value for name, value in back.items() if value})
        return private(RedirectResponse(f"{path}?{query}", 303))

    async def _do(self, user: SessionUser, fields: dict[str, str]) -> str:
        """The name of what was done."""
        deed = fields.get("deed", "")
        number = parse_id(fields.get("id", ""))
        account = await get_by_id(self._runtime.read(), user.account_id)
        if deed == "share":
            await self._write(account, fields, None)
            return deed
        if number is None:
            raise Malformed("It is not said what this is about")
        if deed == "reply":
            await self._write(account, fields, number)
            return deed
        async with self._runtime.unit() as unit:
            match deed:
                case "follow":
                    await relations.follow(unit, account, await get_by_id(unit, number))
                case "favourite":
                    await interactions.favourite(unit, account, number)
                case "reblog":
                    await interactions.reblog(unit, account, number)
                case _:
                    raise Malformed("It is not said what to do")
        return deed

    async def _write(
        self, author: Account, fields: dict[str, str], in_reply_to_id: int | None
    ) -> None:
        if in_reply_to_id is not None:
            await get_visible(self._runtime.read(), author.id, in_reply_to_id)
        visibility = NUMBERS.get(fields.get("visibility", ""))
        if visibility is None:
            raise Malformed("It is not said who may see it")
        text = fields.get("text", "")
        user = await find_user_of(self._runtime.read(), author.id)
        settings = user.settings if user else {}
        new = NewStatus(
            text=text,
            visibility=visibility,
            language=detect_language(text) or settings.get("language"),
            quote_policy=_QUOTABLE.get(settings.get("quote_policy") or "public"),
            in_reply_to_id=in_reply_to_id,
        )
        prepared = await compose.prepare(self._people, author, text)
        key = f"page {fields.get('once', '')[:64]}"
        digest = hashlib.sha256(f"{in_reply_to_id} {visibility} {text}".encode()).digest()
        async with self._runtime.unit() as unit:
            await compose.create(
                unit, self._settings, author, new, prepared, idempotency=(key, digest)
            )
