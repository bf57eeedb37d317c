"""The rules of the house."""

from dataclasses import dataclass

from fedi.kit.errors import Invalid, NotFound
from fedi.kit.scrub import scrub_text
from fedi.kit.unit import ReadUnit, Unit

LONGEST = 300
LONGEST_HINT = 1000
MOST = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a sentence, and more about it if need be."""

    id: int
    text: str
    hint: str


async def list_rules(read: ReadUnit) -> list[Rule]:
    """The rules in their order."""
    rows = await read.fetch("SELECT id, text, hint FROM rules ORDER BY position, id")
    return [Rule(*row) for row in rows]


async def add_rule(unit: Unit, text: str, hint: str = "") -> Rule:
    """A new rule, after the others.

    Raises:
        Invalid: it says nothing, or too much.
    """
    text, hint = scrub_text(text).strip(), scrub_text(hint).strip()
    if not text:
        raise Invalid("A rule needs a text", field="text")
    if len(text) > LONGEST or len(hint) > LONGEST_HINT:
        raise Invalid(f"A rule has at most {LONGEST} characters, its hint {LONGEST_HINT}")
    position = await unit.value("SELECT coalesce(max(position), 0) + 1 FROM rules")
    if await unit.value("SELECT count(*) FROM rules") >= MOST:
        raise Invalid(f"There are {MOST} rules already")
    rule = Rule(await unit.new_id(), text, hint)
    await unit.execute(
        "INSERT INTO rules (id, position, text, hint) VALUES ($1, $2, $3, $4)",
        rule.id,
        position,
        text,
        hint,
    )
    return rule


async def remove_rule(unit: Unit, rule_id: int) -> None:
    """Take a rule away.

    Raises:
        NotFound: there is none.
    """
    if not await unit.execute("DELETE FROM rules WHERE id = $1", rule_id):
        raise NotFound(f"There is no rule {rule_id}.")
