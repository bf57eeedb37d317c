"""Subscriptions to push messages: one for each token, made by the app that holds it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedi.core.sealing import seal
from fedi.kit.errors import Invalid, NotFound, RemoteError
from fedi.kit.runtime import Runtime
from fedi.kit.unit import ReadUnit, Unit
from fedi.kit.webpush import read_browser

ALERTS = (
    "mention",
    "quote",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
)
POLICIES = ("all", "followed", "follower", "none")
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where and of what one app wants to be told."""

    id: int
    endpoint: str
    standard: bool
    alerts: dict[str, bool]
    policy: str


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What an app asks for."""

    endpoint: str
    p256dh: str
    auth: str
    standard: bool
    alerts: Mapping[str, bool]
    policy: str


def check(runtime: Runtime, asked: NewSubscription) -> None:
    """Whether a message could ever be sent there.

    Raises:
        Invalid: no.
    """
    if not asked.endpoint.startswith("https://") or len(asked.endpoint) > _LONGEST:
        raise Invalid("Validation failed: Endpoint is invalid", field="endpoint")
    try:
        runtime.http.check_url(asked.endpoint)
    except RemoteError as problem:
        raise Invalid("Validation failed: Endpoint is invalid", field="endpoint") from problem
    read_browser(asked.p256dh, asked.auth)
    check_policy(asked.policy)


def check_policy(policy: str) -> None:
    """Whether it is one.

    Raises:
        Invalid: no.
    """
    if policy not in POLICIES:
        raise Invalid("Validation failed: Policy is not included in the list", field="policy")


def seal_token(secret: str, token_id: int, token: str) -> str:
    """A token as it is kept; it opens under its own id only."""
    return base64.b64encode(seal(secret, token_name(token_id), token.encode())).decode()


def token_name(token_id: int) -> str:
    """Under which name a token is sealed."""
    return f"push:{token_id}"


_COLUMNS = "id, endpoint, standard, alerts, policy"


async def subscribe(
    unit: Unit, account_id: int, token_id: int, sealed_token: str, asked: NewSubscription
) -> Subscription:
    """Make the subscription of a token, in place of the one it may have."""
    await unit.execute("DELETE FROM push_subscriptions WHERE token_id = $1", token_id)
    rows = await unit.fetch(
        "INSERT INTO push_subscriptions (id, account_id, token_id, endpoint, p256dh, auth,"
        " standard, alerts, policy, sealed_token, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)"
        # Of two apps that ask at once with one token, the later one has its way.
        " ON CONFLICT (token_id) DO UPDATE SET id = excluded.id, endpoint = excluded.endpoint,"
        " p256dh = excluded.p256dh, auth = excluded.auth, standard = excluded.standard,"
        " alerts = excluded.alerts, policy = excluded.policy, failures = 0"
        f" RETURNING {_COLUMNS}",
        await unit.new_id(),
        account_id,
        token_id,
        asked.endpoint,
        asked.p256dh,
        asked.auth,
        asked.standard,
        dict(asked.alerts),
        asked.policy,
        sealed_token,
        unit.now(),
    )
    return Subscription(*rows[0])


async def get_subscription(read: ReadUnit, token_id: int) -> Subscription:
    """The subscription of a token.

    Raises:
        NotFound: it has none.
    """
    row = await read.row(f"SELECT {_COLUMNS} FROM push_subscriptions WHERE token_id = $1", token_id)
    if row is None:
        raise NotFound
    return Subscription(*row)


async def change(
    unit: Unit, token_id: int, alerts: Mapping[str, bool] | None, policy: str | None
) -> Subscription:
    """Say anew what the app wants to be told; None leaves a part as it is.

    Raises:
        NotFound: the token has no subscription.
    """
    rows = await unit.fetch(
        "UPDATE push_subscriptions SET alerts = coalesce($2, alerts),"
        f" policy = coalesce($3, policy), updated_at = $4 WHERE token_id = $1 RETURNING {_COLUMNS}",
        token_id,
        None if alerts is None else dict(alerts),
        policy,
        unit.now(),
    )
    if not rows:
        raise NotFound
    return Subscription(*rows[0])


async def unsubscribe(unit: Unit, token_id: int) -> None:
    """End the subscription of a token; none is as good."""
    await unit.execute("DELETE FROM push_subscriptions WHERE token_id = $1", token_id)


async def forget_revoked(unit: Unit, user_ids: Sequence[int]) -> None:
    """End the subscriptions of these users' tokens that are not good any more."""
    await unit.execute(
        "DELETE FROM push_subscriptions p USING access_tokens t WHERE t.id = p.token_id"
        " AND t.user_id = ANY($1::bigint[]) AND t.revoked_at IS NOT NULL",
        list(user_ids),
    )
