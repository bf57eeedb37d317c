"""Every address of this door but the inboxes, as one table that tests walk."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi.core.accounts.people import People
from fedi.core.domains.policy import Policy
from fedi.federation.inbound.sender import Verifier
from fedi.federation.serving import collections as lists
from fedi.federation.serving import consent, documents, post_lists, tags, wellknown
from fedi.federation.serving.access import verify_with
from fedi.federation.serving.documents import Document, Door, answer
from fedi.kit.runtime import Runtime

_USER = "/ap/users/{account}"
_STATUS = f"{_USER}/statuses/{{status}}"

# Documents, all given out by `documents.answer`.
DOCUMENTS = (
    Document("/actor", documents.serve_instance_actor, is_open=True),
    Document("/actor/outbox", lists.serve_instance_outbox),
    Document(_USER, documents.serve_actor, has_page=True, has_stub=True),
    Document(f"{_USER}/outbox", lists.serve_outbox),
    Document(f"{_USER}/followers", lists.serve_followers),
    Document(f"{_USER}/followers_synchronization", lists.serve_followers_synchronization),
    Document(f"{_USER}/following", lists.serve_following),
    Document(f"{_USER}/collections/featured", lists.serve_featured),
    Document(f"{_USER}/collections/tags", lists.serve_featured_tags),
    Document(f"{_USER}/collections/moderators", lists.serve_moderators),
    Document(_STATUS, documents.serve_note, has_page=True),
    Document(f"{_STATUS}/activity", documents.serve_activity),
    Document(f"{_STATUS}/replies", post_lists.serve_replies),
    Document(f"{_STATUS}/likes", post_lists.serve_likes),
    Document(f"{_STATUS}/shares", post_lists.serve_shares),
    Document(f"{_USER}/quote_authorizations/{{request}}", consent.serve_stamp),
    Document(f"{_USER}/approvals/{{request}}", consent.serve_approval),
    Document(f"{_USER}/authorizations/{{request}}", consent.serve_authorization),
    Document("/contexts/{status}", post_lists.serve_context),
    Document("/contexts/{status}/items", post_lists.serve_context_items),
    Document("/emojis/{shortcode}", documents.serve_emoji),
)

# Pages that answer with a document when they are asked for one; the composition negotiates.
PROFILE = Document("/@{username}", documents.serve_profile, has_stub=True)
PROFILE_POST = Document("/@{username}/{status}", documents.serve_profile_post)
TAG = Document("/tags/{name}", tags.serve_tag)

# Discovery, which is open to all.
OPEN: tuple[tuple[str, Callable[[Door, Request], Awaitable[Response]]], ...] = (
    ("/.well-known/webfinger", wellknown.serve_webfinger),
    ("/.well-known/host-meta", wellknown.serve_host_meta),
    ("/.well-known/host-meta.json", wellknown.serve_host_meta),
    ("/.well-known/nodeinfo", wellknown.serve_nodeinfo_links),
    ("/nodeinfo/{version}", wellknown.serve_nodeinfo),
)


class Federation:
    """This door as the composition sees it: routes, pages that negotiate, and ears."""

    def __init__(
        self, runtime: Runtime, people: People, policy: Policy, verifier: Verifier
    ) -> None:
        self.door = Door(runtime, people, policy, verify_with(verifier))

    def routes(self) -> list[Route]:
        """Documents and discovery."""
        documents = [
            Route(document.path, partial(answer, self.door, document), methods=["GET"])
            for document in DOCUMENTS
        ]
        discovery = [
            Route(path, partial(endpoint, self.door), methods=["GET"]) for path, endpoint in OPEN
        ]
        return documents + discovery

    async def actor_by_name(self, request: Request) -> Response:
        """The document behind `/@{username}`."""
        return await answer(self.door, PROFILE, request)

    async def status_by_name(self, request: Request) -> Response:
        """The document behind `/@{username}/{status}`."""
        return await answer(self.door, PROFILE_POST, request)

    async def tag(self, request: Request) -> Response:
        """The document behind `/tags/{name}`."""
        return await answer(self.door, TAG, request)

    def hear(self, channel: str, message: bytes) -> None:
        """Listen to the live bus."""
        self.door.hear(channel, message)
