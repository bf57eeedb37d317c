"""The bytes of activities under way, with the keys that sign for their actors.

What goes to followers alone carries a digest of the followers that we believe to be on the host
concerned, so that it can tell us, and itself, when the two lists have come apart.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fedi.ap.followers_digest import render_synchronization
from fedi.ap.signatures import sha256_base64
from fedi.core import urls
from fedi.core.accounts.keys import ED25519, KeyRing, SigningKey
from fedi.kit.clock import clock
from fedi.kit.runtime import Runtime

_KEPT = 256
# Keys of ours are replaced now and then; an old one is good for longer than this.
_SECONDS = 600.0
_DIGEST_SECONDS = 60.0
_DIGESTS = 1000

# One line for each host with followers of an account: its shared inboxes, and the digest.
_FOLLOWERS = """
SELECT f.target_id, o.uri AS actor, array_agg(DISTINCT a.shared_inbox_url) AS inboxes,
  bit_xor(('x' || encode(sha256(a.uri::bytea), 'hex'))::bit(256))::text AS bits
FROM follows f
JOIN accounts a ON a.id = f.account_id
JOIN accounts o ON o.id = f.target_id
WHERE f.target_id = ANY($1::bigint[]) AND f.accepted AND NOT f.local AND a.deleted_at IS NULL
  AND a.suspended_at IS NULL
GROUP BY f.target_id, o.uri, lower(split_part(a.uri, '/', 3))
"""

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes of an activity, their digest, and the keys that sign for its actor."""

    body: bytes
    digest: str
    key: SigningKey
    loaded: float
    # The one for hosts that verify Ed25519.
    edwards: SigningKey | None = None
    # The header about followers, by the shared inboxes that get it.
    synchronization: Headers = field(default_factory=dict[str, str])


class Parcels:
    """Those that one worker has at hand."""

    def __init__(self, runtime: Runtime, keyring: KeyRing) -> None:
        self._runtime = runtime
        self._keyring = keyring
        self._parcels: OrderedDict[int, Parcel] = OrderedDict()
        self._digests: OrderedDict[int, tuple[float, Headers]] = OrderedDict()

    def find(self, activity_id: int) -> Parcel | None:
        """The parcel, if it was loaded."""
        return self._parcels.get(activity_id)

    async def load(self, activity_ids: set[int]) -> None:
        """Have these at hand, as far as there are bodies and keys."""
        moment = clock.monotonic()
        missing: list[int] = []
        for number in activity_ids:
            parcel = self._parcels.get(number)
            if parcel is None or moment - parcel.loaded > _SECONDS:
                missing.append(number)
            else:
                self._parcels.move_to_end(number)
        if not missing:
            return
        for number in missing:
            self._parcels.pop(number, None)
        rows = await self._runtime.read().fetch(
            "SELECT id, account_id, body FROM activities"
            " WHERE id = ANY($1::bigint[]) AND body IS NOT NULL",
            missing,
        )
        authors = {row["account_id"] for row in rows}
        keys = await self._keyring.signing_keys(authors)
        edwards = await self._keyring.signing_keys(authors, ED25519)
        private = {row["account_id"] for row in rows if _is_for_followers(row["body"])}
        followers = await self._load_digests(private, moment) if private else {}
        for row in rows:
            account, body = row["account_id"], row["body"]
            if key := keys.get(account):
                mine = followers.get(account, {}) if _is_for_followers(body) else {}
                self._parcels[row["id"]] = Parcel(
                    body, sha256_base64(body), key, moment, edwards.get(account), mine
                )
        while len(self._parcels) > max(_KEPT, len(activity_ids)):
            self._parcels.popitem(last=False)

    async def _load_digests(self, accounts: Iterable[int], moment: float) -> dict[int, Headers]:
        """For each account the header for each shared inbox of its followers."""
        kept = {each: self._digests[each] for each in accounts if each in self._digests}
        found = {each: headers for each, (until, headers) in kept.items() if until > moment}
        missing = [each for each in accounts if each not in found]
        if not missing:
            return found
        headers: dict[int, dict[str, str]] = {each: {} for each in missing}
        for row in await self._runtime.read().fetch(_FOLLOWERS, missing):
            actor = row["actor"]
            value = render_synchronization(
                urls.followers_url(actor),
                urls.followers_synchronization_url(actor),
                f"{int(row['bits'], 2):064x}",
            )
            headers[row["target_id"]].update((url, value) for url in row["inboxes"] if url)
        for each, values in headers.items():
            self._digests[each] = (moment + _DIGEST_SECONDS, values)
            self._digests.move_to_end(each)
        while len(self._digests) > _DIGESTS:
            self._digests.popitem(last=False)
        return {**found, **headers}


def _is_for_followers(body: bytes) -> bool:
    """Whether an activity of ours is for followers and not for everybody.

    Told by the bytes: reading each body would cost more than all the rest of this. Text that looks
    like an address costs a needless header, or saves one.
    """
    return b'/followers"' in body and b'#Public"' not in body and b'"as:Public"' not in body
