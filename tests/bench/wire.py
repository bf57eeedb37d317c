"""The names, documents and signatures of the peer's side; pure, shared by driver and peer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from fedi.ap.signatures import Outgoing, PrivateKey, sign_cavage
from fedi.ap.signatures.keys import dump_private, generate_rsa, load_private, to_pem

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
ACTIVITY = "application/activity+json"
SUFFIX = "peers.test"
HOSTS = 50
# Of ordinary length, with a link: about what people write.
TEXT = (
    "An ordinary sentence about nothing in particular, long enough to be a post that somebody"
    ' might write, with <a href="https://example.org/page">a link</a> in it. Number'
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody at the peer, where hosts `s1` to `s50` have shared inboxes, `n1` to `n50` none."""

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


def hosts(kind: str) -> list[str]:
    """The hosts of one kind, `s` or `n`."""
    return [f"{kind}{number}.{SUFFIX}" for number in range(1, HOSTS + 1)]


def actors(kind: str, name: str, count: int = HOSTS) -> list[Actor]:
    """The actors of one name on the first hosts of a kind."""
    return [Actor(host, name) for host in hosts(kind)[:count]]


def document(actor: Actor, public_key: str) -> dict[str, Any]:
    """An actor document."""
    uri = actor.uri
    shared = {"endpoints": {"sharedInbox": f"https://{actor.host}/inbox"}}
    return {
        "@context": CONTEXT,
        "id": uri,
        "type": "Person",
        "preferredUsername": actor.name,
        "name": f"{actor.name} of {actor.host}",
        "summary": "<p>Nobody in particular.</p>",
        "url": f"https://{actor.host}/@{actor.name}",
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "following": f"{uri}/following",
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": public_key},
        **(shared if actor.host.startswith("s") else {}),
    }


def create(
    actor: Actor,
    name: str,
    moment: datetime,
    *,
    mention: tuple[str, str] | None = None,
    to: str = "",
) -> dict[str, Any]:
    """The Create of a public post; `mention` is (actor id, handle), `to` what it replies to."""
    uri = f"{actor.uri}/notes/{name}"
    published = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    people = [mention[0]] if mention else []
    addressed = {"to": [PUBLIC], "cc": [f"{actor.uri}/followers", *people]}
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": actor.uri,
        "published": published,
        "url": uri,
        "content": f"<p>{TEXT} {name}</p>",
        "sensitive": False,
        "tag": [{"type": "Mention", "href": mention[0], "name": mention[1]}] if mention else [],
        "attachment": [],
        **addressed,
        **({"inReplyTo": to} if to else {}),
    }
    return {
        "@context": CONTEXT,
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": actor.uri,
        "published": published,
        "object": note,
        **addressed,
    }


def enrich(activity: dict[str, Any], number: int, quoted: str) -> None:
    """Give a post two hashtags, an emoji and two pictures; a poll or a quote to one in ten."""
    note = activity["object"]
    media = f"https://{note['id'].split('/')[2]}/media/{number}"
    tags = [
        {"type": "Hashtag", "href": f"https://example.org/tags/{name}", "name": f"#{name}"}
        for name in ("bench", f"part{number % 50}")
    ]
    icon = {"type": "Image", "mediaType": "image/png", "url": f"{media[:-1]}/blob.png"}
    emoji = {"type": "Emoji", "id": icon["url"], "name": ":blob:", "icon": icon}
    note["tag"] += [*tags, emoji]
    note["content"] += f"<p>:blob: #bench #part{number % 50}</p>"
    note["attachment"] = [
        {
            "type": "Document",
            "mediaType": "image/jpeg",
            "url": f"{media}-{picture}.jpg",
            "name": "A picture in words",
            "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            "width": 1200,
            "height": 800,
        }
        for picture in range(2)
    ]
    if number % 10 == 1:
        answers = [
            {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}
            for name in ("Yes", "No", "Perhaps")
        ]
        end = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        note.update(type="Question", oneOf=answers, endTime=end)
    elif number % 10 == 2:
        note.update(quote=quoted, quoteUri=quoted)


def deed(actor: Actor, kind: str, target: str, *, about: str) -> dict[str, Any]:
    """A Like or an Announce of a post; `target` is whom it is for, `about` the post."""
    name = f"{actor.uri}/{kind.lower()}s/{about.rpartition('/')[2]}"
    to = {"to": [PUBLIC], "cc": [f"{actor.uri}/followers", target]}
    return {
        "@context": CONTEXT,
        "id": name,
        "type": kind,
        "actor": actor.uri,
        "object": about,
        **(to if kind == "Announce" else {"to": [target]}),
        **({"published": datetime.now(UTC).isoformat()} if kind == "Announce" else {}),
    }


def undo(activity: dict[str, Any]) -> dict[str, Any]:
    """The Undo of an activity."""
    inner = {key: value for key, value in activity.items() if key != "@context"}
    return {
        "@context": CONTEXT,
        "id": f"{activity['id']}#undo",
        "type": "Undo",
        "actor": activity["actor"],
        "object": inner,
        **{key: value for key, value in inner.items() if key in ("to", "cc")},
    }


def delete(actor: Actor, uri: str) -> dict[str, Any]:
    """The Delete of a post."""
    return {
        "@context": CONTEXT,
        "id": f"{uri}#delete",
        "type": "Delete",
        "actor": actor.uri,
        "object": {"id": uri, "type": "Tombstone"},
        "to": [PUBLIC],
    }


def follow(actor: Actor, target: str) -> dict[str, Any]:
    """A Follow of a local actor."""
    return {
        "@context": CONTEXT,
        "id": f"{actor.uri}/follows/{target.rpartition('/')[2]}",
        "type": "Follow",
        "actor": actor.uri,
        "object": target,
        "to": [target],
    }


@cache
def key(folder: Path) -> PrivateKey:
    """The one key of all actors, made at first use."""
    file = folder / "peer.key"
    if not file.exists():
        file.write_bytes(dump_private(generate_rsa()))
    return load_private(file.read_bytes())


def public_pem(private: PrivateKey) -> str:
    """The public half, as actor documents carry it."""
    return to_pem(private.public_key())


def request(
    method: str, target: str, host: str, headers: Mapping[str, str], body: bytes = b""
) -> bytes:
    """One request, ready to be written to a socket."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "User-Agent: bench"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name != "Host"]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def signed_post(
    private: PrivateKey, activity: Mapping[str, Any], domain: str, target: str = "/inbox"
) -> bytes:
    """An activity to an inbox, signed by its actor."""
    body = orjson.dumps(activity)
    outgoing = Outgoing("POST", f"https://{domain}{target}", body, datetime.now(UTC))
    headers = sign_cavage(private, f"{activity['actor']}#main-key", outgoing)
    return request("POST", target, domain, headers, body)


def signed_get(private: PrivateKey, actor: Actor, domain: str, target: str) -> bytes:
    """A fetch of a document, signed by an actor."""
    outgoing = Outgoing("GET", f"https://{domain}{target}", None, datetime.now(UTC))
    headers = sign_cavage(private, f"{actor.uri}#main-key", outgoing)
    return request("GET", target, domain, {**headers, "Accept": ACTIVITY})


def sign_all(private: PrivateKey, activities: Iterable[dict[str, Any]], domain: str) -> list[bytes]:
    """All requests, made beforehand."""
    return [signed_post(private, activity, domain) for activity in activities]
