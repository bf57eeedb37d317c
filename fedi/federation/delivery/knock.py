"""One delivery on the wire: signed in the dialect that its host is used to, or else in the other.

Each try is signed anew, with a fresh date: nothing that was signed is ever sent twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fedi.ap.followers_digest import HEADER
from fedi.ap.signatures import Outgoing, prepare_cavage, prepare_rfc9421
from fedi.ap.signatures.claims import Dialect
from fedi.federation.delivery.parcels import Parcel
from fedi.federation.delivery.signer import Signer
from fedi.federation.delivery.verdict import KNOCK_AGAIN
from fedi.kit import faults
from fedi.kit.clock import now
from fedi.kit.http import HttpClient, Posted


@dataclass(frozen=True, slots=True)
class Learned:
    """What the second knock taught about a host."""

    dialect: Dialect
    # It asked for this dialect in so many words, so that once is enough.
    was_asked: bool = False


@dataclass(frozen=True, slots=True)
class Knocker:
    """Posts activities; one per worker."""

    http: HttpClient
    signer: Signer

    async def knock(
        self, url: str, parcel: Parcel, dialect: Dialect, deadline: float
    ) -> tuple[Posted, Learned | None]:
        """POST, and once more in the other dialect if the answer may mean "not this one"."""
        first = await self._post(url, parcel, dialect, deadline)
        if first.status not in KNOCK_AGAIN:
            return first, None
        other: Dialect = "cavage" if dialect == "rfc9421" else "rfc9421"
        second = await self._post(url, parcel, other, deadline)
        if 200 <= second.status < 300:
            asked = other == "rfc9421" and first.status == 401 and first.accept_signature
            return second, Learned(other, asked)
        # The answer to the dialect that the host is used to says more.
        return first, None

    async def _post(self, inbox: str, parcel: Parcel, dialect: Dialect, deadline: float) -> Posted:
        url = self.http.check_url(inbox).url
        request = Outgoing(
            "POST",
            url,
            parcel.body,
            now(),
            digest=parcel.digest,
            extra=_extra(parcel.synchronization, inbox),
        )
        prepare = prepare_cavage if dialect == "cavage" else prepare_rfc9421
        prepared = prepare(parcel.key.key_id, request)
        headers = prepared.finish(await self.signer.sign(parcel.key.private_key, prepared.base))
        faults.point("O6")
        answer = await self.http.post(url, parcel.body, headers, deadline=deadline)
        faults.point("O7")
        return answer


_NOTHING: dict[str, str] = {}


def _extra(synchronization: Mapping[str, str], inbox: str) -> dict[str, str]:
    value = synchronization.get(inbox)
    return _NOTHING if value is None else {HEADER: value}
