"""What the author of a post allows others to do with it."""

from typing import Any

from fedi.ap.authority import PUBLIC, recipients_of
from fedi.ap.lenient import as_object, flag, many
from fedi.ap.vocabulary import InteractionPolicy, Rule

NOBODY, FOLLOWERS, EVERYBODY = range(3)
MAX_NAMED = 100


def quote_policy_of(raw: dict[str, Any], followers: str | None) -> tuple[int | None, int | None]:
    """Who may quote a post without asking, and who after asking; None where it does not say."""
    rule = _rule(_object(raw.get("interactionPolicy")).get("canQuote"))
    if rule is None:
        return None, None
    return _circle(rule.automatic, followers), _circle(rule.manual, followers)


def interaction_policy_of(raw: dict[str, Any], author: str) -> InteractionPolicy | None:
    """Who may like, answer, boost and quote a post; None where it says nothing of all that.

    Besides the policies proper, some programs have switches of their own: comments are off, or a
    list of what is possible.
    """
    policy = _object(raw.get("interactionPolicy"))
    able = _object(raw.get("capabilities"))
    nobody = Rule((author,), ())
    reply = _rule(policy.get("canReply")) or _capability(able, "reply", nobody)
    if reply is None and not flag(raw.get("commentsEnabled"), default=True):
        reply = nobody
    found = InteractionPolicy(
        like=_rule(policy.get("canLike")) or _capability(able, "like", nobody),
        reply=reply,
        announce=_rule(policy.get("canAnnounce")) or _capability(able, "announce", nobody),
        quote=_rule(policy.get("canQuote")),
    )
    return found if found != InteractionPolicy() else None


def _rule(value: Any) -> Rule | None:
    """One rule in its new or its old words; null and {} leave everything as it is."""
    stated = _object(value)
    if not stated:
        return None
    if "automaticApproval" in stated or "manualApproval" in stated:
        automatic, manual = stated.get("automaticApproval"), stated.get("manualApproval")
    else:
        automatic, manual = stated.get("always"), stated.get("approvalRequired")
    return Rule(_named(automatic), _named(manual))


def _named(value: Any) -> tuple[str, ...]:
    return recipients_of(many(value)[:MAX_NAMED])


def _capability(able: dict[str, Any], name: str, nobody: Rule) -> Rule | None:
    """A list of who can, which may be written as text; one that names nobody means the author."""
    if name not in able:
        return None
    named = _named(able[name])
    return Rule(named, ()) if named else nobody


def _object(value: Any) -> dict[str, Any]:
    return (as_object(value) or {}) if isinstance(value, dict | list) else {}


def _circle(named: tuple[str, ...], followers: str | None) -> int:
    if PUBLIC in named:
        return EVERYBODY
    return FOLLOWERS if followers and followers in named else NOBODY
