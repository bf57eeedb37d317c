"""The sections of the settings, each key with its default and the sentence that documents it.

Plain dataclasses: the supervisor and every small command read settings, and must start fast and
stay light.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast


def key(default: Any, about: str, *, secret: bool = False) -> Any:
    """Declare a setting: its default, the sentence that documents it, and whether it is secret."""
    meta = {"about": about, "secret": secret}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(cast("dict[str, str]", default)), metadata=meta)
    return field(default=default, metadata=meta, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the truth is kept."""

    url: str = key(
        "",
        "PostgreSQL 15 or newer, as `postgresql://user:password@host/name`; "
        "empty: the embedded one, in the data directory.",
        secret=True,
    )
    pool_size: int = key(10, "Connections each web or worker process may hold.")
    statement_timeout_ms: int = key(5000, "A statement that takes longer is stopped.")


@dataclass(frozen=True, kw_only=True)
class Redis:
    """The doorbell and the bus; it may be wiped at any time."""

    url: str = key(
        "",
        "Redis 6.2 or newer, or Valkey, as `redis://:password@host:6379/0`; "
        "empty: the embedded one.",
        secret=True,
    )


@dataclass(frozen=True, kw_only=True)
class Web:
    """The processes that answer requests."""

    processes: int = key(1, "How many web processes `fedi up` keeps running.")
    trusted_proxies: tuple[str, ...] = key(
        ("127.0.0.0/8", "::1/128"),
        "Addresses or networks whose `X-Forwarded-*` headers are believed.",
    )
    max_body_bytes: int = key(1_048_576, "Largest request body, uploads of media aside.")
    tls_cert: str = key("", "Certificate chain (PEM) when fedi itself speaks TLS.")
    tls_key: str = key("", "Private key (PEM) of that certificate.")
    public_docs: bool = key(
        default=False,
        about="Whether `/docs`, the description of the API, opens to everybody; else to admins.",
    )


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The processes that do what follows."""

    processes: int = key(1, "How many worker processes `fedi up` keeps running.")
    delivery_concurrency: int = key(128, "Deliveries under way at once in one worker.")
    inbound_batch: int = key(200, "Received activities taken in one go.")


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The durable queues: leases, retries, and how long finished work is remembered."""

    lease_seconds: int = key(60, "Work taken and not handed back by then is free for others.")
    sweep_seconds: float = key(5.0, "How often due work is looked for when no bell rang.")
    inbound_retention_days: int = key(7, "How long finished inbound rows are kept.")
    delivery_retention_days: int = key(30, "How long single delivery rows are kept.")
    retry_schedule: tuple[int, ...] = key(
        (60, 300, 1800, 7200, 21_600, 43_200),
        "Seconds to wait after each failed delivery; the last one repeats.",
    )
    delivery_give_up_days: float = key(7.0, "A delivery older than this ends as given up.")
    max_attempts: int = key(5, "Attempts at an item of our own before it is set aside.")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Rate limits, per person and per address."""

    enabled: bool = key(
        default=True, about="Whether any rate limit holds, the cap on new remote actors included."
    )
    account_per_5_minutes: int = key(1500, "API requests of one account.")
    token_per_5_minutes: int = key(300, "API requests with one access token.")
    anonymous_per_5_minutes: int = key(300, "API requests without a token from one address.")
    sign_ins_per_5_minutes: int = key(25, "Attempts to sign in from one address.")
    sign_ups_per_30_minutes: int = key(5, "New accounts from one address.")
    apps_per_10_minutes: int = key(5, "Apps registered from one address.")
    statuses_per_3_hours: int = key(300, "New posts of one account.")
    deletes_per_30_minutes: int = key(30, "Deletes and taken-back boosts of one account.")
    follows_per_day: int = key(400, "Follows by one account.")
    reports_per_day: int = key(400, "Reports by one account.")
    media_per_30_minutes: int = key(30, "Uploads of one account.")
    key_failures_per_5_minutes: int = key(
        30, "Failed key fetches that one address may cause per host that it names."
    )
    new_actors_per_domain_per_hour: int = key(
        500, "Accounts that we will get to know from one remote domain within an hour."
    )


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """Requests that we make to other servers."""

    hosts: Mapping[str, str] = key(
        {},
        'Pins: `"peer.test" = "10.0.0.7:443"`, or `"*.peers.test"` for a suffix. A pinned host '
        "may be on a private address; the guard holds for all others.",
    )
    ca_file: str = key(
        "", "Certificate authorities (PEM) to trust besides the usual; also `SSL_CERT_FILE`."
    )
    per_host: int = key(4, "Requests under way to one host at once.")
    contact: str = key("", "Address or page named in our User-Agent; empty: our own front page.")


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Who may join."""

    mode: str = key("closed", "`closed`, `approval` or `open`.")
    reason_required: bool = key(
        default=False, about="Whether those who ask to join must say why (mode `approval`)."
    )
    message: str = key("", "What is said to those who cannot join while it is `closed`.")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """How the server presents itself."""

    title: str = key("", "Its name; empty: the domain.")
    description: str = key("", "A sentence or two about the community.")
    contact_email: str = key("", "Where people reach the admins.")
    max_characters: int = key(5000, "Longest post.")
    languages: tuple[str, ...] = key(("en",), "Languages that are mainly spoken here, as codes.")
    extended_description: str = key("", "A longer text about the community, in Markdown.")
    privacy_policy: str = key("", "The privacy policy, in Markdown.")
    privacy_policy_date: str = key("", "When it was last changed: `2026-01-31`.")
    terms_of_service: str = key("", "The terms of service, in Markdown; empty: there are none.")
    terms_of_service_date: str = key("", "The day from which they hold: `2026-01-31`.")
    status_url: str = key("", "A page elsewhere that says whether the server is up.")
    show_activity: bool = key(
        default=True, about="Whether the weekly figures are published for everybody."
    )
    show_peers: bool = key(
        default=True, about="Whether the names of the servers that we know are published."
    )
    show_domain_blocks: str = key(
        "members", "Who may see which servers are blocked: `public`, `members` or `nobody`."
    )
    suggested_accounts: tuple[str, ...] = key(
        (), "Handles of people whom new members are told to follow first."
    )
    source_url: str = key(
        "",
        "Where the source of this server, with your changes, can be had: the licence asks for it.",
    )


@dataclass(frozen=True, kw_only=True)
class Media:
    """Pictures, video and sound: where they are kept, and how large they may be."""

    storage: str = key("disk", "`disk` (the folder `media` of the data directory) or `s3`.")
    s3_endpoint: str = key("", "Address of an S3-compatible service: `https://s3.example.org`.")
    s3_address: str = key(
        "",
        "Where that host is reached if it is not on the public internet, as `10.0.0.7:9000`; "
        "the guard of outgoing requests holds for all others.",
    )
    s3_bucket: str = key("", "The bucket, used path-style.")
    s3_region: str = key("us-east-1", "The region that requests are signed for.")
    s3_access_key: str = key("", "Who we are there.", secret=True)
    s3_secret_key: str = key("", "The secret that belongs to it.", secret=True)
    s3_public_url: str = key(
        "", "If readers may fetch from the bucket, its public address: files then answer 302 to it."
    )
    image_max_bytes: int = key(16_777_216, "Largest picture that a member may upload.")
    image_max_pixels: int = key(33_177_600, "Most pixels of such a picture.")
    video_max_bytes: int = key(103_809_024, "Largest video or sound that a member may upload.")
    video_max_pixels: int = key(8_294_400, "Most pixels of one frame of a video.")
    video_max_frame_rate: int = key(120, "Most frames per second of a video.")
    video_max_frames: int = key(36_000, "Most frames of a video.")
    profile_image_max_bytes: int = key(8_388_608, "Largest avatar or header.")
    processing_seconds: int = key(600, "A file that takes longer to process has failed.")
    processing_memory_mb: int = key(3072, "Address space of the process that decodes a file.")
    processing_slots: int = key(2, "Pictures decoded at once in one worker, and half as much else.")
    per_post: int = key(4, "Most attachments of a post.")
    description_characters: int = key(1500, "Longest description of an attachment.")
    cache_max_bytes: int = key(
        10_737_418_240,
        "Room for files of other servers, avatars, emojis and previews included; what was seen "
        "least recently goes first.",
    )
    cache_file_max_bytes: int = key(
        104_857_600, "Files of other servers larger than this are not fetched."
    )


@dataclass(frozen=True, kw_only=True)
class Federation:
    """How we speak with other servers."""

    secure_mode: bool = key(
        default=False, about="Whether every fetch of a document must be signed."
    )
    actor_stubs: bool = key(
        default=False,
        about="Whether unsigned fetches of members then get key and inbox, instead of a refusal.",
    )
    allow_list: bool = key(
        default=False, about="Talk only to servers that `fedi domain allow` has named."
    )
    article_from: int = key(
        0,
        "Public and unlisted posts of so many characters or more leave as articles, with a title, "
        "a summary and a short form, unless they are replies or polls; 0: everything is a note.",
    )


@dataclass(frozen=True, kw_only=True)
class Log:
    """JSON lines on standard output."""

    level: str = key("info", "`debug`, `info`, `warning` or `error`.")
    client_ip: bool = key(
        default=True, about="Whether the addresses of clients are written to the log."
    )


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Figures for Prometheus at `/metrics`."""

    enabled: bool = key(default=False, about="Whether `/metrics` answers at all.")
    token: str = key(
        "", "Bearer token that `/metrics` asks for; empty: loopback only.", secret=True
    )
