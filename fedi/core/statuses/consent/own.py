"""What members say about who may like, answer and boost their posts."""

from collections.abc import Mapping, Sequence

from fedi.core.accounts.types import Account
from fedi.core.statuses.consent.policy import own_policy
from fedi.core.statuses.refreshing import refresh
from fedi.events import StatusRefreshed
from fedi.kit.unit import Unit


async def set_rules(
    unit: Unit,
    author: Account,
    status_id: int,
    asked: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    """Say it anew; records StatusRefreshed if anything has changed.

    Raises:
        Invalid: a circle that nobody knows.
    """
    changed = await unit.execute(
        "UPDATE statuses SET interaction_policy = $3 WHERE id = $1 AND account_id = $2"
        " AND interaction_policy IS DISTINCT FROM $3",
        status_id,
        author.id,
        own_policy(author.uri, asked),
    )
    if changed:
        await refresh(unit, [status_id])
        unit.record(StatusRefreshed(status_id, author.id, local=True))
