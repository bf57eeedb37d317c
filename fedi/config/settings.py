"""The settings as a whole: what follows from them, and what is refused at the start."""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from urllib.parse import urlsplit

from fedi import __version__
from fedi.config.sections import (
    Database,
    Federation,
    Instance,
    Limits,
    Log,
    Media,
    Metrics,
    Outbound,
    Queue,
    Redis,
    Registration,
    Web,
    Worker,
    key,
)

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_BIND = re.compile(r"(\[[0-9a-f:.]+\]|[^:\s]+):[0-9]{1,5}")
_DOMAIN = re.compile(rf"(?=.{{1,259}}$){_LABEL}(\.{_LABEL})*(:[1-9][0-9]{{0,4}})?")


class ConfigError(Exception):
    """The settings cannot be used as they are; the message is for the person who wrote them."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set; see `conf/fedi.example.toml` and `docs/settings.md`."""

    domain: str = key("", "The domain that the server lives on. It can never be changed.")
    handle_domain: str = key(
        "", "Domain in handles, if another: `@user@example.org` on `social.example.org`."
    )
    public_url: str = key(
        "", "Address that others see; empty: `https://` and the domain, plain http on localhost."
    )
    bind: str = key("127.0.0.1:3000", "Address and port to listen on.")
    data: str = key("", "The data directory; usually given as `--data` or `FEDI_DATA`.")
    secret: str = key(
        "",
        "Encrypts private keys at rest; empty: made once and kept in the file `secret` of the "
        "data directory.",
        secret=True,
    )
    database: Database = field(default_factory=Database)
    redis: Redis = field(default_factory=Redis)
    web: Web = field(default_factory=Web)
    worker: Worker = field(default_factory=Worker)
    queue: Queue = field(default_factory=Queue)
    limits: Limits = field(default_factory=Limits)
    outbound: Outbound = field(default_factory=Outbound)
    registration: Registration = field(default_factory=Registration)
    instance: Instance = field(default_factory=Instance)
    media: Media = field(default_factory=Media)
    federation: Federation = field(default_factory=Federation)
    log: Log = field(default_factory=Log)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        _check(self)

    @cached_property
    def is_localhost(self) -> bool:
        """Whether this is a trial that nobody else can reach."""
        name = self.domain.partition(":")[0]
        return name in {"localhost", "127.0.0.1"} or name.endswith(".localhost")

    @cached_property
    def bind_address(self) -> tuple[str, int]:
        """Host and port of `bind`."""
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)

    @cached_property
    def origin(self) -> str:
        """Scheme and host under which the world reaches us, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        if not self.is_localhost:
            return f"https://{self.domain}"
        scheme = "https" if self.web.tls_cert else "http"
        port = "" if ":" in self.domain else f":{self.bind_address[1]}"
        return f"{scheme}://{self.domain}{port}"

    @cached_property
    def host(self) -> str:
        """Host, with its port if it has one, as in `Host` headers and in our URLs."""
        return urlsplit(self.origin).netloc

    @cached_property
    def local_domain(self) -> str:
        """What stands behind the second @ of our handles."""
        return self.handle_domain or self.domain

    @cached_property
    def user_agent(self) -> str:
        """How we introduce ourselves to other servers."""
        return f"fedi/{__version__} (+{self.outbound.contact or self.origin})"


def _check(settings: Settings) -> None:
    """Refuse values that would only fail later, in worse words."""
    _check_names(settings)
    _check_dates(settings.instance)
    choices = {
        "registration.mode": (settings.registration.mode, ("closed", "approval", "open")),
        "log.level": (settings.log.level, ("debug", "info", "warning", "error")),
        "instance.show_domain_blocks": (
            settings.instance.show_domain_blocks,
            ("public", "members", "nobody"),
        ),
        "media.storage": (settings.media.storage, ("disk", "s3")),
    }
    for name, (value, allowed) in choices.items():
        if value not in allowed:
            raise ConfigError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    counts = {
        "web.processes": settings.web.processes,
        "worker.processes": settings.worker.processes,
        "database.pool_size": settings.database.pool_size,
        "queue.lease_seconds": settings.queue.lease_seconds,
        "worker.delivery_concurrency": settings.worker.delivery_concurrency,
        "worker.inbound_batch": settings.worker.inbound_batch,
        "outbound.per_host": settings.outbound.per_host,
        "media.processing_slots": settings.media.processing_slots,
    }
    for name, count in counts.items():
        if count < 1:
            raise ConfigError(f"{name} must be at least 1")
    media = settings.media
    if media.storage == "s3" and not (
        media.s3_endpoint.startswith(("https://", "http://")) and media.s3_bucket
    ):
        raise ConfigError("media.storage = s3 needs media.s3_endpoint and media.s3_bucket")
    if not settings.queue.retry_schedule or min(settings.queue.retry_schedule) < 0:
        raise ConfigError("queue.retry_schedule must name at least one wait, none negative")


def _check_dates(instance: Instance) -> None:
    for name in ("privacy_policy_date", "terms_of_service_date"):
        text: str = getattr(instance, name)
        try:
            if text:
                date.fromisoformat(text)
        except ValueError as problem:
            raise ConfigError(f"instance.{name} must be a day, 2026-01-31") from problem


def _check_names(settings: Settings) -> None:
    for name, domain in (("domain", settings.domain), ("handle_domain", settings.handle_domain)):
        if domain and not _DOMAIN.fullmatch(domain):
            raise ConfigError(f"{name} must be a plain lower-case domain, not {domain!r}")
    if not _BIND.fullmatch(settings.bind):
        raise ConfigError(f"bind must be ADDRESS:PORT, not {settings.bind!r}")
    parts = urlsplit(settings.public_url)
    if settings.public_url and not (
        parts.scheme in {"http", "https"} and parts.netloc and not parts.path.strip("/")
    ):
        raise ConfigError("public_url must be http:// or https:// and a host, without a path")
    if bool(settings.web.tls_cert) != bool(settings.web.tls_key):
        raise ConfigError("web.tls_cert and web.tls_key belong together: give both or none")
