"""Key pairs of our own actors: made in a thread, sealed, stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fedi.ap.signatures import keys as wire
from fedi.core import urls
from fedi.core.sealing import seal
from fedi.kit.errors import Conflict
from fedi.kit.unit import Unit

RSA = "rsa"
ED25519 = "ed25519"

# New keys are shown for so long before they sign, and old ones for so long once they are replaced.
SIGNS_AFTER = timedelta(hours=1)
KEPT_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The private keys of a new local actor."""

    rsa: wire.PrivateKey
    ed25519: wire.PrivateKey


def generate_pair() -> KeyPair:
    """A new pair; takes up to a second of CPU, so it runs in a thread and before any unit."""
    return KeyPair(wire.generate_rsa(), wire.generate_ed25519())


async def store_pair(
    unit: Unit,
    secret: str,
    account_id: int,
    actor: str,
    pair: KeyPair,
    *,
    suffix: str = "",
    signs_from: datetime | None = None,
) -> None:
    """Keep the keys of a local actor; of a later pair the ids end in `suffix`."""
    keys = [
        (urls.rsa_key_id(actor) + suffix, RSA, wire.to_pem(pair.rsa.public_key()), pair.rsa),
        (
            urls.ed25519_key_id(actor) + suffix,
            ED25519,
            wire.to_multibase(pair.ed25519.public_key()),
            pair.ed25519,
        ),
    ]
    await unit.execute(
        "INSERT INTO account_keys (id, account_id, key_id, kind, public_key, private_key,"
        " signs_from) SELECT i, $2, k, t, p, s, $7::timestamptz"
        " FROM unnest($1::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[])"
        " AS x(i, k, t, p, s) ON CONFLICT (key_id) DO NOTHING",
        await unit.new_ids(len(keys)),
        account_id,
        [key_id for key_id, _, _, _ in keys],
        [kind for _, kind, _, _ in keys],
        [public for _, _, public, _ in keys],
        [seal(secret, key_id, wire.dump_private(key)) for key_id, _, _, key in keys],
        signs_from,
    )


async def rotate_keys(
    unit: Unit, secret: str, account_id: int, actor: str, pair: KeyPair
) -> datetime:
    """Give a local actor new keys; from when they sign.

    Until then the old ones do, and the new ones are published beside them, so that whoever keeps
    keys has read them in time. The old ones stay published for what is still under way.

    Raises:
        Conflict: it has new keys that do not sign yet.
    """
    waiting = await unit.value(
        "SELECT 1 FROM account_keys WHERE account_id = $1 AND signs_from > $2 LIMIT 1",
        account_id,
        unit.now(),
    )
    if waiting:
        raise Conflict("There are new keys already, which take over within the hour")
    await unit.execute(
        "UPDATE account_keys SET drops_at = coalesce(drops_at, $2) WHERE account_id = $1"
        " AND private_key IS NOT NULL",
        account_id,
        unit.now() + KEPT_FOR,
    )
    number = await unit.new_id()
    start = unit.now() + SIGNS_AFTER
    await store_pair(unit, secret, account_id, actor, pair, suffix=f"-{number}", signs_from=start)
    return start


async def drop_old_keys(unit: Unit) -> int:
    """Forget keys of ours whose successors have long taken over."""
    return await unit.execute(
        "DELETE FROM account_keys WHERE drops_at < now() AND private_key IS NOT NULL"
    )
