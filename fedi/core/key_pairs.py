"""Key pairs of our own actors: made in a thread, sealed, stored."""

from dataclasses import dataclass

from fedi.ap.signatures import keys as wire
from fedi.core import urls
from fedi.core.sealing import seal
from fedi.kit.unit import Unit

RSA = "rsa"
ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The private keys of a new local actor."""

    rsa: wire.PrivateKey
    ed25519: wire.PrivateKey


def generate_pair() -> KeyPair:
    """A new pair; takes up to a second of CPU, so it runs in a thread and before any unit."""
    return KeyPair(wire.generate_rsa(), wire.generate_ed25519())


async def store_pair(unit: Unit, secret: str, account_id: int, actor: str, pair: KeyPair) -> None:
    """Keep the keys of a local actor."""
    keys = [
        (urls.rsa_key_id(actor), RSA, wire.to_pem(pair.rsa.public_key()), pair.rsa),
        (
            urls.ed25519_key_id(actor),
            ED25519,
            wire.to_multibase(pair.ed25519.public_key()),
            pair.ed25519,
        ),
    ]
    await unit.execute(
        "INSERT INTO account_keys (id, account_id, key_id, kind, public_key, private_key)"
        " SELECT i, $2, k, t, p, s FROM unnest($1::bigint[], $3::text[], $4::text[], $5::text[],"
        " $6::bytea[]) AS x(i, k, t, p, s) ON CONFLICT (key_id) DO NOTHING",
        await unit.new_ids(len(keys)),
        account_id,
        [key_id for key_id, _, _, _ in keys],
        [kind for _, kind, _, _ in keys],
        [public for _, _, public, _ in keys],
        [seal(secret, key_id, wire.dump_private(key)) for key_id, _, _, key in keys],
    )
