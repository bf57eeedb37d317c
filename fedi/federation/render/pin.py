"""Add, Remove: a post on top of a profile, or no longer there."""

from fedi.core.urls import featured_url
from fedi.federation.render.activity import Json, activity_of
from fedi.federation.render.facts import NoteFacts


def render_pin(kind: str, facts: NoteFacts, uri: str) -> Json:
    """Add to, or Remove from, the featured posts of an actor."""
    activity = activity_of(kind, uri, facts.author_uri, [facts.followers_uri], [])
    return {**activity, "object": facts.uri, "target": featured_url(facts.author_uri)}
