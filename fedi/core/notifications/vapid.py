"""The key pair with which this server names itself to push services: made once, kept for good.

Every subscription is bound to it: with another one, all of them would be dead.
"""

import base64
import binascii

from fedi.core.sealing import seal, unseal
from fedi.kit.errors import Unavailable
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit
from fedi.kit.webpush import Vapid, make_private

_NAME = "vapid"


async def ensure_keys(runtime: Runtime) -> None:
    """Make the key pair if there is none yet; of several processes, the first one's counts."""
    if await public_key(runtime.read()):
        return
    private = make_private()
    value = {
        "public": Vapid(private).public,
        "private": base64.b64encode(seal(runtime.settings.secret, _NAME, private)).decode(),
    }
    async with runtime.unit() as unit:
        await unit.execute(
            "INSERT INTO instance_settings (key, value) VALUES ($1, $2)"
            " ON CONFLICT (key) DO NOTHING",
            _NAME,
            value,
        )


async def public_key(read: ReadUnit) -> str:
    """The public half, as apps hand it to browsers; empty before `ensure_keys`."""
    found: str | None = await read.value(
        "SELECT value ->> 'public' FROM instance_settings WHERE key = $1", _NAME
    )
    return found or ""


async def load_keys(read: ReadUnit, secret: str) -> Vapid:
    """The whole pair, for signing.

    Raises:
        Unavailable: there is none, or the instance secret does not open it.
    """
    sealed: str | None = await read.value(
        "SELECT value ->> 'private' FROM instance_settings WHERE key = $1", _NAME
    )
    try:
        return Vapid(unseal(secret, _NAME, base64.b64decode(sealed or "", validate=True)))
    except (binascii.Error, ValueError, IndexError) as problem:
        raise Unavailable("There is no key for push messages", "vapid") from problem
