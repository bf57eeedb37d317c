"""Tables, one file per family. They know SQLAlchemy and nothing else.

The tables are the source of the migrations and of the test that holds both together; queries are
plain SQL with named columns (`core/**/queries.py`), because they are read and measured as SQL.
"""

from fedi.models import (
    accounts,
    auth,
    domains,
    federation,
    feeds,
    inbound,
    instance,
    media,
    members,
    posts,
    queues,
    relationships,
    statuses,
)
from fedi.models.base import metadata

__all__ = [
    "accounts",
    "auth",
    "domains",
    "federation",
    "feeds",
    "inbound",
    "instance",
    "media",
    "members",
    "metadata",
    "posts",
    "queues",
    "relationships",
    "statuses",
]
