"""Keys, ours and those of others, and the ring that keeps both loaded.

Loading a key costs more than using it, so the ring of each process keeps what it has loaded. Keys
of others are asked for again after a minute at most, since they may be replaced or their owner
may be suspended.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fedi.ap.signatures import keys as wire
from fedi.core.key_pairs import ED25519, RSA, KeyPair, generate_pair, store_pair
from fedi.core.sealing import unseal
from fedi.kit.clock import clock
from fedi.kit.errors import NotFound, Unauthorized
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit

__all__ = [
    "ED25519",
    "RSA",
    "KeyPair",
    "KeyRing",
    "SigningKey",
    "StoredKey",
    "generate_pair",
    "store_pair",
]

_OWN_KEPT = 4096
# Our own change only when they are rotated, and then overlap for much longer than this.
_OWN_SECONDS = 300.0
_FOREIGN_KEPT = 20_000
_FOREIGN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A loaded private key of ours."""

    key_id: str
    private_key: wire.PrivateKey
    kind: str


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A public key and the account that it speaks for."""

    key_id: str
    kind: str
    public_key: wire.PublicKey
    account_id: int
    account_uri: str
    # None: one of our own.
    domain: str | None
    suspended: bool
    deleted: bool


class KeyRing:
    """The keys that one process has loaded."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._own: OrderedDict[tuple[int, str], tuple[float, SigningKey]] = OrderedDict()
        self._foreign: OrderedDict[str, tuple[float, StoredKey]] = OrderedDict()

    async def signing_key(self, account_id: int, kind: str = RSA) -> SigningKey:
        """The key with which a local account signs.

        Raises:
            NotFound: the account is not ours, or its keys are gone.
        """
        kept = self._own.get((account_id, kind))
        if kept is not None and kept[0] > clock.monotonic():
            self._own.move_to_end((account_id, kind))
            return kept[1]
        loaded = await self.signing_keys([account_id], kind)
        if account_id not in loaded:
            raise NotFound(detail=f"account {account_id} has no {kind} key of ours")
        return loaded[account_id]

    async def signing_keys(
        self, account_ids: Iterable[int], kind: str = RSA, *, read: ReadUnit | None = None
    ) -> dict[int, SigningKey]:
        """The keys of several accounts at once; those without one are missing.

        Whoever is in a transaction passes it as `read`, and needs no second connection.
        """
        wanted = set(account_ids)
        moment = clock.monotonic()
        found = {
            i: kept[1]
            for i in wanted
            if (kept := self._own.get((i, kind))) is not None and kept[0] > moment
        }
        missing = [i for i in wanted if i not in found]
        if not missing:
            return found
        rows = await (read or self._runtime.read()).fetch(
            "SELECT DISTINCT ON (account_id) account_id, key_id, private_key FROM account_keys"
            " WHERE account_id = ANY($1::bigint[]) AND kind = $2 AND private_key IS NOT NULL"
            " AND (signs_from IS NULL OR signs_from <= now())"
            " ORDER BY account_id, signs_from DESC NULLS LAST",
            missing,
            kind,
        )
        secret = self._runtime.settings.secret
        for account_id, key_id, sealed in rows:
            key = wire.load_private(unseal(secret, key_id, sealed))
            found[account_id] = SigningKey(key_id, key, kind)
            self._own[account_id, kind] = (moment + _OWN_SECONDS, found[account_id])
            self._own.move_to_end((account_id, kind))
        _trim(self._own, _OWN_KEPT)
        return found

    async def public_keys(self, key_ids: Sequence[str]) -> dict[str, StoredKey]:
        """Stored keys by their exact id, and whose they are; unknown ones are missing."""
        moment = clock.monotonic()
        found: dict[str, StoredKey] = {}
        missing: list[str] = []
        for key_id in key_ids:
            kept = self._foreign.get(key_id)
            if kept is not None and kept[0] > moment:
                found[key_id] = kept[1]
            else:
                missing.append(key_id)
        if missing:
            for key in await self._load(missing):
                found[key.key_id] = key
                self._foreign[key.key_id] = (moment + _FOREIGN_SECONDS, key)
                self._foreign.move_to_end(key.key_id)
            _trim(self._foreign, _FOREIGN_KEPT)
        return found

    async def _load(self, key_ids: list[str]) -> list[StoredKey]:
        rows = await self._runtime.db.fetch(
            "SELECT k.key_id, k.kind, k.public_key, a.id, a.uri, a.domain,"
            " a.suspended_at IS NOT NULL, a.deleted_at IS NOT NULL"
            " FROM account_keys k JOIN accounts a ON a.id = k.account_id"
            " WHERE k.key_id = ANY($1::text[])",
            key_ids,
        )
        loaded: list[StoredKey] = []
        for key_id, kind, text, *owner in rows:
            try:
                loaded.append(StoredKey(key_id, kind, wire.load_public(text), *owner))
            except Unauthorized:
                # It could be read when it was stored; a rule has become stricter since.
                continue
        return loaded

    def forget(self, key_id: str) -> None:
        """Ask the database again for this key."""
        self._foreign.pop(key_id, None)

    def forget_account(self, account_id: int) -> None:
        """Ask the database again for all keys of an account."""
        for key_id in [k for k, (_, key) in self._foreign.items() if key.account_id == account_id]:
            del self._foreign[key_id]
        for kind in (RSA, ED25519):
            self._own.pop((account_id, kind), None)


def _trim(kept: OrderedDict[Any, Any], size: int) -> None:
    while len(kept) > size:
        kept.popitem(last=False)
