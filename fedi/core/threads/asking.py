"""When a conversation is worth a crawl: a member opens it, answers in it or boosts a post of it.

Whoever only sends us something never causes one, or a stranger's post could have us walk wherever
its author likes.
"""

from collections.abc import Sequence
from datetime import timedelta

from fedi.kit.ids import make_id
from fedi.kit.unit import Unit

COOL_DOWN = timedelta(minutes=15)
# Where somebody has written within the hour, there may be more soon.
YOUNG_COOL_DOWN = timedelta(minutes=5)
YOUNG = timedelta(hours=1)
# A crawl that began so long ago died with its process.
DEAD = timedelta(minutes=2)

# `again`: whether the last crawl (c) of a thread is long enough ago. The arguments are the thread,
# now, and the smallest id of a post within the hour.
DUE = f"""
(c.conversation_id IS NULL
  OR NOT (c.running AND c.started_at > {{now}} - interval '{DEAD.seconds} seconds')
  AND c.started_at < {{now}} - CASE WHEN EXISTS (SELECT 1 FROM statuses y
    WHERE y.conversation_id = {{thread}} AND y.id > {{young}})
    THEN interval '{YOUNG_COOL_DOWN.seconds} seconds'
    ELSE interval '{COOL_DOWN.seconds} seconds' END)
"""
# Who has only posts of ours has nothing that others know better.
_ASK = f"""
WITH threads AS (
  SELECT DISTINCT ON (1) coalesce(s.conversation_id, s.id) AS thread, s.id FROM statuses s
  WHERE s.id = ANY($1::bigint[]) ORDER BY 1, s.id
), due AS (
  SELECT t.thread, t.id FROM threads t LEFT JOIN crawls c ON c.conversation_id = t.thread
  WHERE EXISTS (SELECT 1 FROM statuses r WHERE r.conversation_id = t.thread AND NOT r.local
      AND r.visibility < 2)
    AND {DUE.format(thread="t.thread", now="$2::timestamptz", young="$3")}
), marked AS (
  INSERT INTO crawls (conversation_id, running, started_at)
  SELECT d.thread, true, $2 FROM due d ORDER BY d.thread
  ON CONFLICT (conversation_id) DO UPDATE SET running = true, started_at = excluded.started_at
)
INSERT INTO chores (kind, key, payload)
SELECT 'crawl', d.thread::text, jsonb_build_object('status', d.id) FROM due d ORDER BY d.thread
ON CONFLICT (kind, key) WHERE state < 2 DO NOTHING
"""


async def ask_for_threads(unit: Unit, status_ids: Sequence[int]) -> int:
    """Have the conversations around these posts read at their origins, unless that was just done.

    Returns:
        How many crawls will begin.
    """
    if not status_ids:
        return 0
    moment = unit.now()
    asked = await unit.execute(_ASK, sorted(set(status_ids)), moment, make_id(moment - YOUNG, 0))
    if asked:
        unit.ring("chores")
    return asked
