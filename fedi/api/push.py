"""Where and of what an app wants to be told while it is closed."""

from starlette.responses import Response

from fedi.api.deps import Call, Route, Who, answer, empty
from fedi.core.notifications import push
from fedi.core.notifications.push import ALERTS, NewSubscription, Subscription
from fedi.core.notifications.vapid import ensure_keys, public_key
from fedi.entities.notifications import build_subscription


async def show(call: Call) -> Response:
    """The subscription of this token."""
    return await _answer(call, await push.get_subscription(call.read(), call.member.token_id))


async def create(call: Call) -> Response:
    """Subscribe, in place of what there is for this token."""
    subscription = call.params.inner("subscription")
    keys = subscription.inner("keys")
    asked = NewSubscription(
        endpoint=subscription.text("endpoint") or "",
        p256dh=keys.text("p256dh") or "",
        auth=keys.text("auth") or "",
        standard=subscription.flag("standard") or False,
        alerts=_alerts(call) or {},
        policy=_policy(call) or "all",
    )
    push.check(call.runtime, asked)
    await ensure_keys(call.runtime)
    member = call.member
    # Push messages bring the token back to the app, which knows by it whom they are for.
    sealed = push.seal_token(call.settings.secret, member.token_id, call.token)
    async with call.runtime.unit() as unit:
        made = await push.subscribe(unit, call.member_id, member.token_id, sealed, asked)
    return await _answer(call, made)


async def update(call: Call) -> Response:
    """Say anew what to be told of."""
    policy = _policy(call)
    if policy is not None:
        push.check_policy(policy)
    async with call.runtime.unit() as unit:
        changed = await push.change(unit, call.member.token_id, _alerts(call), policy)
    return await _answer(call, changed)


async def delete(call: Call) -> Response:
    """Be told nothing any more."""
    async with call.runtime.unit() as unit:
        await push.unsubscribe(unit, call.member.token_id)
    return empty()


async def _answer(call: Call, subscription: Subscription) -> Response:
    return answer(build_subscription(subscription, await public_key(call.read())))


def _alerts(call: Call) -> dict[str, bool] | None:
    """What is asked for by kind; None if nothing is said about it."""
    data = call.params.inner("data")
    if "alerts" not in data:
        return None
    alerts = data.inner("alerts")
    return {name: alerts.flag(name) or False for name in ALERTS}


def _policy(call: Call) -> str | None:
    """Whose deeds are wanted; some apps say it in `data`, some beside it."""
    return call.params.inner("data").text("policy") or call.params.text("policy") or None


_HERE, _SCOPE = "/api/v1/push/subscription", ("push",)

ROUTES = [
    Route("GET", _HERE, show, Who.MEMBER, _SCOPE),
    Route("POST", _HERE, create, Who.MEMBER, _SCOPE),
    Route("PUT", _HERE, update, Who.MEMBER, _SCOPE),
    Route("DELETE", _HERE, delete, Who.MEMBER, _SCOPE),
]
