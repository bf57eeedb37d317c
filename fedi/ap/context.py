"""The JSON-LD contexts of what we send: only the terms that a document uses, always the same bytes.

Readers of ours never fetch a context, and neither should anybody else have to: every term that
stands in a document of ours is defined in the document.
"""

from functools import lru_cache
from typing import Any

from fedi.ap.authority import PUBLIC

AS2 = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
CID = "https://www.w3.org/ns/cid/v1"
WEBFINGER = "https://purl.archive.org/socialweb/webfinger"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"

_PREFIXES = {
    "toot": "http://joinmastodon.org/ns#",
    "schema": "http://schema.org#",
    "litepub": "http://litepub.social/ns#",
    "gts": "https://gotosocial.org/ns#",
    "misskey": "https://misskey-hub.net/ns#",
    "fedibird": "http://fedibird.com/ns#",
    "ostatus": "http://ostatus.org#",
    "lemmy": "https://join-lemmy.org/ns#",
}


def _reference(iri: str, container: str = "") -> dict[str, str]:
    """A term whose values are ids."""
    term = {"@id": iri, "@type": "@id"}
    return {**term, "@container": container} if container else term


_TERMS: dict[str, Any] = {
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": _reference("as:movedTo"),
    "alsoKnownAs": _reference("as:alsoKnownAs"),
    "quoteUrl": "as:quoteUrl",
    "Emoji": "toot:Emoji",
    "featured": _reference("toot:featured"),
    "featuredTags": _reference("toot:featuredTags"),
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "suspended": "toot:suspended",
    "memorial": "toot:memorial",
    "blurhash": "toot:blurhash",
    "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
    "votersCount": "toot:votersCount",
    "attributionDomains": {"@id": "toot:attributionDomains", "@container": "@set"},
    "showFeatured": "toot:showFeatured",
    "showMedia": "toot:showMedia",
    "showRepliesInMedia": "toot:showRepliesInMedia",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "atomUri": "ostatus:atomUri",
    "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
    "conversation": "ostatus:conversation",
    "directMessage": "litepub:directMessage",
    "EmojiReact": "litepub:EmojiReact",
    "_misskey_quote": "misskey:_misskey_quote",
    "_misskey_reaction": "misskey:_misskey_reaction",
    "quoteUri": "fedibird:quoteUri",
    "searchableBy": _reference("fedibird:searchableBy"),
    "emojiReactions": _reference("fedibird:emojiReactions"),
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "Lock": "lemmy:Lock",
    "quote": _reference("https://w3id.org/fep/044f#quote"),
    "quoteAuthorization": _reference("https://w3id.org/fep/044f#quoteAuthorization"),
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "interactionPolicy": _reference("gts:interactionPolicy"),
    "canQuote": _reference("gts:canQuote"),
    "canReply": _reference("gts:canReply"),
    "canLike": _reference("gts:canLike"),
    "canAnnounce": _reference("gts:canAnnounce"),
    "automaticApproval": _reference("gts:automaticApproval"),
    "manualApproval": _reference("gts:manualApproval"),
    "interactingObject": _reference("gts:interactingObject"),
    "interactionTarget": _reference("gts:interactionTarget"),
    "approvedBy": _reference("gts:approvedBy"),
    "likeAuthorization": _reference("gts:likeAuthorization"),
    "replyAuthorization": _reference("gts:replyAuthorization"),
    "announceAuthorization": _reference("gts:announceAuthorization"),
    **{
        name: f"gts:{name}"
        for deed in ("Like", "Reply", "Announce")
        for name in (f"{deed}Request", f"{deed}Approval", f"{deed}Authorization")
    },
    "canFeature": _reference("https://w3id.org/fep/7aa9#canFeature"),
    "implements": _reference("https://w3id.org/fep/844e/implements", "@list"),
}
_DOCUMENTS = {
    "publicKey": SECURITY,
    "assertionMethod": CID,
    "webfinger": WEBFINGER,
    "proof": DATA_INTEGRITY,
}
_ALL = frozenset(_TERMS) | frozenset(_DOCUMENTS)
_ORDER = (SECURITY, CID, WEBFINGER, DATA_INTEGRITY)


def context_for(document: dict[str, Any], *, proof: bool = False) -> list[Any]:
    """The `@context` of a document; with `proof`, that of a document which is yet to be proven.

    The list is shared between equal documents: put it in, do not change it.
    """
    used: set[str] = set()
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            used.update(node.keys() & _ALL)
            kind = node.get("type")
            if isinstance(kind, str) and kind in _TERMS:
                used.add(kind)
            stack.extend([item for item in node.values() if isinstance(item, dict | list)])
    if proof:
        used.add("proof")
    return _context(frozenset(used))


@lru_cache(maxsize=512)
def _context(used: frozenset[str]) -> list[Any]:
    documents = {_DOCUMENTS[name] for name in used if name in _DOCUMENTS}
    result: list[Any] = [AS2, *(url for url in _ORDER if url in documents)]
    terms = {name: term for name, term in _TERMS.items() if name in used}
    if terms:
        needed = {_prefix_of(term) for term in terms.values()}
        prefixes = {name: iri for name, iri in _PREFIXES.items() if name in needed}
        result.append({**prefixes, **terms})
    return result


def _prefix_of(term: str | dict[str, str]) -> str:
    iri = term if isinstance(term, str) else term["@id"]
    return iri.partition(":")[0]


__all__ = ["AS2", "CID", "DATA_INTEGRITY", "PUBLIC", "SECURITY", "WEBFINGER", "context_for"]
