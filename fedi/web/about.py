"""What this place is: the front page, the rules, and the longer texts of its admins."""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi import __version__
from fedi.core.accounts.queries import get_by_id
from fedi.core.instance import find_contact_id, instance_stats
from fedi.core.instance_reports import founded_at, render_text
from fedi.core.media.links import build_links
from fedi.core.moderation.rules import list_rules
from fedi.kit.errors import FediError, NotFound
from fedi.kit.kept import Kept
from fedi.kit.runtime import Runtime
from fedi.web.pages import error_page, file_source, page
from fedi.web.views import Author, Views
from fedi.web.words import show_html


class AboutPages:
    """Pages that say who runs this server, and how."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._said = runtime.settings.instance
        self._kept = Kept()
        self._views = Views(runtime.settings, build_links(runtime.settings))
        self._title = self._said.title or runtime.settings.local_domain

    def routes(self) -> list[Route]:
        """The routes of the pages; the paths are those that apps and people know from elsewhere."""
        return [
            Route("/", self.front),
            Route("/about", self.about),
            Route("/privacy-policy", self.privacy),
            Route("/terms-of-service", self.terms),
        ]

    async def front(self, _request: Request) -> Response:
        """The first page."""
        settings = self._settings
        try:
            stats = await instance_stats(self._runtime)
        except FediError as problem:
            return error_page(self._title, problem)
        return page(
            "front.html",
            {
                "title": self._title,
                "description": self._said.description,
                "users": stats.users,
                "domain": settings.local_domain,
                "host": settings.host,
                "mode": settings.registration.mode,
                "closed_message": settings.registration.message,
                "version": __version__,
            },
        )

    async def about(self, _request: Request) -> Response:
        """Rules, contact, and what the admins say of the place."""
        if kept := self._kept.find("about"):
            return Response(kept.body, headers=kept.headers)
        try:
            return self._kept.put("about", await self._about())
        except FediError as problem:
            return error_page(self._title, problem)

    async def _about(self) -> Response:
        said, read = self._said, self._runtime.read()
        return page(
            "about.html",
            {
                "title": f"About · {self._title}",
                "name": self._title,
                "description": said.description,
                "extended": self._render(said.extended_description),
                "rules": await list_rules(read),
                "email": said.contact_email,
                "contact": await self._contact(),
                "has_privacy": bool(said.privacy_policy.strip()),
                "has_terms": bool(said.terms_of_service.strip()),
                "source": said.source_url,
                "version": __version__,
            },
            bucket=file_source(self._settings),
        )

    async def _contact(self) -> Author | None:
        read = self._runtime.read()
        account_id = await find_contact_id(read)
        return None if account_id is None else self._views.author(await get_by_id(read, account_id))

    async def privacy(self, _request: Request) -> Response:
        """The privacy policy."""
        said = self._said
        return await self._text("Privacy policy", said.privacy_policy, said.privacy_policy_date)

    async def terms(self, _request: Request) -> Response:
        """The terms of service."""
        said = self._said
        return await self._text(
            "Terms of service", said.terms_of_service, said.terms_of_service_date
        )

    async def _text(self, heading: str, text: str, day: str) -> Response:
        try:
            if not text.strip():
                raise NotFound("The admins of this server have not written any")
            day = day or f"{await founded_at(self._runtime.read()):%Y-%m-%d}"
        except FediError as problem:
            return error_page(self._title, problem)
        values = {
            "title": f"{heading} · {self._title}",
            "heading": heading,
            "day": day,
            "text": self._render(text),
        }
        return page("text.html", values)

    def _render(self, text: str) -> Markup:
        return show_html(render_text(self._settings.origin, text), {})
