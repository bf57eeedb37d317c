"""Signing in, the consent page of OAuth, and the one-time page that makes the first account."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedi.core.auth.apps import OUT_OF_BAND, check_scopes, find_app, may_redirect
from fedi.core.auth.codes import check_challenge, issue_code
from fedi.core.auth.sessions import find_session, sign_in, sign_out
from fedi.core.auth.setup import check_setup, redeem_setup
from fedi.core.auth.types import App, OAuthError, SessionUser
from fedi.kit.errors import FediError, Invalid, Malformed, TooMany, Unauthorized
from fedi.kit.runtime import Runtime
from fedi.kit.scrub import scrub_text
from fedi.kit.text import safe_url
from fedi.kit.web import client_address
from fedi.web.forms import Forms, local_path
from fedi.web.pages import error_page, page, private
from fedi.web.scopes import describe_scopes
from fedi.web.words import visible

_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A valid request for authorization."""

    app: App
    redirect_uri: str
    scopes: str
    state: str | None
    challenge: str | None


class SignInPages:
    """Pages that know who is signed in."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._forms = Forms(runtime.settings)
        self._title = runtime.settings.instance.title or runtime.settings.local_domain

    async def show_sign_in(self, request: Request) -> Response:
        """The form."""
        return self._sign_in_form(request, local_path(request.query_params.get("next", "/")))

    def _sign_in_form(
        self,
        request: Request,
        following: str,
        *,
        app_name: str = "",
        login: str = "",
        problem: FediError | None = None,
    ) -> Response:
        cookie, csrf = self._forms.issue(request)
        answer = page(
            "sign_in.html",
            {
                "title": f"Sign in · {self._title}",
                "csrf": csrf,
                "next": following,
                "login": login,
                "app_name": app_name,
                "problem": problem.public if problem else "",
            },
            status=problem.status if problem else 200,
            # After the form the way may lead on to the app, by redirects.
            policy="",
        )
        if isinstance(problem, TooMany) and problem.retry_after is not None:
            answer.headers["retry-after"] = str(problem.retry_after)
        return self._forms.give(answer, cookie)

    async def do_sign_in(self, request: Request) -> Response:
        """Check the password and begin a session."""
        try:
            fields = await self._forms.read(request)
            following = local_path(fields.get("next", "/"))
            login = fields.get("login", "")
            try:
                session = await sign_in(
                    self._runtime, login, fields.get("password", ""), client_address(request)
                )
            except (Unauthorized, TooMany) as problem:
                return self._sign_in_form(request, following, login=login, problem=problem)
        except FediError as problem:
            return error_page(self._title, problem)
        return private(self._forms.sign_in(RedirectResponse(following, 303), session))

    async def do_sign_out(self, request: Request) -> Response:
        """End the session."""
        try:
            fields = await self._forms.read(request)
            if token := request.cookies.get(self._forms.session_cookie):
                async with self._runtime.unit() as unit:
                    await sign_out(unit, token)
        except FediError as problem:
            return error_page(self._title, problem)
        following = local_path(fields.get("next", "/"))
        return private(self._forms.sign_out(RedirectResponse(following, 303)))

    async def _user(self, request: Request) -> SessionUser | None:
        token = request.cookies.get(self._forms.session_cookie)
        return await find_session(self._runtime.read(), token) if token else None

    async def show_consent(self, request: Request) -> Response:
        """Ask the member whether the app may."""
        query = {name: scrub_text(value) for name, value in request.query_params.items()}
        try:
            asked = await self._asked(query)
            user = await self._user(request)
        except FediError as problem:
            return error_page(self._title, problem)
        forced = query.pop("force_login", "").lower() in {"true", "1"}
        again = "/oauth/authorize?" + urlencode({k: query[k] for k in _ASKED if k in query})
        if user is None or user.problem or forced:
            problem = Unauthorized(user.problem) if user and user.problem else None
            return self._sign_in_form(
                request, again, app_name=visible(asked.app.name), problem=problem
            )
        cookie, csrf = self._forms.issue(request)
        name = visible(asked.app.name)
        answer = page(
            "consent.html",
            {
                "title": f"Allow {name}?",
                "app_name": name,
                "website": safe_url(asked.app.website or ""),
                "username": user.username,
                "leads_to": _place(asked.redirect_uri),
                "scopes": describe_scopes(asked.scopes.split()),
                "csrf": csrf,
                "next": again,
                "fields": [("csrf", csrf), *((k, query[k]) for k in _ASKED if k in query)],
            },
            policy="",
        )
        return self._forms.give(answer, cookie)

    async def do_consent(self, request: Request) -> Response:
        """Hand the app its code, or the word that the member said no."""
        try:
            fields = await self._forms.read(request)
            asked = await self._asked(fields)
            user = await self._user(request)
            if user is None or user.problem:
                raise Unauthorized("Please sign in again")
            answer = {} if asked.state is None else {"state": asked.state}
            answer["iss"] = f"{self._settings.origin}/"
            match "deny" if request.method == "DELETE" else fields.get("decision"):
                case "allow":
                    async with self._runtime.unit() as unit:
                        answer["code"] = await issue_code(
                            unit,
                            asked.app,
                            user.user_id,
                            asked.redirect_uri,
                            asked.scopes,
                            asked.challenge,
                        )
                case "deny":
                    answer["error"] = "access_denied"
                    answer["error_description"] = "The member said no."
                case _:
                    raise Malformed("Neither allowed nor denied")
        except FediError as problem:
            return error_page(self._title, problem)
        return private(_back_to_app(asked.redirect_uri, answer))

    async def show_code(self, request: Request) -> Response:
        """The code for an app that has no address of its own."""
        code = request.query_params.get("code", "")[:200]
        if error := request.query_params.get("error", ""):
            return error_page(self._title, Malformed(f"The app was not allowed in ({error[:60]})."))
        return private(page("code.html", {"title": "Your code", "code": code}))

    async def _asked(self, fields: dict[str, str]) -> Asked:
        """What an app asks for.

        Whatever is wrong is said on a page of ours: an app is only redirected to when it is known
        and the address is one of its own, and then nothing is left to go wrong.
        """
        app = await find_app(self._runtime.read(), fields.get("client_id", ""))
        if app is None:
            raise Malformed("This app is not known here")
        redirect_uri = fields.get("redirect_uri", "")
        if not may_redirect(app, redirect_uri):
            raise Malformed("This app may not be answered at that address")
        if fields.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "Only response_type=code is supported.")
        return Asked(
            app=app,
            redirect_uri=redirect_uri,
            scopes=check_scopes(app, fields.get("scope")),
            state=fields.get("state"),
            challenge=check_challenge(
                fields.get("code_challenge"), fields.get("code_challenge_method")
            ),
        )

    async def show_setup(self, request: Request) -> Response:
        """The page behind the one-time link, as long as it works."""
        try:
            await check_setup(self._runtime, request.path_params["token"])
        except FediError as problem:
            return error_page(self._title, problem)
        return self._setup_form(request, {})

    def _setup_form(
        self, request: Request, fields: dict[str, str], problem: FediError | None = None
    ) -> Response:
        cookie, csrf = self._forms.issue(request)
        answer = page(
            "setup.html",
            {
                "title": f"Welcome · {self._title}",
                "domain": self._settings.local_domain,
                "action": request.scope["path"],
                "csrf": csrf,
                "username": fields.get("username", ""),
                "email": fields.get("email", ""),
                "problem": problem.public if problem else "",
            },
            status=problem.status if problem else 200,
        )
        return self._forms.give(answer, cookie)

    async def do_setup(self, request: Request) -> Response:
        """Make the first account."""
        try:
            fields = await self._forms.read(request)
            try:
                session = await redeem_setup(
                    self._runtime,
                    request.path_params["token"],
                    fields.get("username", ""),
                    fields.get("email", ""),
                    fields.get("password", ""),
                )
            except Invalid as problem:
                return self._setup_form(request, fields, problem)
        except FediError as problem:
            return error_page(self._title, problem)
        answer = page(
            "welcome.html",
            {
                "title": self._title,
                "username": fields.get("username", ""),
                "host": self._settings.host,
                "origin": self._settings.origin,
            },
        )
        return private(self._forms.sign_in(answer, session))


def _place(redirect_uri: str) -> str:
    """Where the answer goes, as people know it: a host, or an app on the same device."""
    if redirect_uri == OUT_OF_BAND:
        return ""
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in {"http", "https"} else "an app on this device"


def _back_to_app(redirect_uri: str, answer: dict[str, str]) -> Response:
    if redirect_uri == OUT_OF_BAND:
        return RedirectResponse("/oauth/authorize/native?" + urlencode(answer), 303)
    mark = "&" if "?" in redirect_uri else "?"
    # Written by hand: the address of an app may have any scheme, and is kept to the letter.
    return Response(status_code=303, headers={"location": redirect_uri + mark + urlencode(answer)})
