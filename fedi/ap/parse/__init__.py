"""From wire documents to the records of `vocabulary`.

Four readers, which raise RemoteNonsense, with the reason, for what cannot be used at all, and
otherwise take what they can. The documents come from `documents.loads`. HTML is passed on as it
came (cut to its limit); it is cleaned where it is stored.
"""

from fedi.ap.parse.activities import is_activity, parse_activity
from fedi.ap.parse.actors import parse_actor, parse_keys
from fedi.ap.parse.collections import parse_collection
from fedi.ap.parse.notes import parse_note

__all__ = [
    "is_activity",
    "parse_activity",
    "parse_actor",
    "parse_collection",
    "parse_keys",
    "parse_note",
]
