"""Announce: a boost of a post."""

from fedi.federation.render.activity import Json, activity_of
from fedi.federation.render.facts import BoostFacts, addresses
from fedi.federation.render.note import wire_time


def render_announce(facts: BoostFacts) -> Json:
    """Announce: a boost."""
    to, cc = addresses(facts.visibility, facts.followers_uri, [facts.object_author_uri])
    activity = activity_of("Announce", facts.uri, facts.author_uri, to, cc)
    if facts.allowed_by:
        activity["approvedBy"] = activity["announceAuthorization"] = facts.allowed_by
    return {**activity, "published": wire_time(facts.created_at), "object": facts.object_uri}
