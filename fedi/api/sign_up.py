"""Joining by an app, and the confirmation of addresses."""

from starlette.responses import Response

from fedi.api.deps import NO_TOKEN, Call, Route, Who, answer
from fedi.core.auth.sign_up import Applicant
from fedi.core.auth.sign_up import sign_up as core_sign_up
from fedi.core.auth.standing import UNCONFIRMED
from fedi.entities.applications import build_token
from fedi.kit.errors import Forbidden, Invalid, Unauthorized


async def create(call: Call) -> Response:
    """Make an account for somebody who uses an app; the token is theirs."""
    params, viewer = call.params, call.viewer
    if viewer is None:
        raise Unauthorized(NO_TOKEN)
    applicant = Applicant(
        username=params.text("username") or "",
        email=params.text("email") or "",
        password=params.text("password") or "",
        agreement=bool(params.flag("agreement")),
        locale=params.text("locale") or "",
        reason=(params.text("reason") or "").strip(),
    )
    token = await core_sign_up(call.runtime, viewer.application_id, applicant)
    return answer(build_token(token))


async def check_confirmation(call: Call) -> Response:
    """Whether the address of the one who asks is confirmed."""
    return answer(call.member.problem != UNCONFIRMED)


async def confirm_again(call: Call) -> Response:
    """Ask for another confirmation mail: there is no mail, and the answer says whom to ask."""
    if call.member.problem != UNCONFIRMED:
        raise Forbidden("This method is only available while the e-mail is awaiting confirmation")
    raise Invalid("This server sends no e-mail; please ask its admins to confirm your address")


ROUTES = [
    Route("POST", "/api/v1/accounts", create, Who.APP, ("write:accounts",), "sign_ups"),
    Route(
        "GET",
        "/api/v1/emails/check_confirmation",
        check_confirmation,
        Who.PERSON,
        ("read:accounts",),
    ),
    Route("POST", "/api/v1/emails/confirmations", confirm_again, Who.PERSON, ("write:accounts",)),
]
