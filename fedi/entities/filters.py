"""Filters, as apps of today and older ones read them."""

from collections.abc import Sequence
from typing import Any

from fedi.core.filters.match import FilterResult
from fedi.core.filters.types import Filter, Keyword
from fedi.entities.accounts import moment_or_none

Entity = dict[str, Any]


def build_filter(item: Filter) -> Entity:
    """A filter with all that belongs to it."""
    return {
        **build_short_filter(item),
        "keywords": [build_keyword(keyword) for keyword in item.keywords],
        "statuses": [build_entry(*entry) for entry in item.status_ids.items()],
    }


def build_short_filter(item: Filter) -> Entity:
    """A filter as it stands in what it has caught."""
    return {
        "id": str(item.id),
        "title": item.title,
        "context": list(item.contexts),
        "expires_at": moment_or_none(item.expires_at),
        "filter_action": item.action,
    }


def build_keyword(keyword: Keyword) -> Entity:
    """One keyword."""
    return {
        "id": str(keyword.id),
        "keyword": keyword.keyword,
        "whole_word": keyword.whole_word,
    }


def build_entry(entry_id: int, status_id: int) -> Entity:
    """A single post that is filtered."""
    return {"id": str(entry_id), "status_id": str(status_id)}


def build_filter_v1(item: Filter, keyword: Keyword) -> Entity:
    """One keyword of a filter, as older apps know a filter."""
    return {
        "id": str(keyword.id),
        "phrase": keyword.keyword,
        "context": list(item.contexts),
        "whole_word": keyword.whole_word,
        "expires_at": moment_or_none(item.expires_at),
        "irreversible": item.action == "hide",
    }


def build_results(results: Sequence[FilterResult]) -> list[Entity]:
    """What a member's filters have caught in a post."""
    return [
        {
            "filter": build_short_filter(result.filter),
            "keyword_matches": list(result.keywords) or None,
            "status_matches": [str(number) for number in result.status_ids] or None,
        }
        for result in results
    ]
