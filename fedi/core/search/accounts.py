"""People by the beginning of their handle or of a word of their name: asked with every key pressed.

Candidates come from a few short walks over indexes and are then put in order: whoever has exactly
that handle, those whom the viewer follows, their followers, members, and the others by how many
follow them.
"""

import re
import unicodedata

from fedi.core.accounts.queries import COLUMNS, build_account
from fedi.core.accounts.types import Account
from fedi.kit.text_search import prefix_end
from fedi.kit.unit import ReadUnit

MAX_NAME = 100
# How many candidates come from each walk, and how far the list of followed accounts is read.
_MOST = 80
_FOLLOWED = 1000
# Names that begin with fewer letters are too many to be looked through.
_SHORTEST_NAME = 3

_NAME_WORD = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")

# As the index `ix_accounts_names` has it.
NAMES = (
    "to_tsvector('simple'::regconfig, regexp_replace(regexp_replace("
    "lower(normalize({0}display_name, NFKD)), '[\\u0300-\\u036f]', '', 'g'),"
    " '[\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e]+', ' ', 'g'))"
)
_BEGINS = "lower(a.username) ~>=~ $2 AND lower(a.username) ~<~ $3"
_AT = "AND ($4 = '' OR starts_with(a.domain, $4))"
_SOURCES = {
    "handle": f"SELECT a.id FROM accounts a WHERE lower(a.username) = $5 {_AT} LIMIT {_MOST}",
    # Looked at one by one, so in the quickest way to do it: only ASCII letters lose their case.
    "followed": "SELECT a.id FROM (SELECT f.target_id FROM follows f WHERE f.account_id = $1"
    f" AND f.accepted LIMIT {_FOLLOWED}) f JOIN accounts a ON a.id = f.target_id WHERE"
    " strpos(lower((' ' || a.username || ' ' || a.display_name) COLLATE \"C\"), $6) > 0"
    f" AND ($4 = '' OR ({_BEGINS})) {_AT} LIMIT {_MOST}",
    "local": f"SELECT a.id FROM accounts a WHERE a.domain IS NULL AND {_BEGINS} {_AT}"
    f" ORDER BY lower(a.username) USING ~<~ LIMIT {_MOST}",
    "all": f"SELECT a.id FROM accounts a WHERE {_BEGINS} {_AT}"
    f" ORDER BY lower(a.username) USING ~<~ LIMIT {_MOST}",
    "names": f"SELECT a.id FROM accounts a WHERE {NAMES.format('a.')} @@ $7::text::tsquery"
    f" AND $4 = '' LIMIT {_MOST}",
}
_RANKED = "accounts a ON a.id = c.id LEFT JOIN account_stats n ON n.account_id = a.id"
_FOLLOWS = (
    "EXISTS (SELECT 1 FROM follows f WHERE f.account_id = {0} AND f.target_id = {1}"
    " AND f.accepted OFFSET 0)"
)


async def search_accounts(
    read: ReadUnit,
    viewer_id: int | None,
    text: str,
    *,
    limit: int,
    offset: int = 0,
    following: bool = False,
) -> list[Account]:
    """Accounts whose handle, or a word of whose name, begins so; the closest first."""
    bare = text.strip().removeprefix("acct:").lstrip("@")[:MAX_NAME]
    name, _, domain = bare.partition("@")
    words = find_name_words(name)
    if not name or (following and viewer_id is None):
        return []
    sources = ["followed"] if following else ["handle", "followed", "local", "all"]
    if not following and not domain and any(len(word) >= _shortest(word) for word in words):
        sources.append("names")
    if viewer_id is None:
        sources.remove("followed")
    lowered = name.lower()
    args: list[object] = [viewer_id, lowered, prefix_end(lowered), domain.lower(), lowered]
    args += [f" {_lower_ascii(name)}", " & ".join(f"'{word}':*" for word in words), limit, offset]
    rows = await read.fetch(_statement(tuple(sources)), *args)
    return [build_account(row) for row in rows]


def find_name_words(text: str) -> list[str]:
    """The words of a name as the index has them."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).lower())
    return _NAME_WORD.findall(plain)[:8]


def _lower_ascii(text: str) -> str:
    return text.encode().lower().decode()


def _shortest(word: str) -> int:
    return _SHORTEST_NAME if word.isascii() else 1


def _statement(sources: tuple[str, ...]) -> str:
    """Every statement has the same parameters, whichever of them it needs."""
    candidates = " UNION ".join(f"({_SOURCES[source]})" for source in sources)
    return (
        f"WITH c(id) AS MATERIALIZED ({candidates}), given AS MATERIALIZED"
        " (SELECT $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text),"
        # What they are is read of those alone that are shown.
        " best AS MATERIALIZED (SELECT a.id, row_number() OVER (ORDER BY"
        "   lower(a.username) = $5 DESC,"
        f"  {_FOLLOWS.format('$1::bigint', 'a.id')} DESC,"
        f"  {_FOLLOWS.format('a.id', '$1::bigint')} DESC,"
        "   (a.domain IS NULL) DESC, coalesce(n.followers_count, 0) DESC, a.id) AS place"
        f" FROM c JOIN {_RANKED} WHERE a.id > 0 AND a.deleted_at IS NULL"
        "   AND a.suspended_at IS NULL AND (a.domain IS NOT NULL OR NOT EXISTS (SELECT 1"
        "   FROM users u WHERE u.account_id = a.id AND u.approved_at IS NULL OFFSET 0))"
        "   ORDER BY place LIMIT $8 OFFSET $9)"
        f" SELECT {COLUMNS} FROM best JOIN {_RANKED.replace('c.id', 'best.id')}"
        " ORDER BY best.place"
    )
