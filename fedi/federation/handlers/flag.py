"""Flag: another server tells our moderators about members, or about posts here."""

from collections.abc import Sequence

from fedi.ap.authority import host_of
from fedi.ap.lenient import text_of
from fedi.core.moderation.received import ReceivedReport, receive_reports
from fedi.federation.meaning.incoming import Handler, Incoming, Known
from fedi.kit.result import Outcome
from fedi.kit.text import plain_text, truncate
from fedi.kit.unit import Unit

_LONGEST = 5000
# With the tags that are taken out of them.
_READ = 4 * _LONGEST


def _read(item: Incoming, known: Known) -> ReceivedReport:
    activity = item.activity
    # Lemmy and its kin give the words as a summary.
    said = (text_of(activity.raw.get(name), _READ) for name in ("content", "summary"))
    words = next((text for text in said if text), "")
    objects = (activity.object_id, *activity.object_ids)
    return ReceivedReport(
        uri=activity.id,
        account_id=known.accounts[item.actor_uri].id,
        host=host_of(item.actor_uri) or "",
        objects=tuple(dict.fromkeys(uri for uri in objects if uri)),
        comment=truncate(plain_text(words), _LONGEST),
    )


async def _apply(unit: Unit, known: Known, items: Sequence[Incoming]) -> list[Outcome]:
    return await receive_reports(unit, known.origin, [_read(item, known) for item in items])


HANDLER = Handler(apply=_apply)
