"""What is known of a conversation: "12 of 15 known, 3 unreachable, checked 3 minutes ago"."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime

from fedi.core.threads.asking import DEAD, DUE, YOUNG
from fedi.kit.ids import make_id
from fedi.kit.unit import ReadUnit

_SIGNATURE_BYTES = 16

_KNOWLEDGE = f"""
SELECT t.thread,
  (SELECT count(*) FROM statuses s WHERE s.conversation_id = t.thread AND s.visibility < 2)
    AS known,
  (SELECT count(*) FROM missing_posts m WHERE m.conversation_id = t.thread
    AND m.reason <> 'deleted' AND NOT EXISTS (SELECT 1 FROM statuses s WHERE s.uri = m.uri))
    AS unreachable,
  c.found, c.expected, c.finished_at,
  coalesce(c.running AND c.started_at > $2::timestamptz - interval '{DEAD.seconds} seconds', false)
    AS running,
  {DUE.format(thread="t.thread", now="$2::timestamptz", young="$3")}
    AND EXISTS (SELECT 1 FROM statuses r WHERE r.conversation_id = t.thread AND NOT r.local
      AND r.visibility < 2) AS due
FROM (SELECT coalesce(s.conversation_id, s.id) AS thread FROM statuses s WHERE s.id = $1) t
LEFT JOIN crawls c ON c.conversation_id = t.thread
"""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of a conversation, and since when."""

    # Posts for all that are here, that there are as far as anybody said, and that cannot be had.
    known: int
    expected: int
    unreachable: int
    checked_at: datetime | None
    # Whether it is being read at its origins now, and how many posts the last crawl brought.
    refreshing: bool = False
    found: int = 0
    # Whether it would be worth reading again.
    due: bool = False


NOTHING = Knowledge(0, 0, 0, None)


async def find_knowledge(read: ReadUnit, status_id: int) -> Knowledge:
    """What is known of the conversation that a post belongs to."""
    moment = read.now()
    row = await read.row(_KNOWLEDGE, status_id, moment, make_id(moment - YOUNG, 0))
    if row is None:
        return NOTHING
    known, unreachable = row["known"], row["unreachable"]
    return Knowledge(
        known=known,
        expected=max(row["expected"] or 0, known + unreachable),
        unreachable=unreachable,
        checked_at=row["finished_at"],
        refreshing=row["running"],
        found=row["found"] or 0,
        due=row["due"],
    )


def refresh_id(secret: str, viewer_id: int, status_id: int) -> str:
    """The name under which a viewer may ask how far the crawl around a post has come."""
    text = f"{viewer_id}.{status_id}"
    return f"{text}.{_sign(secret, text)}"


def read_refresh_id(secret: str, viewer_id: int, name: str) -> int | None:
    """The post behind such a name, if it was given to this viewer."""
    text, _, signature = name.rpartition(".")
    viewer, _, status = text.partition(".")
    if viewer != str(viewer_id) or not status.isdecimal() or not status.isascii():
        return None
    if not hmac.compare_digest(_sign(secret, text).encode(), signature.encode()):
        return None
    return int(status) if len(status) < 20 else None


def _sign(secret: str, text: str) -> str:
    digest = hmac.digest(secret.encode(), b"async refresh\x00" + text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode().rstrip("=")
