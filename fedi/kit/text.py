"""Text: the one place that says what HTML may be stored and shown, and what a typed text means.

HTML from others    clean_html  plain_text  safe_url  truncate  escape
a member's text     render_plain  render_markdown  find_mentions  find_hashtags  hashtag_key
                    character_count
"""

from fedi.kit.text_compose import (
    Rendered,
    character_count,
    find_hashtags,
    find_mentions,
    hashtag_key,
    render_plain,
)
from fedi.kit.text_html import clean_html, escape, plain_text, safe_url, truncate
from fedi.kit.text_markdown import render_markdown

__all__ = [
    "Rendered",
    "character_count",
    "clean_html",
    "escape",
    "find_hashtags",
    "find_mentions",
    "hashtag_key",
    "plain_text",
    "render_markdown",
    "render_plain",
    "safe_url",
    "truncate",
]
