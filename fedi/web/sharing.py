"""What other sites show of a page that somebody links to: OpenGraph, and the cards of others."""

from dataclasses import dataclass

from fedi.web.views import MISSING, Medium, Post, Profile
from fedi.web.words import shorten, summarise

_TITLE = 70


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a preview."""

    url: str
    description: str
    width: int | None = None
    height: int | None = None
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """How a page looks from outside."""

    kind: str
    site: str
    title: str
    description: str
    url: str
    picture: Picture | None
    # The handle of whoever made it, for previews elsewhere.
    creator: str
    # What holds of the kind: `article:published_time` and its like.
    facts: tuple[tuple[str, str], ...] = ()


def preview_profile(profile: Profile, site: str) -> Preview:
    """The preview of a profile."""
    author = profile.author
    figures = (
        f"{profile.statuses} posts, {profile.followers} followers, {profile.following} following"
    )
    return Preview(
        kind="profile",
        site=site,
        title=f"{shorten(author.plain_name, _TITLE)} (@{author.handle})",
        description=summarise(profile.note) or figures,
        url=author.url,
        picture=_avatar(profile),
        creator=f"@{author.handle}",
        facts=(("profile:username", author.handle),),
    )


def _avatar(profile: Profile) -> Picture | None:
    if profile.author.avatar == MISSING:
        return None
    return Picture(profile.author.avatar, f"Avatar of {profile.author.handle}")


def preview_post(post: Post, site: str) -> Preview:
    """The preview of a post: of one with a warning, nothing but the warning."""
    facts = [("article:published_time", post.created_at.isoformat())]
    if post.edited_at is not None:
        facts.append(("article:modified_time", post.edited_at.isoformat()))
    return Preview(
        kind="article",
        site=site,
        title=f"{shorten(post.author.plain_name, _TITLE)} (@{post.author.handle})",
        description=describe(post),
        url=post.url,
        picture=_find_picture(post),
        creator=f"@{post.author.handle}",
        facts=tuple(facts),
    )


def describe(post: Post, longest: int = 200) -> str:
    """The first words of a post, or its warning alone."""
    if post.plain_warning:
        return shorten(f"Content warning: {post.plain_warning}", longest)
    said = summarise(post.content, longest)
    if said or not post.media:
        return said
    return shorten(", ".join(medium.label for medium in post.media), longest)


def _find_picture(post: Post) -> Picture | None:
    if post.plain_warning or post.is_sensitive:
        return None
    for medium in post.media:
        if address := _address(medium):
            return Picture(address, medium.description, medium.width, medium.height, is_large=True)
    if post.card is not None and post.card.image:
        return Picture(post.card.image, "", is_large=True)
    if post.author.avatar == MISSING:
        return None
    return Picture(post.author.avatar, f"Avatar of {post.author.handle}")


def _address(medium: Medium) -> str | None:
    return medium.url if medium.kind == "image" else medium.preview
