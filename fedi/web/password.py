"""The page where members change their password; password keepers find it by its usual address."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fedi.core.auth.passwords import check_password, hash_password
from fedi.core.auth.sessions import find_session, open_session, sign_in
from fedi.core.auth.types import SessionUser
from fedi.core.auth.users import set_password
from fedi.kit.errors import FediError, Invalid, TooMany, Unauthorized
from fedi.kit.runtime import Runtime
from fedi.kit.web import client_address
from fedi.web.forms import Forms
from fedi.web.pages import error_page, page, private

_PATH = "/auth/edit"


class PasswordPage:
    """A form for those who are signed in."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._forms = Forms(runtime.settings)
        self._title = runtime.settings.instance.title or runtime.settings.local_domain

    def routes(self) -> list[Route]:
        """Where it stands."""
        return [
            Route("/.well-known/change-password", self.lead),
            Route(_PATH, self.show),
            Route(_PATH, self.change, methods=["POST"]),
        ]

    async def lead(self, _request: Request) -> Response:
        """The address that is the same on every site."""
        return RedirectResponse(_PATH, 302)

    async def show(self, request: Request) -> Response:
        """The form; who is not signed in does that first."""
        try:
            user = await self._user(request)
        except FediError as problem:
            return error_page(self._title, problem)
        if user is None:
            return private(RedirectResponse(f"/auth/sign_in?next={_PATH}", 303))
        return self._form(request, user)

    def _form(
        self, request: Request, user: SessionUser, problem: FediError | None = None
    ) -> Response:
        cookie, csrf = self._forms.issue(request)
        answer = page(
            "password.html",
            {
                "title": f"Change password · {self._title}",
                "csrf": csrf,
                "username": user.username,
                "problem": problem.public if problem else "",
            },
            status=problem.status if problem else 200,
        )
        return self._forms.give(answer, cookie)

    async def change(self, request: Request) -> Response:
        """Take the new password; everything that got in with the old one is out."""
        try:
            fields = await self._forms.read(request)
            user = await self._user(request)
            if user is None:
                return private(RedirectResponse(f"/auth/sign_in?next={_PATH}", 303))
            old, new = fields.get("password", ""), fields.get("new_password", "")
            try:
                check_password(new)
                # Whoever sits at an open browser need not be its owner: asked like a stranger.
                await sign_in(self._runtime, user.username, old, client_address(request))
                hashed = await hash_password(new)
            except (Unauthorized, TooMany, Invalid) as problem:
                return self._form(request, user, problem)
            async with self._runtime.unit() as unit:
                await set_password(unit, user.user_id, hashed)
                session = await open_session(unit, user.user_id)
        except FediError as problem:
            return error_page(self._title, problem)
        return private(self._forms.sign_in(RedirectResponse("/", 303), session))

    async def _user(self, request: Request) -> SessionUser | None:
        token = request.cookies.get(self._forms.session_cookie)
        return await find_session(self._runtime.read(), token) if token else None
