"""Who may quote a post, and quotes as apps know them."""

from typing import Any

from fedi.core.statuses.policy import PRIVATE
from fedi.core.statuses.quotes import Quote
from fedi.core.statuses.types import ShallowQuote

Entity = dict[str, Any]

# By the numbers of `statuses.quote_policy` and `quote_manual`.
_AUDIENCES: tuple[list[str], ...] = ([], ["followers"], ["public"])


def build_quote(quote: Quote, quoted: Any) -> Entity:
    """A quote with the quoted post, already built; None where it is not shown."""
    return {"state": quote.state, "quoted_status": quoted}


def build_shallow_quote(inner: ShallowQuote) -> Entity:
    """A quote inside of a quoted post: it only says which post there is."""
    number = inner.quoted_status_id
    return {"state": inner.state, "quoted_status_id": None if number is None else str(number)}


def build_approval(
    visibility: int, policy: int | None, manual: int | None
) -> tuple[list[str], list[str]]:
    """Who may quote a post without asking and after asking; nobody, what is not for all."""
    if visibility >= PRIVATE:
        return [], []
    return _audience(policy), _audience(manual)


def _audience(number: int | None) -> list[str]:
    return _AUDIENCES[number] if number in {0, 1, 2} else []
