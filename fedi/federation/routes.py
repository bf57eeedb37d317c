"""Every address of this door but the inboxes, as one table that tests walk."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi.federation import collections as lists
from fedi.federation import serve, wellknown
from fedi.federation.serve import Document, Door, answer

_USER = "/ap/users/{account}"
_STATUS = f"{_USER}/statuses/{{status}}"

# Documents, all given out by `serve.answer`.
DOCUMENTS = (
    Document("/actor", serve.serve_instance_actor, is_open=True),
    Document("/actor/outbox", lists.serve_instance_outbox),
    Document(_USER, serve.serve_actor),
    Document(f"{_USER}/outbox", lists.serve_outbox),
    Document(f"{_USER}/followers", lists.serve_followers),
    Document(f"{_USER}/following", lists.serve_following),
    Document(f"{_USER}/collections/featured", lists.serve_featured),
    Document(f"{_USER}/collections/tags", lists.serve_featured_tags),
    Document(_STATUS, serve.serve_note),
    Document(f"{_STATUS}/activity", serve.serve_activity),
    Document(f"{_STATUS}/replies", lists.serve_replies),
    Document(f"{_STATUS}/likes", lists.serve_likes),
    Document(f"{_STATUS}/shares", lists.serve_shares),
    Document("/contexts/{status}", lists.serve_context),
    Document("/contexts/{status}/items", lists.serve_context_items),
)

# Pages that answer with a document when they are asked for one; the composition negotiates.
PROFILE = Document("/@{username}", serve.serve_profile)
PROFILE_POST = Document("/@{username}/{status}", serve.serve_profile_post)

# Discovery, which is open to all.
OPEN: tuple[tuple[str, Callable[[Door, Request], Awaitable[Response]]], ...] = (
    ("/.well-known/webfinger", wellknown.serve_webfinger),
    ("/.well-known/host-meta", wellknown.serve_host_meta),
    ("/.well-known/host-meta.json", wellknown.serve_host_meta),
    ("/.well-known/nodeinfo", wellknown.serve_nodeinfo_links),
    ("/nodeinfo/{version}", wellknown.serve_nodeinfo),
)


def document_routes(door: Door) -> list[Route]:
    """The ActivityPub documents."""
    return [
        Route(document.path, partial(answer, door, document), methods=["GET"])
        for document in DOCUMENTS
    ]


def open_routes(door: Door) -> list[Route]:
    """WebFinger, host-meta and NodeInfo."""
    return [Route(path, partial(endpoint, door), methods=["GET"]) for path, endpoint in OPEN]
