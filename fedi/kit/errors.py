"""One tree for everything that means "I cannot".

    FediError                 two faces: `public` may leave the box, `detail` goes to the log
    ├── Invalid               the request itself is wrong (422; `field` says where)
    ├── Malformed             the request cannot even be read (400)
    ├── Unauthorized          we do not know who asks (401)
    ├── Forbidden             we know who asks, and no (403)
    ├── NotFound              it is not there, or not for you (404)
    ├── Gone                  it was there (410)
    ├── Conflict              somebody else was faster (409)
    ├── TooLarge              over a size limit (413)
    ├── WrongType             not a content type we read (415)
    ├── TooMany               over a rate limit (429, `retry_after`)
    ├── Unavailable           not now: database, storage, remote key host (503, `retry_after`)
    └── RemoteError           another server did not do its part
        ├── RemoteDown        no answer, 5xx, time-out: trying again makes sense
        ├── RemoteGone        404 or 410 for the document
        ├── RemoteRefused     our guard or their policy said no: trying again does not help
        └── RemoteNonsense    an answer that we cannot use

Mapped to HTTP in `kit/web.py`, to retries in `kit/queue.py`, and nowhere else.
"""


class FediError(Exception):
    """Base of the tree: `public` for the other side, `detail` for the log."""

    status = 500

    def __init__(
        self, public: str = "", detail: str = "", *, retry_after: int | None = None
    ) -> None:
        super().__init__(detail or public)
        self.public = public or type(self).__name__
        self.detail = detail or public
        self.retry_after = retry_after


class Invalid(FediError):
    """The request is understood and wrong; `field` names the part."""

    status = 422

    def __init__(self, public: str, *, field: str = "", code: str = "ERR_INVALID") -> None:
        super().__init__(public)
        self.field = field
        self.code = code


class Malformed(FediError):
    """The request cannot be read."""

    status = 400


class Unauthorized(FediError):
    """We do not know who asks."""

    status = 401


class Forbidden(FediError):
    """We know who asks, and the answer is no."""

    status = 403


class NotFound(FediError):
    """It is not there, or not for this viewer: the two are never told apart."""

    status = 404

    def __init__(self, public: str = "Record not found", detail: str = "") -> None:
        super().__init__(public, detail)


class Gone(FediError):
    """It was there once."""

    status = 410


class Conflict(FediError):
    """Somebody else was faster."""

    status = 409


class TooLarge(FediError):
    """Over a size limit."""

    status = 413


class WrongType(FediError):
    """A content type that we do not read."""

    status = 415


class TooMany(FediError):
    """Over a rate limit."""

    status = 429


class Unavailable(FediError):
    """Not now; the other side may come again after `retry_after` seconds."""

    status = 503


class RemoteError(FediError):
    """Another server did not do its part."""

    status = 503


class RemoteDown(RemoteError):
    """No answer, a 5xx or a time-out: trying again makes sense."""


class RemoteGone(RemoteError):
    """The document is 404 or 410 at its origin; `permanent` is True for 410."""

    def __init__(self, public: str = "", detail: str = "", *, permanent: bool = False) -> None:
        super().__init__(public, detail)
        self.permanent = permanent


class RemoteRefused(RemoteError):
    """Our guard or their policy said no: trying again does not help."""


class RemoteNonsense(RemoteError):
    """An answer that we cannot use."""
