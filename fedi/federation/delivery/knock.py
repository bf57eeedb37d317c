"""One delivery on the wire: signed in the way that its host is used to, or else in another.

Each try is signed anew, with a fresh date: nothing that was signed is ever sent twice. Ed25519 is
only for who said that it verifies that, and RSA only a knock away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedi.ap.followers_digest import HEADER
from fedi.ap.signatures import (
    Outgoing,
    prepare_cavage,
    prepare_rfc9421,
    sign_ed25519,
    wanted_of,
)
from fedi.core.domains.reachability import Dialect
from fedi.federation.delivery.parcels import Parcel
from fedi.federation.delivery.signer import Signer
from fedi.federation.delivery.verdict import KNOCK_AGAIN
from fedi.kit import faults
from fedi.kit.clock import clock, now
from fedi.kit.http import HttpClient, Posted

# What is tried after a first knock was not let in. Who refuses Ed25519 after all may know the
# newer dialect and not the key, or have forgotten both.
_NEXT: dict[Dialect, tuple[Dialect, ...]] = {
    "cavage": ("rfc9421",),
    "rfc9421": ("cavage",),
    "ed25519": ("rfc9421", "cavage"),
}
# With less than this share of the deadline left, another knock would hardly be answered.
_ENOUGH = 0.25


@dataclass(frozen=True, slots=True)
class Learned:
    """What a later knock taught about a host."""

    dialect: Dialect
    # It asked for this dialect in so many words, so that once is enough.
    was_asked: bool = False


@dataclass(frozen=True, slots=True)
class Knocker:
    """Posts activities; one per worker."""

    http: HttpClient
    signer: Signer

    async def knock(
        self, url: str, parcel: Parcel, dialect: Dialect, deadline: float, *, attempts: int = 1
    ) -> tuple[Posted, Learned | None]:
        """POST, and again in other dialects as long as the answer may mean "not this one".

        All knocks share the deadline: a delivery must not outlast its lease, however slowly it is
        refused. What Ed25519 did not get through goes with RSA the next time: a server that breaks
        down over a signature does not say so.
        """
        is_detour = dialect == "ed25519" and parcel.edwards is not None and attempts % 2 == 0
        if dialect == "ed25519" and (is_detour or parcel.edwards is None):
            dialect = "rfc9421"
        end = clock.monotonic() + deadline
        first = await self._post(url, parcel, dialect, deadline)
        if is_detour and 200 <= first.status < 300:
            return first, Learned(dialect)
        tried: list[Dialect] = [dialect]
        answers = [first]
        while other := _next(tried, answers, has_edwards=parcel.edwards is not None):
            left = end - clock.monotonic()
            if left < deadline * _ENOUGH:
                break
            answer = await self._post(url, parcel, other, left)
            if 200 <= answer.status < 300:
                return answer, Learned(other, was_asked=_was_asked(other, dialect, answers))
            tried.append(other)
            answers.append(answer)
        if dialect == "ed25519" and answers[-1].status not in KNOCK_AGAIN:
            # Ed25519 goes first because of what was said, and may never have been let in: what RSA
            # is told of the delivery itself (gone, too many, broken) is the answer.
            return answers[-1], None
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
        headers = await self._sign(parcel, dialect, request)
        faults.point("O6")
        answer = await self.http.post(url, parcel.body, headers, deadline=deadline)
        faults.point("O7")
        return answer

    async def _sign(self, parcel: Parcel, dialect: Dialect, request: Outgoing) -> dict[str, str]:
        """The headers of a request, all of them."""
        if dialect == "ed25519" and parcel.edwards is not None:
            # This takes less than the way into a thread and back.
            return sign_ed25519(parcel.edwards.private_key, parcel.edwards.key_id, request)
        prepare = prepare_cavage if dialect == "cavage" else prepare_rfc9421
        prepared = prepare(parcel.key.key_id, request)
        return prepared.finish(await self.signer.sign(parcel.key.private_key, prepared.base))


def _next(
    tried: Sequence[Dialect], answers: Sequence[Posted], *, has_edwards: bool
) -> Dialect | None:
    """What to try after these answers: what was asked for, or else the usual."""
    if answers[-1].status not in KNOCK_AGAIN:
        return None
    order, asked = _NEXT[tried[0]], _asked(answers[-1])
    if asked and (has_edwards or asked != "ed25519"):
        order = (asked, *order)
    return next((each for each in order if each not in tried), None)


def _asked(answer: Posted) -> Dialect | None:
    """The dialect that a refusal asks for."""
    return wanted_of(answer.accept_signature) if answer.status == 401 else None


def _was_asked(dialect: Dialect, first: Dialect, answers: Sequence[Posted]) -> bool:
    """Whether a host asked for what it then let in.

    Who turns Ed25519 away and asks for any newer signature has not asked for RSA: it may have been
    an accident, and is told from one by a second time.
    """
    return first != "ed25519" and dialect in {_asked(answer) for answer in answers}


_NOTHING: dict[str, str] = {}


def _extra(synchronization: Mapping[str, str], inbox: str) -> dict[str, str]:
    value = synchronization.get(inbox)
    return _NOTHING if value is None else {HEADER: value}
