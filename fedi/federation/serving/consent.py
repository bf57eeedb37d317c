"""Consent in writing, as those read it who want to see it for themselves."""

from collections.abc import Mapping
from typing import NamedTuple

from fedi.core import urls
from fedi.federation.render.consent import render_approval, render_authorization, render_stamp
from fedi.federation.serving.access import Reader, find_seen
from fedi.federation.serving.documents import Body, Door, number
from fedi.kit.errors import Gone, NotFound
from fedi.kit.unit import ReadUnit

_FIND = """
SELECT r.id, r.kind, a.uri, r.object_uri, s.uri, s.id
FROM interaction_requests r JOIN accounts a ON a.id = r.account_id
JOIN statuses s ON s.id = r.status_id
WHERE r.id = $1 AND r.account_id = $2 AND r.state = 1
"""


class _Consent(NamedTuple):
    """What somebody may do with a post."""

    id: int
    kind: str
    author: str
    interacting: str
    target: str
    status_id: int


async def _find(
    read: ReadUnit, reader: Reader, parameters: Mapping[str, str], *, is_quote: bool = False
) -> _Consent:
    """What was allowed and not taken back, for whoever may see the post that it is about.

    Raises:
        NotFound: there is nothing of the kind for this reader.
    """
    row = await read.row(_FIND, number(parameters, "request"), number(parameters, "account"))
    if row is None or (row["kind"] == "quote") != is_quote:
        raise NotFound
    consent = _Consent(*row)
    try:
        await find_seen(read, reader, consent.status_id, consent.target)
    except Gone as gone:
        raise NotFound from gone
    return consent


async def serve_stamp(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """That a post may be quoted."""
    del door
    found = await _find(read, reader, parameters, is_quote=True)
    uri = urls.stamp_uri(found.author, found.id)
    return render_stamp(uri, found.author, found.interacting, found.target)


async def serve_approval(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """That a post may be liked, answered or boosted."""
    del door
    found = await _find(read, reader, parameters)
    uri = urls.approval_uri(found.author, found.id)
    return render_approval(found.kind, uri, found.author, found.interacting, found.target)


async def serve_authorization(
    door: Door, read: ReadUnit, reader: Reader, parameters: Mapping[str, str]
) -> Body:
    """The same, by its newer name."""
    del door
    found = await _find(read, reader, parameters)
    uri = urls.authorization_uri(found.author, found.id)
    return render_authorization(found.kind, uri, found.author, found.interacting, found.target)
