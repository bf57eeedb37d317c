"""What a request looks like when it has come through the proxy: the server's half of the doctor.

Only whoever has the secret of this server is answered, and is told nothing but what they sent
themselves; to all others the address is not there. The answer bears a proof, too, so that a page
of somebody else, or one that was changed on the way, is known.
"""

import hashlib
import hmac
import secrets
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi.federation.inbound.inbox import read_request
from fedi.federation.inbound.sender import Verifier
from fedi.federation.serving.access import is_signed
from fedi.kit.clock import clock
from fedi.kit.errors import FediError, NotFound
from fedi.kit.runtime import Runtime
from fedi.kit.web import visit_of
from fedi.kit.web_trust import Proxies

PATH = "/health/echo"
PROOF = "x-fedi-doctor"
LONG = "x-fedi-doctor-long"
# Far more than clocks differ; whoever repeats a request learns nothing new.
_DAY = 86_400


def build_proof(secret: str) -> str:
    """What shows that a request comes from this box: moment, nonce, and a seal on both."""
    stated = f"{int(clock.timestamp())}.{secrets.token_hex(16)}"
    return f"{stated}.{_seal(secret, b'ask', stated.encode())}"


def seal_answer(secret: str, body: bytes) -> str:
    """What shows that an answer comes from this box, unchanged."""
    return _seal(secret, b"answer", body)


class Echo:
    """The endpoint."""

    def __init__(self, runtime: Runtime, verifier: Verifier) -> None:
        self._settings = runtime.settings
        self._verifier = verifier
        self._proxies = Proxies(runtime.settings.web.trusted_proxies)

    def routes(self) -> list[Route]:
        """Where it stands; what follows the path is echoed like the rest."""
        return [
            Route(path, self.answer, methods=["GET", "POST"])
            for path in (PATH, f"{PATH}/{{rest:path}}")
        ]

    async def answer(self, request: Request) -> Response:
        """Tell the doctor what came of its request."""
        proof = request.headers.get(PROOF, "")
        if not _is_proof(self._settings.secret, proof):
            raise NotFound
        sent = await request.body()
        body = orjson.dumps(await self._describe(request, proof, sent))
        seal = seal_answer(self._settings.secret, body)
        return Response(body, headers={PROOF: seal}, media_type="application/json")

    async def _describe(self, request: Request, proof: str, sent: bytes) -> dict[str, Any]:
        visit = visit_of(request)
        client = request.scope.get("client")
        peer: str = client[0] if client else ""
        raw = read_request(request, sent)
        return {
            "proof": proof,
            "host": visit.host,
            "scheme": visit.scheme,
            "raw_scheme": request.scope["scheme"],
            "peer": peer,
            "is_trusted": not peer or self._proxies.trusts(peer),
            "target": raw.target,
            "headers": {name: value for name, value in raw.headers if name not in {PROOF, LONG}},
            "long": len(request.headers.get(LONG, "")),
            "body": hashlib.sha256(sent).hexdigest(),
            "verdict": await self._verdict(request, sent),
        }

    async def _verdict(self, request: Request, sent: bytes) -> str:
        """What the check of signatures says: the very one that other servers meet."""
        if not is_signed(request):
            return "not signed"
        try:
            await self._verifier.verify(read_request(request, sent))
        except FediError as problem:
            return problem.public
        return "verified"


def _is_proof(secret: str, proof: str) -> bool:
    stated, _, seal = proof.rpartition(".")
    moment = stated.partition(".")[0]
    if not moment.isdecimal() or len(moment) > 12:
        return False
    expected = _seal(secret, b"ask", stated.encode())
    is_ours = hmac.compare_digest(expected.encode(), seal.encode())
    return is_ours and abs(int(moment) - clock.timestamp()) < _DAY


def _seal(secret: str, purpose: bytes, text: bytes) -> str:
    key = hashlib.sha256(b"fedi doctor " + purpose + b"\0" + secret.encode()).digest()
    return hmac.new(key, text, hashlib.sha256).hexdigest()
