"""Actors of the scripted peer: their documents, and what they say."""

import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fedi.ap.signatures.keys import generate_rsa, to_pem

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
ACTIVITY = "application/activity+json"
SUFFIX = "peers.test"

_numbers = itertools.count(int(time.time()) % 1_000_000 * 1000)


@cache
def private_key() -> Any:
    """One key for all actors of the peer: making them takes longer than most tests."""
    return generate_rsa()


@dataclass(frozen=True)
class Actor:
    """Somebody on a host of the peer."""

    host: str
    name: str

    @property
    def uri(self) -> str:
        """The actor id."""
        return f"https://{self.host}/users/{self.name}"

    @property
    def handle(self) -> str:
        """@name@host."""
        return f"@{self.name}@{self.host}"

    @property
    def followers(self) -> str:
        """The followers collection."""
        return f"{self.uri}/followers"

    @property
    def shared_inbox(self) -> str:
        """Where its host takes everything."""
        return f"https://{self.host}/inbox"

    def document(self) -> dict[str, Any]:
        """The actor document."""
        return {
            "@context": CONTEXT,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name,
            "url": f"https://{self.host}/@{self.name}",
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "following": f"{self.uri}/following",
            "endpoints": {"sharedInbox": self.shared_inbox},
            "publicKey": {
                "id": f"{self.uri}#main-key",
                "owner": self.uri,
                "publicKeyPem": to_pem(private_key().public_key()),
            },
        }

    # What it says. Every id is new.

    def says(self, kind: str, thing: object, **more: Any) -> dict[str, Any]:
        """An activity of this actor about `thing`."""
        return {
            "@context": CONTEXT,
            "id": f"{self.uri}/{kind.lower()}s/{next(_numbers)}",
            "type": kind,
            "actor": self.uri,
            "object": thing,
            **more,
        }

    def note(self, text: str, *, mentions: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        """A public note, with the actors that it mentions."""
        uri = f"{self.uri}/notes/{next(_numbers)}"
        return {
            "@context": CONTEXT,
            "id": uri,
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{text}</p>",
            "published": stamp(datetime.now(UTC)),
            "to": [PUBLIC],
            "cc": [self.followers, *mentions],
            "tag": [{"type": "Mention", "href": uri, "name": "@x"} for uri in mentions],
            "url": uri,
            **more,
        }

    def creates(self, note: dict[str, Any]) -> dict[str, Any]:
        """The Create of a note."""
        return self.says(
            "Create", note, to=note["to"], cc=note["cc"], published=note["published"]
        ) | {"id": f"{note['id']}/activity"}

    def announces(self, uri: str) -> dict[str, Any]:
        """A public boost."""
        return self.says(
            "Announce",
            uri,
            to=[PUBLIC],
            cc=[self.followers],
            published=stamp(datetime.now(UTC)),
        )

    def undoes(self, activity: dict[str, Any]) -> dict[str, Any]:
        """The Undo of an activity of its own."""
        inner = {key: value for key, value in activity.items() if key != "@context"}
        return self.says("Undo", inner) | {"id": f"{activity['id']}#undo"}

    def deletes(self, note_uri: str) -> dict[str, Any]:
        """The Delete of a note of its own."""
        tombstone = {"id": note_uri, "type": "Tombstone"}
        return self.says("Delete", tombstone, to=[PUBLIC]) | {"id": f"{note_uri}#delete"}


def stamp(moment: datetime) -> str:
    """ISO 8601 with Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
