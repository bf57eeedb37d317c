"""The queues of this door: what came in (`inbound`) and what goes out (`deliveries`)."""

from fedi.kit.queue import Queue

# Rows that one worker may hold for one host. More than may be under way to it at once: the rest
# waits in the worker's hand, so that a warm host is not served by one claim for every few rows.
AHEAD = 32

INBOUND = Queue(
    "inbound",
    (
        "signer_uri",
        "authentic",
        "type",
        "activity_uri",
        "object_uri",
        "recipient_id",
        "signed_at",
        "request_id",
        "body",
    ),
    max_attempts=3,
)
DELIVERIES = Queue("deliveries", ("activity_id", "inbox_url"), per_host=AHEAD, max_attempts=100)
