"""What a member keeps about others: a note for themselves, and a recommendation on the profile."""

from fedi.core.accounts.types import Account
from fedi.core.relationships.pairs import lock_pairs
from fedi.core.relationships.queries import relationships
from fedi.core.relationships.types import Relationship
from fedi.kit.errors import Invalid, NotFound
from fedi.kit.unit import Unit

LONGEST_NOTE = 2000


async def set_note(unit: Unit, account_id: int, target_id: int, comment: str) -> Relationship:
    """Write down something about somebody that only oneself can read; nothing takes it away.

    Raises:
        Invalid: it is too long.
    """
    comment = comment.strip()
    if len(comment) > LONGEST_NOTE:
        raise Invalid(
            f"Validation failed: Comment is too long (maximum is {LONGEST_NOTE} characters)",
            field="comment",
            code="ERR_TOO_LONG",
        )
    if comment:
        await unit.execute(
            "INSERT INTO account_notes (account_id, target_id, comment) VALUES ($1, $2, $3)"
            " ON CONFLICT (account_id, target_id) DO UPDATE SET comment = excluded.comment",
            account_id,
            target_id,
            comment,
        )
    else:
        await unit.execute(
            "DELETE FROM account_notes WHERE account_id = $1 AND target_id = $2",
            account_id,
            target_id,
        )
    return await _relationship(unit, account_id, target_id)


async def endorse(unit: Unit, account: Account, target: Account) -> Relationship:
    """Recommend somebody whom one follows.

    Raises:
        NotFound: oneself.
        Invalid: one does not follow them.
    """
    if target.id == account.id or target.is_gone:
        raise NotFound
    await lock_pairs(unit, [(account.id, target.id)])
    follows = await unit.value(
        "SELECT EXISTS (SELECT 1 FROM follows WHERE account_id = $1 AND target_id = $2"
        " AND accepted)",
        account.id,
        target.id,
    )
    if not follows:
        raise Invalid(
            "Validation failed: You must be already following the person you want to endorse"
        )
    await unit.execute(
        "INSERT INTO endorsements (id, account_id, target_id) VALUES ($1, $2, $3)"
        " ON CONFLICT (account_id, target_id) DO NOTHING",
        await unit.new_id(),
        account.id,
        target.id,
    )
    return await _relationship(unit, account.id, target.id)


async def unendorse(unit: Unit, account: Account, target: Account) -> Relationship:
    """Recommend somebody no longer."""
    await unit.execute(
        "DELETE FROM endorsements WHERE account_id = $1 AND target_id = $2", account.id, target.id
    )
    return await _relationship(unit, account.id, target.id)


async def _relationship(unit: Unit, viewer_id: int, other_id: int) -> Relationship:
    return (await relationships(unit, viewer_id, [other_id]))[other_id]
