"""Asking to join: by an app, in the name of a new person."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

from fedi.core.accounts.queries import find_local
from fedi.core.accounts.service import check_username, create_local
from fedi.core.auth.apps import find_app_by_id
from fedi.core.auth.passwords import check_password, hash_password
from fedi.core.auth.tokens import issue_token
from fedi.core.auth.types import NewToken
from fedi.core.auth.users import check_email, create_user, find_user
from fedi.core.key_pairs import generate_pair
from fedi.core.languages import LANGUAGES
from fedi.events import UserSignedUp
from fedi.kit.errors import Forbidden, Invalid, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit

LONGEST_REASON = 2000
_LOCALES = frozenset(code for code, _ in LANGUAGES)

Problems = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks to join."""

    username: str
    email: str
    password: str = field(repr=False)
    agreement: bool = False
    locale: str = ""
    reason: str = ""


class SignUpRefused(Invalid):
    """Something about an applicant cannot be; `details` says what, field by field."""

    def __init__(self, details: Problems) -> None:
        sentences = [
            f"{name.capitalize()} {problem['description']}"
            for name, problems in details.items()
            for problem in problems
        ]
        super().__init__(f"Validation failed: {', '.join(sentences)}")
        self.details = details


async def sign_up(runtime: Runtime, app_id: int, applicant: Applicant) -> NewToken:
    """Make an account, and a token with which its app can use it as soon as it may be used.

    Raises:
        Forbidden: nobody can join.
        SignUpRefused: something about the applicant cannot be.
    """
    mode = runtime.settings.registration.mode
    if mode == "closed":
        raise Forbidden("This action is not allowed")
    app = await find_app_by_id(runtime.read(), app_id)
    if app is None:
        raise Forbidden("This action is not allowed")
    details = await _check(runtime, applicant)
    if details:
        raise SignUpRefused(details)
    hashed, pair = await asyncio.gather(
        hash_password(applicant.password), asyncio.to_thread(generate_pair)
    )
    try:
        async with runtime.unit() as unit:
            account = await create_local(
                unit, runtime.settings, applicant.username, pair, staff=False
            )
            user_id = await create_user(
                unit,
                account.id,
                applicant.email,
                hashed,
                # There is no mail by which an address could be confirmed.
                confirmed=True,
                approved=mode == "open",
                locale=applicant.locale if applicant.locale in _LOCALES else "en",
                reason=applicant.reason,
            )
            unit.record(UserSignedUp(account.id))
            return await issue_token(unit, user_id, app.scopes, app)
    except Invalid as problem:
        # Somebody else was faster with the name or the address.
        if not problem.field:
            raise
        raise SignUpRefused({problem.field: [_describe(problem)]}) from problem


async def _check(runtime: Runtime, applicant: Applicant) -> Problems:
    """Everything that is wrong at once, as forms show it."""
    details: Problems = {}
    for name, check in (
        ("username", _check_name),
        ("email", _check_address),
    ):
        await _collect(details, name, check(runtime, applicant))
    await _collect(details, "password", _check_password(applicant))
    if not applicant.agreement:
        details["agreement"] = [{"error": "ERR_ACCEPTED", "description": "must be accepted"}]
    await _collect(details, "reason", _check_reason(runtime, applicant))
    return details


async def _collect(details: Problems, name: str, checking: Awaitable[None]) -> None:
    try:
        await checking
    except Invalid as problem:
        details[name] = [_describe(problem)]


_WORDS = {
    "ERR_BLANK": "can't be blank",
    "ERR_TAKEN": "has already been taken",
    "ERR_RESERVED": "is reserved",
    "ERR_TOO_SHORT": "is too short",
    "ERR_TOO_LONG": "is too long",
    "ERR_INVALID": "is invalid",
}


def _describe(problem: Invalid) -> dict[str, str]:
    return {"error": problem.code, "description": _WORDS.get(problem.code, problem.public)}


async def _check_name(runtime: Runtime, applicant: Applicant) -> None:
    if not applicant.username.strip():
        raise Invalid("", code="ERR_BLANK")
    name = check_username(applicant.username)
    if await find_local(runtime.read(), name) is not None:
        raise Invalid("", code="ERR_TAKEN")


async def _check_address(runtime: Runtime, applicant: Applicant) -> None:
    if not applicant.email.strip():
        raise Invalid("", code="ERR_BLANK")
    if await find_user(runtime.read(), check_email(applicant.email)) is not None:
        raise Invalid("", code="ERR_TAKEN")


async def _check_password(applicant: Applicant) -> None:
    if not applicant.password:
        raise Invalid("", code="ERR_BLANK")
    check_password(applicant.password)


async def _check_reason(runtime: Runtime, applicant: Applicant) -> None:
    settings = runtime.settings.registration
    if settings.mode == "approval" and settings.reason_required and not applicant.reason.strip():
        raise Invalid("", code="ERR_BLANK")
    if len(applicant.reason) > LONGEST_REASON:
        raise Invalid("", code="ERR_TOO_LONG")


async def approve(unit: Unit, user_id: int) -> None:
    """Let somebody in who asked.

    Raises:
        Invalid: nobody waits for that.
    """
    if not await unit.execute(
        "UPDATE users SET approved_at = $2 WHERE id = $1 AND approved_at IS NULL",
        user_id,
        unit.now(),
    ):
        raise Invalid("They have been let in already.")


async def reject(unit: Unit, user_id: int) -> None:
    """Turn somebody down who asked: nothing of them remains, not even the name.

    Raises:
        NotFound: nobody by that id waits for an answer.
    """
    # Who was never let in could do nothing that anybody else would know of.
    if not await unit.execute(
        "DELETE FROM accounts a USING users u WHERE u.account_id = a.id AND u.id = $1"
        " AND u.approved_at IS NULL",
        user_id,
    ):
        raise NotFound("Nobody by that name waits to be let in.")
