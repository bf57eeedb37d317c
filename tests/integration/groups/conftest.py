"""Groups of others, as one instance hears of them; the world is that of the inbound tests."""

from typing import Any

import pytest

from tests.integration.inbound.conftest import World, certificates, far, settings, world
from tests.integration.inbound.far import PUBLIC, Far, Person

__all__ = ["certificates", "far", "settings", "world"]


class Group:
    """A group on `forum.far.test` that alice follows, with a moderator there."""

    def __init__(self, far: Far) -> None:
        self.actor = far.actor("forum.far.test", "garden")
        moderators = f"{self.actor.uri}/moderators"
        self.actor.extra = {"type": "Group", "attributedTo": moderators}
        self.actor.publish()
        self.mod = far.actor("forum.far.test", "mod")
        self.moderators = [self.mod.uri]
        far.documents[moderators] = lambda: {
            "id": moderators,
            "type": "OrderedCollection",
            "orderedItems": self.moderators,
        }

    @property
    def uri(self) -> str:
        return self.actor.uri

    def page(self, author: Person, **more: Any) -> dict[str, Any]:
        """A post in the group, served by its own server."""
        page = author.note(
            "see link",
            type="Page",
            name="Bees in July",
            to=[self.uri, PUBLIC],
            cc=[],
            audience=self.uri,
            **more,
        )
        author.far.documents[page["id"]] = page
        return page

    def answer(self, author: Person, parent: str, **more: Any) -> dict[str, Any]:
        note = author.note(
            "yes", to=[PUBLIC], cc=[self.uri], audience=self.uri, inReplyTo=parent, **more
        )
        author.far.documents[note["id"]] = note
        return note

    def inner(self, who: Person, kind: str, thing: Any, **more: Any) -> dict[str, Any]:
        """What somebody did in the group."""
        addressed = {"to": [PUBLIC], "cc": [self.uri], "audience": self.uri, **more}
        return who.does(kind, thing, **addressed)

    def announces(self, thing: Any) -> dict[str, Any]:
        return self.actor.does("Announce", thing, to=[PUBLIC], cc=[f"{self.uri}/followers"])


@pytest.fixture
async def group(world: World) -> Group:
    found = Group(world.far)
    await world.follow(found.actor)
    return found
