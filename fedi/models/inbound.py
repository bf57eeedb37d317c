"""The durable queue of received activities, as they came. Only `federation` may touch it."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, LargeBinary, Table, Text

from fedi.models.base import metadata, moment, queue_columns, queue_indexes

# `host` is the sender's host (fair claiming); `lane` is the signer's actor id: two activities
# of one actor never run at the same time; `hold` is the object: a parked activity holds back
# only what concerns the same object.
inbound = Table(
    "inbound",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    # Who signed; equals the activity's `actor` when `authentic`.
    Column("signer_uri", Text, nullable=False),
    Column("authentic", Boolean, nullable=False),
    Column("type", Text, nullable=False),
    Column("activity_uri", Text),
    Column("object_uri", Text),
    # Hash of (signer, activity id): an exact repetition is not stored again.
    Column("fingerprint", LargeBinary, unique=True),
    # The member whose personal inbox it came to; None for the shared inbox.
    Column("recipient_id", BigInteger),
    moment("signed_at"),
    Column("request_id", Text),
    Column("body", LargeBinary, nullable=False),
    *queue_columns(),
)
queue_indexes(inbound)
