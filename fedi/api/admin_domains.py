"""What holds for other servers, for admins and their tools."""

import hashlib
from typing import Any

import orjson
from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty, raw_json
from fedi.core.domains import allows, service
from fedi.core.domains.allows import DomainAllow
from fedi.core.domains.service import DomainBlock, Rule
from fedi.kit.clock import to_iso
from fedi.kit.errors import Forbidden, Invalid

_ROLES = frozenset({"owner", "admin"})
EXISTS = "A domain block for this domain already exists."


def _check_role(call: Call) -> None:
    """Only admins decide about other servers, whatever scope a token has.

    Raises:
        Forbidden: this member is none.
    """
    if call.member.role not in _ROLES:
        raise Forbidden("This action is not allowed")


async def blocks(call: Call) -> Response:
    """The rules."""
    _check_role(call)
    page = call.page(100, 200)
    found = await service.page_blocks(call.read(), page)
    links = call.page_links([each.id for each in found], page)
    return raw_json(orjson.dumps([_build_block(each) for each in found]), headers=links)


async def block(call: Call) -> Response:
    """One rule."""
    _check_role(call)
    return answer(_build_block(await service.get_block(call.read(), call.id())))


async def add_block(call: Call) -> Response:
    """Make a rule."""
    _check_role(call)
    domain = call.params.text("domain") or ""
    rule = _read_rule(call, Rule(severity="silence"))
    async with call.runtime.unit() as unit:
        name = service.check_domain(domain, call.settings.host)
        known = await service.find_block(unit, name)
        if known is not None:
            error = {"error": EXISTS, "existing_domain_block": _build_block(known)}
            return answer(error, status=422)
        made = await service.block(unit, name, rule, own=call.settings.host)
    call.services.policy.forget()
    return answer(_build_block(made))


async def change_block(call: Call) -> Response:
    """Change a rule; what is not named stays."""
    _check_role(call)
    async with call.runtime.unit() as unit:
        known = await service.get_block(unit, call.id())
        made = await service.block(unit, known.domain, _read_rule(call, known))
    call.services.policy.forget()
    return answer(_build_block(made))


async def remove_block(call: Call) -> Response:
    """Lift a rule."""
    _check_role(call)
    async with call.runtime.unit() as unit:
        known = await service.get_block(unit, call.id())
        await service.unblock(unit, known.domain)
    call.services.policy.forget()
    return empty()


async def allowed(call: Call) -> Response:
    """The servers that we talk to, where we keep to a list."""
    _check_role(call)
    page = call.page(100, 200)
    found = await allows.page_allows(call.read(), page)
    links = call.page_links([each.id for each in found], page)
    return raw_json(orjson.dumps([_build_allow(each) for each in found]), headers=links)


async def allow(call: Call) -> Response:
    """One of them."""
    _check_role(call)
    return answer(_build_allow(await allows.get_allow(call.read(), call.id())))


async def add_allow(call: Call) -> Response:
    """Put a server on the list."""
    _check_role(call)
    domain = call.params.text("domain") or ""
    async with call.runtime.unit() as unit:
        made = await allows.allow(unit, domain, own=call.settings.host)
    call.services.policy.forget()
    return answer(_build_allow(made))


async def remove_allow(call: Call) -> Response:
    """Take a server from the list."""
    _check_role(call)
    async with call.runtime.unit() as unit:
        known = await allows.get_allow(unit, call.id())
        await allows.disallow(unit, known.domain)
    call.services.policy.forget()
    return answer(_build_allow(known))


def _read_rule(call: Call, known: Rule) -> Rule:
    """The rule that is asked for, on top of the one that is known."""
    params = call.params

    def flag(name: str) -> bool:
        stated = params.flag(name)
        return getattr(known, name) if stated is None else stated

    def text(name: str, held: str) -> str:
        stated = params.text(name)
        if stated is not None and len(stated) > _MAX_TEXT:
            raise Invalid(f"{name} is longer than {_MAX_TEXT} characters", field=name)
        return held if stated is None else stated

    return Rule(
        severity=params.text("severity") or known.severity,
        reject_media=flag("reject_media"),
        reject_reports=flag("reject_reports"),
        force_sensitive=known.force_sensitive,
        obfuscate=flag("obfuscate"),
        comment=text("private_comment", known.comment),
        public_comment=text("public_comment", known.public_comment),
    )


def _build_block(block: DomainBlock) -> dict[str, Any]:
    return {
        "id": str(block.id),
        "domain": block.domain,
        "digest": hashlib.sha256(block.domain.encode()).hexdigest(),
        "created_at": to_iso(block.created_at),
        "severity": block.severity,
        "reject_media": block.reject_media,
        "reject_reports": block.reject_reports,
        "private_comment": block.comment or None,
        "public_comment": block.public_comment or None,
        "obfuscate": block.obfuscate,
    }


def _build_allow(allow: DomainAllow) -> dict[str, Any]:
    return {"id": str(allow.id), "domain": allow.domain, "created_at": to_iso(allow.created_at)}


_MAX_TEXT = 2000
_BLOCKS, _ALLOWS = "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows"
_READ_BLOCKS, _WRITE_BLOCKS = ("admin:read:domain_blocks",), ("admin:write:domain_blocks",)
_READ_ALLOWS, _WRITE_ALLOWS = ("admin:read:domain_allows",), ("admin:write:domain_allows",)

ROUTES = [
    Route("GET", _BLOCKS, blocks, Who.MEMBER, _READ_BLOCKS),
    Route("POST", _BLOCKS, add_block, Who.MEMBER, _WRITE_BLOCKS),
    Route("GET", f"{_BLOCKS}/{{id}}", block, Who.MEMBER, _READ_BLOCKS),
    Route("PUT", f"{_BLOCKS}/{{id}}", change_block, Who.MEMBER, _WRITE_BLOCKS),
    Route("DELETE", f"{_BLOCKS}/{{id}}", remove_block, Who.MEMBER, _WRITE_BLOCKS),
    Route("GET", _ALLOWS, allowed, Who.MEMBER, _READ_ALLOWS),
    Route("POST", _ALLOWS, add_allow, Who.MEMBER, _WRITE_ALLOWS),
    Route("GET", f"{_ALLOWS}/{{id}}", allow, Who.MEMBER, _READ_ALLOWS),
    Route("DELETE", f"{_ALLOWS}/{{id}}", remove_allow, Who.MEMBER, _WRITE_ALLOWS),
]
