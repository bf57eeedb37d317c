"""Push messages on their way: one chore for a batch of notifications and a push service.

What a message says is looked up when it is sent: a post that was deleted or hidden meanwhile is not
told, nor is anything told to whoever signed out. Every message is encrypted for its browser.
"""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import orjson

from fedi.core.accounts.people import People
from fedi.core.media.links import Links, build_links
from fedi.core.notifications.push import token_name
from fedi.core.notifications.vapid import load_keys
from fedi.core.notifications.words import describe, excerpt
from fedi.core.sealing import unseal
from fedi.core.statuses.policy import visible_sql
from fedi.kit.clock import clock
from fedi.kit.errors import FediError, RemoteDown
from fedi.kit.result import Done, GaveUp, Later, Outcome, retry
from fedi.kit.runtime import Runtime
from fedi.kit.unit import Unit
from fedi.kit.webpush import Browser, Vapid, decode, encode, seal_message

KIND = "push"
# So long a push service keeps a message for a phone that is off, and we one for a push service.
LIFE = 172_800
_PER_CHORE = 100
# Messages under way to one push service, and how long a batch may take in all.
_AT_ONCE = 8
_DEADLINE = 10.0
_PATIENCE = 25.0
_TOKEN_LIFE = 43_200
# One after each attempt.
_WAITS = (30.0, 300.0, 1800.0, 7200.0, 21_600.0)
_LONGEST_ICON = 2000
# A subscription whose push service said no so often in a row is over.
_MOST_FAILURES = 20

_ENQUEUE = f"""
INSERT INTO chores (kind, key, payload, host)
SELECT '{KIND}', w.host || ':' || min(w.notification_id) || ':' || min(w.subscription_id),
  jsonb_build_object('items', jsonb_agg(jsonb_build_array(w.subscription_id, w.notification_id)
    ORDER BY w.notification_id)), w.host
FROM (
  SELECT p.id AS subscription_id, n.id AS notification_id,
    lower(split_part(p.endpoint, '/', 3)) AS host,
    (row_number() OVER (PARTITION BY lower(split_part(p.endpoint, '/', 3)) ORDER BY n.id) - 1)
      / {_PER_CHORE} AS part
  FROM notifications n
  JOIN push_subscriptions p ON p.account_id = n.account_id
    AND (p.alerts ->> n.type) = 'true' AND p.policy <> 'none'
  WHERE n.id = ANY($1::bigint[])
    AND (p.policy <> 'followed' OR EXISTS (SELECT 1 FROM follows f
      WHERE f.account_id = n.account_id AND f.target_id = n.from_account_id AND f.accepted))
    AND (p.policy <> 'follower' OR EXISTS (SELECT 1 FROM follows f
      WHERE f.account_id = n.from_account_id AND f.target_id = n.account_id AND f.accepted))
) w
GROUP BY w.host, w.part
ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING
"""


async def enqueue(unit: Unit, notification_ids: Sequence[int]) -> None:
    """Have subscribed apps told of new notifications."""
    if notification_ids and await unit.execute(_ENQUEUE, list(notification_ids)):
        unit.ring("chores")


@dataclass(frozen=True, slots=True)
class _Item:
    """One message: what `_LOAD` finds, in its order."""

    subscription_id: int
    notification_id: int
    token_id: int
    endpoint: str
    p256dh: str
    auth: str
    standard: bool
    sealed_token: str
    locale: str
    type: str
    group_key: str | None
    username: str
    display_name: str
    note: str
    avatar_key: str | None
    avatar_url: str | None
    content: str | None
    spoiler_text: str | None


_LOAD = f"""
SELECT p.id, n.id, p.token_id, p.endpoint, p.p256dh, p.auth, p.standard, p.sealed_token, u.locale,
  n.type, n.group_key, f.username, f.display_name, f.note, f.avatar_key, f.avatar_url,
  s.content, s.spoiler_text
FROM unnest($1::bigint[], $2::bigint[]) AS i(subscription_id, notification_id)
JOIN push_subscriptions p ON p.id = i.subscription_id
JOIN access_tokens t ON t.id = p.token_id AND t.revoked_at IS NULL
JOIN users u ON u.id = t.user_id AND u.account_id = p.account_id AND u.disabled_at IS NULL
JOIN accounts r ON r.id = p.account_id AND r.suspended_at IS NULL AND r.deleted_at IS NULL
JOIN notifications n ON n.id = i.notification_id AND n.account_id = p.account_id
  AND n.hidden_at IS NULL AND NOT n.filtered AND n.created_at > $3
JOIN accounts f ON f.id = n.from_account_id AND f.suspended_at IS NULL AND f.deleted_at IS NULL
LEFT JOIN statuses s ON s.id = n.status_id
WHERE n.status_id IS NULL OR (s.id IS NOT NULL AND {visible_sql("s", "n.account_id")})
"""

# (subscription id, notification id)
_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Answer:
    """How one message fared: '' for well; `is_over` if the subscription is no more."""

    problem: str = ""
    is_over: bool = False
    may_retry: bool = False


class _Sender:
    """Sends the messages of one batch; each push service gets one signed token."""

    def __init__(self, runtime: Runtime, vapid: Vapid) -> None:
        self._runtime = runtime
        self._vapid = vapid
        self._links: Links = build_links(runtime.settings)
        self._end = asyncio.get_running_loop().time() + _PATIENCE
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._names: dict[tuple[str, bool], dict[str, str]] = {}

    async def send(self, item: _Item) -> _Answer:
        """Send one message; never raises."""
        host = _host(item.endpoint)
        turns = self._turns.setdefault(host, asyncio.Semaphore(_AT_ONCE))
        try:
            async with asyncio.timeout_at(self._end), turns:
                return await self._send(item)
        except (RemoteDown, TimeoutError) as problem:
            return _Answer(str(problem)[:200] or "timeout", may_retry=True)
        except (FediError, ValueError) as problem:
            return _Answer(str(problem)[:200] or "refused")

    async def _send(self, item: _Item) -> _Answer:
        browser = Browser(decode(item.p256dh), decode(item.auth))
        plain = orjson.dumps(self._payload(item))
        sealed = seal_message(plain, browser, standard=item.standard)
        posted = await self._runtime.http.post(
            item.endpoint, sealed.body, self._headers(item, sealed.headers), deadline=_DEADLINE
        )
        status = posted.status
        if status < 300:
            return _Answer()
        said = f"the push service answers {status}: {posted.error[:100]}"
        if status in {404, 410}:
            return _Answer(said, is_over=True)
        return _Answer(said, may_retry=status in {408, 425, 429} or status >= 500)

    def _payload(self, item: _Item) -> dict[str, Any]:
        secret = self._runtime.settings.secret
        sealed = base64.b64decode(item.sealed_token)
        name = item.display_name or item.username
        body = item.note if item.content is None else item.content
        return {
            "access_token": unseal(secret, token_name(item.token_id), sealed).decode(),
            "preferred_locale": item.locale,
            "notification_id": item.notification_id,
            "notification_type": item.type,
            "icon": self._icon(item),
            "title": describe(item.type, name[:100]),
            "body": excerpt(body, item.spoiler_text or ""),
        }

    def _icon(self, item: _Item) -> str:
        """The picture of whoever it is from, unless its address takes the room of the message.

        What is too long to be sent counts against the subscription, and whoever it is from chose
        both the name and the address.
        """
        if item.avatar_key:
            return self._links.file(item.avatar_key)
        found = self._links.remote(item.avatar_url)
        if found is None or len(found) > _LONGEST_ICON:
            return f"{self._links.origin}/static/missing.png"
        return found

    def _headers(self, item: _Item, of_body: dict[str, str]) -> dict[str, str]:
        key = (_host(item.endpoint), item.standard)
        names = self._names.get(key)
        if names is None:
            contact = self._runtime.settings.instance.contact_email
            names = self._names[key] = self._vapid.headers(
                item.endpoint,
                contact=f"mailto:{contact}" if contact else self._runtime.settings.origin,
                expires=int(clock.timestamp()) + _TOKEN_LIFE,
                standard=item.standard,
            )
        headers = {
            "Content-Type": "application/octet-stream",
            "TTL": str(LIFE),
            "Urgency": "high" if item.type == "mention" else "normal",
            # What is still on its way is replaced by a newer message of its group.
            "Topic": _topic(item.group_key or f"ungrouped-{item.notification_id}"),
            **names,
            **of_body,
        }
        if "Crypto-Key" in names and "Crypto-Key" in of_body:
            headers["Crypto-Key"] = f"{of_body['Crypto-Key']};{names['Crypto-Key']}"
        return headers


def _host(endpoint: str) -> str:
    return endpoint.split("/", 3)[2].lower()


def _topic(key: str) -> str:
    """A name for what a message is about, in the 32 letters that there are for it."""
    return encode(hashlib.sha256(key.encode()).digest()[:24])


async def deliver(people: People, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
    """The chore behind it: each row holds the messages of one batch for one push service."""
    runtime = people.runtime
    asked = {row["id"]: _read_items(row["payload"]) for row in rows}
    pairs = [pair for items in asked.values() for pair in items]
    read = runtime.read()
    found = await read.fetch(
        _LOAD,
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
        read.now() - timedelta(seconds=LIFE),
    )
    items = [_Item(*row) for row in found]
    answers: dict[_Pair, _Answer] = {}
    if items:
        sender = _Sender(runtime, await load_keys(read, runtime.settings.secret))
        sent = await asyncio.gather(*(sender.send(item) for item in items))
        for item, answer in zip(items, sent, strict=True):
            answers[item.subscription_id, item.notification_id] = answer
    outcomes = {row["id"]: _close(row["attempts"], asked[row["id"]], answers) for row in rows}
    async with runtime.unit() as unit:
        await _note(unit, answers)
        await _keep_rest(
            unit,
            {
                row_id: [p for p in asked[row_id] if p in answers and answers[p].may_retry]
                for row_id, outcome in outcomes.items()
                if isinstance(outcome, Later)
            },
        )
    return [outcomes[row["id"]] for row in rows]


def _read_items(payload: dict[str, Any]) -> list[_Pair]:
    return [(int(pair[0]), int(pair[1])) for pair in payload.get("items", ())]


def _close(attempts: int, pairs: Sequence[_Pair], answers: dict[_Pair, _Answer]) -> Outcome:
    """What becomes of a row."""
    mine = [answers[pair] for pair in pairs if pair in answers]
    waiting = [answer for answer in mine if answer.may_retry]
    if waiting:
        return retry(_WAITS, attempts, waiting[0].problem)
    failed = [answer for answer in mine if answer.problem and not answer.is_over]
    if failed:
        return GaveUp(failed[0].problem)
    return Done(f"{sum(not answer.problem for answer in mine)} of {len(pairs)}")


async def _note(unit: Unit, answers: dict[_Pair, _Answer]) -> None:
    """Forget subscriptions that are over; count failures of the others."""
    over = {pair[0] for pair, answer in answers.items() if answer.is_over}
    well = {pair[0] for pair, answer in answers.items() if not answer.problem}
    badly = {pair[0] for pair, answer in answers.items() if answer.problem} - over - well
    if badly:
        await unit.execute(
            "UPDATE push_subscriptions SET failures = failures + 1 WHERE id = ANY($1::bigint[])",
            sorted(badly),
        )
    if well:
        await unit.execute(
            "UPDATE push_subscriptions SET failures = 0"
            " WHERE id = ANY($1::bigint[]) AND failures > 0",
            sorted(well),
        )
    if over or badly:
        await unit.execute(
            "DELETE FROM push_subscriptions WHERE id = ANY($1::bigint[])"
            " OR (id = ANY($2::bigint[]) AND failures >= $3)",
            sorted(over),
            sorted(badly),
            _MOST_FAILURES,
        )


async def _keep_rest(unit: Unit, rest: dict[int, list[_Pair]]) -> None:
    """What was delivered is not sent again with what was not."""
    if rest:
        await unit.execute(
            "UPDATE chores c SET payload = r.payload FROM unnest($1::bigint[], $2::jsonb[])"
            " AS r(id, payload) WHERE c.id = r.id AND c.state = 0",
            list(rest),
            [{"items": pairs} for pairs in rest.values()],
        )


CHORES = {KIND: deliver}
