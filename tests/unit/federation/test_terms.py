"""Every kind of document that leaves: each word in it is of ActivityStreams, or says what it means.

Strict readers drop what their context does not define, so a word that is forgotten in ours is
lost to them without a trace.
"""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import orjson
import pytest

from fedi.ap.context import AS2, CID, DATA_INTEGRITY, SECURITY, WEBFINGER
from fedi.core.accounts.keys import SigningKey
from fedi.federation import render
from fedi.federation.publish.outgoing import encode
from fedi.federation.render import actor as actors
from fedi.federation.render import collection, consent, group
from fedi.federation.render.facts import ActorFacts, KeyFacts, PollFacts, QuoteFacts
from fedi.federation.render.note import render_note
from tests.integration.outbound.conftest import PAIR
from tests.unit.test_rendering import ACTOR, BO, BOOST, ORIGIN, PLAIN, QUOTED

MOMENT = datetime(2026, 2, 3, tzinfo=UTC)
GROUP = replace(BO, uri="https://b.test/c/garden", username="garden")

AS2_WORDS = """
id type Accept Activity Add Announce Application Article Block Collection CollectionPage
Create Delete Dislike Document Event Flag Follow Group Image Like Link Mention
Move Note Object OrderedCollection OrderedCollectionPage Organization Page Person Place
Profile Question Reject Remove Service Tombstone Undo Update Video
actor anyOf attachment attributedTo audience bcc bto cc closed content contentMap context
current deleted duration endTime endpoints first followers following formerType generator
height href hreflang icon image inReplyTo inbox instrument items last latitude likes
liked location longitude mediaType name nameMap next object oneOf orderedItems outbox
partOf preferredUsername prev preview provideClientKey proxyUrl published rel replies
result sharedInbox shares source startIndex startTime streams subject summary summaryMap
tag target to totalItems updated uploadMedia url width
"""
# What these define and we use; of ActivityStreams also what we do not.
DEFINED = {
    AS2: set(AS2_WORDS.split()),
    SECURITY: {"publicKey", "owner", "publicKeyPem"},
    CID: {"assertionMethod", "Multikey", "controller", "publicKeyMultibase"},
    WEBFINGER: {"webfinger"},
    DATA_INTEGRITY: {
        *("proof", "DataIntegrityProof", "cryptosuite", "created", "proofPurpose", "proofValue"),
        "verificationMethod",
    },
}
EMOJI = {"shortcode": "cat", "uri": f"{ORIGIN}/emojis/cat", "url": f"{ORIGIN}/media/cat.png"}
PERSON = ActorFacts(
    id=1,
    uri=ACTOR,
    url=f"{ORIGIN}/@ana",
    username="ana",
    handle_domain="a.test",
    origin=ORIGIN,
    actor_type="Person",
    display_name="Ana :cat:",
    note="<p>hello</p>",
    fields=({"name": "Site", "value": "x"},),
    emojis=(EMOJI,),
    avatar_url=f"{ORIGIN}/media/1.png",
    header_url=f"{ORIGIN}/media/2.png",
    locked=False,
    discoverable=True,
    indexable=True,
    memorial=False,
    suspended=False,
    deleted=False,
    also_known_as=(BO.uri,),
    moved_to_uri=BO.uri,
    created_at=MOMENT,
    keys=(KeyFacts(f"{ACTOR}#main-key", "rsa", "pem"), KeyFacts(f"{ACTOR}#k", "ed25519", "z6Mk")),
    avatar_description="a cat",
)
PICTURE = {
    "media_type": "video/mp4", "url": "https://a.test/media/1.mp4", "description": "a bee",
    "preview_url": "https://a.test/media/1.png", "duration": 1.5, "blurhash": "x",
    "width": 2, "height": 3, "focus": (0.1, -0.2),
}  # fmt: skip
FULL = replace(
    PLAIN,
    spoiler_text="insects",
    edited_at=MOMENT,
    in_reply_to_uri=QUOTED,
    mentions=(BO,),
    tags=("bees",),
    emojis=(EMOJI,),
    attachments=(PICTURE,),
    self_replies=(f"{ACTOR}/statuses/7",),
    quote=QuoteFacts(QUOTED, QUOTED, f"{BO.uri}/stamps/1"),
    group=GROUP,
    rules={"reply": {"automatic": [BO.uri], "manual": [f"{ACTOR}/followers"]}},
    allowed_by=f"{BO.uri}/approvals/1",
)
POLL = PollFacts(("a", "b"), (1, 2), False, MOMENT, True, 3)
PARTS = {"object": QUOTED, "target": GROUP.uri, "summary": "rude"}
LIKE = render.render_like("https://a.test/ap/likes/1", ACTOR, QUOTED, BO.uri, GROUP.uri)
STAMP = consent.render_stamp(f"{ACTOR}/quote_authorizations/1", ACTOR, QUOTED, PLAIN.uri)
CREATE = render.render_create(FULL)


def asked(kind: str) -> dict[str, Any]:
    return {"id": f"{BO.uri}/asks/1", "type": kind, "object": PLAIN.uri}


def documents() -> Iterator[dict[str, Any]]:
    """One of every kind, by all functions that render."""
    yield actors.render_actor(PERSON)
    yield actors.render_actor(replace(PERSON, actor_type="Group"))
    yield actors.render_actor(replace(PERSON, suspended=True))
    yield actors.render_instance_actor(PERSON)
    yield actors.render_tombstone(PLAIN.uri, "Note", MOMENT)
    yield actors.render_emoji({**EMOJI, "updated_at": MOMENT})
    yield from (render_note(replace(FULL, visibility=visibility)) for visibility in range(4))
    yield render_note(replace(FULL, in_reply_to_uri=None, poll=POLL))
    yield render_note(replace(PLAIN, poll=replace(POLL, multiple=True, is_over=False)))
    yield render_note(replace(FULL, in_reply_to_uri=None, is_article=True))
    yield CREATE
    yield render.render_vote(f"{ACTOR}#votes/1", ACTOR, BO.uri, QUOTED, "yes")
    yield render.render_note_update(FULL, f"{PLAIN.uri}#updates/1")
    yield render.render_actor_update(actors.render_actor(PERSON), PERSON, MOMENT)
    yield render.render_delete(PLAIN.uri, ACTOR, [AS2], [], GROUP.uri)
    yield render.render_actor_delete(ACTOR)
    yield from (render.render_pin(kind, PLAIN, "https://a.test/1") for kind in ("Add", "Remove"))
    yield render.render_announce(replace(BOOST, allowed_by=f"{BO.uri}/approvals/1"))
    yield render.render_undo(render.render_announce(BOOST))
    yield {**LIKE, "content": ":cat:", "_misskey_reaction": ":cat:"}
    yield render.render_follow("https://a.test/ap/follows/1", ACTOR, BO.uri)
    for kind in ("Accept", "Reject"):
        yield render.render_answer(kind, f"{ACTOR}#answers/1", ACTOR, BO.uri, f"{BO.uri}/follows/1")
    yield render.render_block("https://a.test/ap/blocks/1", ACTOR, BO.uri)
    yield render.render_move(f"{ACTOR}#moves/1", ACTOR, BO.uri)
    yield render.render_flag("https://a.test/f/1", ACTOR, [QUOTED], "spam", target=BO.uri)
    yield render.render_flag("https://a.test/f/2", ACTOR, QUOTED, "spam", group=GROUP.uri)
    yield from _of_groups()
    yield from _of_consent()
    yield collection.render_collection(f"{ACTOR}/outbox", total=1, first="x", last="y")
    yield collection.render_collection(f"{ACTOR}/tags", ordered=False, items=[{"type": "Hashtag"}])
    yield collection.render_page(f"{ACTOR}/outbox?page=true", ACTOR, [CREATE], next="x", prev="y")


def _of_groups() -> Iterator[dict[str, Any]]:
    yield group.render_passed_on(f"{ACTOR}#announces/1", ACTOR, CREATE)
    for kind in ("Delete", "Lock", "Undo Lock", "Block", "Undo Block", "Add", "Remove"):
        uri = f"{ACTOR}#moderation/1"
        yield group.render_moderation(kind, uri, ACTOR, GROUP.uri, PARTS)


def _of_consent() -> Iterator[dict[str, Any]]:
    yield STAMP
    yield consent.render_revocation(STAMP, BO.uri)
    for kind in ("like", "reply", "announce"):
        for build in (consent.render_approval, consent.render_authorization):
            yield build(kind, f"{ACTOR}/approvals/1", ACTOR, QUOTED, PLAIN.uri)
    yield consent.render_quote_request(FULL, QUOTED, BO.uri)
    yield consent.render_quote_request(replace(PLAIN, visibility=2), QUOTED, BO.uri)
    yield consent.render_reply_request(FULL, BO.uri)
    yield consent.render_asking_create(FULL, BO.uri)
    yield consent.render_announce_request(BOOST, render.render_announce(BOOST))
    for kind in ("Quote", "Like", "Reply", "Announce"):
        request = asked(f"{kind}Request")
        for result in (None, STAMP["id"]):
            yield consent.render_decision("https://a.test/1", ACTOR, BO.uri, request, "x", result)
    yield consent.render_refused_request("https://a.test/1", ACTOR, BO.uri, f"{BO.uri}/asks/1")


def words(node: Any) -> Iterator[str]:
    """Every name and every type in a document; what languages are called is no word of ours."""
    for item in node if isinstance(node, list) else ():
        yield from words(item)
    if not isinstance(node, dict):
        return
    if "type" in node:
        yield node["type"]
    for name, value in node.items():
        if name == "@context":
            continue
        yield name
        if not name.endswith("Map"):
            yield from words(value)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    for item in node if isinstance(node, list) else ():
        yield from objects(item)
    if isinstance(node, dict):
        yield node
        for name, value in node.items():
            if name != "@context":
                yield from objects(value)


def sent(document: dict[str, Any]) -> dict[str, Any]:
    """As it leaves, with a proof where there may be one."""
    key = SigningKey(f"{ACTOR}#ed25519-key", PAIR.ed25519, "ed25519")
    return orjson.loads(encode(document, key, MOMENT))


def _label(document: dict[str, Any]) -> str:
    inner = document.get("object")
    return f"{document['type']}-{inner['type']}" if isinstance(inner, dict) else document["type"]


ALL = list(documents())


@pytest.mark.parametrize("document", ALL, ids=_label)
def test_every_word_is_defined(document: dict[str, Any]) -> None:
    leaving = sent(document)
    context = leaving["@context"]
    assert context[0] == AS2
    known = set[str]().union(*(DEFINED[url] for url in context if isinstance(url, str)))
    terms = context[-1] if isinstance(context[-1], dict) else {}
    assert set(words(leaving)) - known - set(terms) == set()


@pytest.mark.parametrize("document", ALL, ids=_label)
def test_nothing_is_said_in_a_way_that_strict_readers_refuse(document: dict[str, Any]) -> None:
    for item in objects(sent(document)):
        assert isinstance(item.get("type", ""), str)
        assert item.get("id", "x"), "an id is a text, or is left out"
        for name in ("to", "cc", "tag", "attachment", "orderedItems", "items", "oneOf", "anyOf"):
            assert isinstance(item.get(name, []), list), name
        for name in ("actor", "attributedTo", "audience", "context", "inReplyTo"):
            assert isinstance(item.get(name) or "", str), name
        for name in ("published", "updated", "deleted", "endTime", "closed"):
            assert re.fullmatch(r"[-\d]{10}T[:\d]{8}Z", item.get(name, "2026-01-01T00:00:00Z"))
        assert not {"as:Public", "Public"} & {*item.get("to", ()), *item.get("cc", ())}


def test_no_way_of_rendering_is_left_out() -> None:
    names = [module.name for module in pkgutil.iter_modules(render.__path__)]
    modules = [import_module(f"{render.__name__}.{name}") for name in names]
    there = {
        name
        for module in modules
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("render_") and value.__module__ == module.__name__
    }
    source = "".join(inspect.getsource(part) for part in (documents, _of_groups, _of_consent))
    source += inspect.getsource(import_module(__name__)).partition("def documents")[0]
    missing = {name for name in there if not re.search(rf"\b{name}\b", source)}
    parts = {"render_group_parts", "render_article"}
    assert missing == parts, "which are parts of an actor and of a note"
