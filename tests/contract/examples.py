"""One call of each route that succeeds; a route without one fails the tests of the contract.

A path may name what the world holds (`{post}`, see `abundance.py`); a parameter of the route that
is not named otherwise in `ids` is taken from there by its own name. `prepare` makes anew what the
call uses up (see `making.py`), so each example may be called as often as one likes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract import making
from tests.contract.abundance import PUSH, later
from tests.contract.making import CLIENT, CODE, Prepare
from tests.contract.pictures import png


@dataclass(frozen=True)
class Example:
    """How to call a route so that it does what it is for."""

    # Which names of the world stand for the parameters of the path.
    ids: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    body: Mapping[str, Any] | None = None
    files: bool = False
    prepare: Prepare | None = None
    # `alice`, a token by itself (`app`), or nobody.
    who: str = "alice"
    # What is switched off here answers so, and always so: the status, and why.
    refuses: tuple[int, str] | None = None
    # The answers are the same whatever id stands in the path: why.
    any_id: str = ""


_off = "there are no collections of accounts here"
_years = "there are no reports of a year here"
_same = "to take away what is not there is no mistake"
ALICE, BOB, FAR = {"id": "alice"}, {"id": "bob"}, {"id": "far"}
POST, NEW, REPLY = {"id": "post"}, {"id": "new"}, {"id": "reply"}


def _on_post(*verbs: str) -> dict[str, Example]:
    return {f"POST /api/v1/statuses/{{id}}/{verb}": Example(REPLY) for verb in verbs}


def _reactions(*routes: str) -> dict[str, Example]:
    return {f"{route}/{{name}}": Example({**REPLY, "name": "thumb"}) for route in routes}


def _on_account(*verbs: str) -> dict[str, Example]:
    return {
        f"POST /api/v1/accounts/{{id}}/{verb}": Example(NEW, prepare=making.somebody)
        for verb in verbs
    }


def _collections(version: str) -> dict[str, Example]:
    base = f"/api/{version}"
    one, item = f"{base}/collections/{{id}}", f"{base}/collections/{{collection_id}}/items"
    ids = {"id": "post", "collection_id": "post"}
    absent = {
        f"GET {one}": None,
        f"PATCH {one}": {"name": "x"},
        f"DELETE {one}": None,
        f"POST {item}": {"account_id": "{bob}"},
        f"DELETE {item}/{{id}}": None,
        f"POST {item}/{{id}}/revoke": None,
    }
    return {
        f"GET {base}/accounts/{{id}}/collections": Example(ALICE, any_id=_off),
        f"GET {base}/accounts/{{id}}/in_collections": Example(ALICE, any_id=_off),
        f"POST {base}/collections": Example(body={"name": "x"}, refuses=(403, _off)),
        **{key: Example(ids, body=body, refuses=(404, _off)) for key, body in absent.items()},
    }


_ACCOUNTS: dict[str, Example] = {
    "GET /api/v1/accounts": Example(query="?id[]={bob}&id[]={far}"),
    "GET /api/v1/accounts/lookup": Example(query="?acct=bob"),
    "GET /api/v1/accounts/relationships": Example(query="?id[]={bob}&id[]={far}"),
    "GET /api/v1/accounts/familiar_followers": Example(query="?id[]={carol}&id[]={bob}"),
    "GET /api/v1/accounts/search": Example(query="?q=bob"),
    "GET /api/v1/accounts/{id}": Example(BOB),
    **{
        f"GET /api/v1/accounts/{{id}}/{tail}": Example(ALICE)
        for tail in ("statuses", "followers", "following", "endorsements", "featured_tags")
    },
    "GET /api/v1/accounts/{id}/lists": Example(BOB),
    "GET /api/v1/accounts/{id}/identity_proofs": Example(BOB, any_id="nobody has any"),
    "POST /api/v1/accounts/{id}/email_subscriptions": Example(
        BOB, body={"email": "x@mail.test"}, refuses=(404, "this server sends no mail")
    ),
    "POST /api/v1/accounts": Example(
        who="app",
        prepare=making.joining,
        body={
            "username": "{username}",
            "email": "{username}@mail.test",
            "password": "correct horse",
            "agreement": "true",
            "locale": "en",
        },
    ),
    **_on_account("unfollow", "remove_from_followers", "block", "unblock", "unmute"),
    **_on_account("endorse", "unendorse", "pin", "unpin"),
    "POST /api/v1/accounts/{id}/follow": Example(
        FAR, body={"reblogs": "true", "notify": "false", "languages": ["en"]}
    ),
    "POST /api/v1/accounts/{id}/mute": Example(
        NEW, prepare=making.somebody, body={"notifications": "true", "duration": "60"}
    ),
    "POST /api/v1/accounts/{id}/note": Example(BOB, body={"comment": "met at tea"}),
    "GET /api/v1/accounts/verify_credentials": Example(),
    "PATCH /api/v1/accounts/update_credentials": Example(
        body={
            "display_name": "Alice :bee:",
            "fields_attributes": [{"name": "Home", "value": "https://alice.test"}],
            "source": {"privacy": "public", "language": "en"},
        }
    ),
    "GET /api/v1/profile": Example(),
    "PATCH /api/v1/profile": Example(body={"display_name": "Alice :bee:", "locked": "false"}),
    "DELETE /api/v1/profile/avatar": Example(),
    "DELETE /api/v1/profile/header": Example(),
    "GET /api/v1/preferences": Example(),
    "GET /api/v1/endorsements": Example(),
    "GET /api/v1/blocks": Example(),
    "GET /api/v1/mutes": Example(),
    "GET /api/v1/admin/domain_allows": Example(prepare=making.allowed),
    "POST /api/v1/admin/domain_allows": Example(body={"domain": "kind.test"}),
    "GET /api/v1/admin/domain_allows/{id}": Example(NEW, prepare=making.allowed),
    "DELETE /api/v1/admin/domain_allows/{id}": Example(NEW, prepare=making.allowed),
    "GET /api/v1/admin/domain_blocks": Example(prepare=making.blocked_domain),
    "POST /api/v1/admin/domain_blocks": Example(
        prepare=making.domain_name, body={"domain": "{name}", "severity": "silence"}
    ),
    "GET /api/v1/admin/domain_blocks/{id}": Example(NEW, prepare=making.blocked_domain),
    "PUT /api/v1/admin/domain_blocks/{id}": Example(
        NEW, prepare=making.blocked_domain, body={"reject_media": True}
    ),
    "DELETE /api/v1/admin/domain_blocks/{id}": Example(NEW, prepare=making.blocked_domain),
    "GET /api/v1/domain_blocks": Example(),
    "POST /api/v1/domain_blocks": Example(body={"domain": "worse.test"}),
    "DELETE /api/v1/domain_blocks": Example(body={"domain": "worse.test"}),
    "GET /api/v1/domain_blocks/preview": Example(query="?domain=far.test"),
    "GET /api/v1/interaction_requests": Example(prepare=making.wish),
    "GET /api/v1/interaction_requests/{id}": Example(NEW, prepare=making.wish),
    "POST /api/v1/interaction_requests/{id}/authorize": Example(NEW, prepare=making.wish),
    "POST /api/v1/interaction_requests/{id}/reject": Example(NEW, prepare=making.wish),
    "GET /api/v1/follow_requests": Example(who="lena"),
    "POST /api/v1/follow_requests/{id}/authorize": Example(NEW, prepare=making.asking, who="lena"),
    "POST /api/v1/follow_requests/{id}/reject": Example(NEW, prepare=making.asking, who="lena"),
    "GET /api/v1/directory": Example(),
    "GET /api/v1/suggestions": Example(),
    "GET /api/v2/suggestions": Example(),
    "DELETE /api/v1/suggestions/{id}": Example({"id": "dave"}, any_id=_same),
    "POST /api/v1/reports": Example(
        body={"account_id": "{bob}", "status_ids": ["{reply}"], "comment": "no", "rule_ids": []}
    ),
}
_SERVER: dict[str, Example] = {
    "GET /api/v1/announcements": Example(),
    "POST /api/v1/announcements/{id}/dismiss": Example({"id": "announcement"}),
    "PUT /api/v1/announcements/{id}/reactions/{name}": Example(
        {"id": "announcement", "name": "thumb"}
    ),
    "DELETE /api/v1/announcements/{id}/reactions/{name}": Example(
        {"id": "announcement", "name": "thumb"}
    ),
    "POST /api/v1/apps": Example(
        who="",
        body={
            "client_name": "App",
            "redirect_uris": "https://app.test/cb",
            "scopes": "read write",
            "website": "https://app.test",
        },
    ),
    "GET /api/v1/apps/verify_credentials": Example(),
    "GET /api/v2/instance": Example(who=""),
    "GET /api/v1/instance": Example(who=""),
    **{
        f"GET /api/v1/instance/{tail}": Example(who="")
        for tail in (
            *("rules", "peers", "activity", "languages", "extended_description"),
            *("privacy_policy", "terms_of_service", "translation_languages"),
        )
    },
    "GET /api/v1/instance/domain_blocks": Example(),
    "GET /api/v1/instance/terms_of_service/{date}": Example({"date": "terms_date"}, who=""),
    "GET /api/v1/peers/search": Example(query="?q=far", who=""),
    "GET /api/v1/custom_emojis": Example(who=""),
    "GET /invite/{code}": Example({"code": "post"}, refuses=(404, "there are no invitations")),
    "POST /oauth/token": Example(who="", prepare=making.code, body=CODE),
    "POST /oauth/revoke": Example(
        who="", prepare=making.code_token, body={**CLIENT, "token": "{token}"}
    ),
    "POST /oauth/introspect": Example(
        who="", prepare=making.code_token, body={**CLIENT, "token": "{token}"}
    ),
    "GET /oauth/token/info": Example(),
    "GET /oauth/userinfo": Example(),
    "POST /oauth/userinfo": Example(),
    "GET /.well-known/oauth-authorization-server": Example(who=""),
    "GET /api/oembed": Example(query="?url=https://a.test/@alice/{post}", who=""),
    **_collections("v1"),
    **_collections("v1_alpha"),
    "GET /api/v1/annual_reports": Example(),
    "GET /api/v1/annual_reports/{year}": Example({"year": "post"}, refuses=(404, _years)),
    "GET /api/v1/annual_reports/{year}/state": Example({"year": "post"}, any_id=_years),
    "POST /api/v1/annual_reports/{year}/generate": Example({"year": "post"}, refuses=(404, _years)),
    "POST /api/v1/annual_reports/{year}/read": Example({"year": "post"}, refuses=(404, _years)),
    "GET /api/v1_alpha/async_refreshes/{id}": Example(NEW, prepare=making.refresh),
    "GET /api/v1/donation_campaigns": Example(),
    "GET /api/v1/trends": Example(who=""),
    "GET /api/v1/trends/links": Example(who=""),
    "GET /api/v1/trends/statuses": Example(who=""),
    "GET /api/v1/trends/tags": Example(who=""),
    "GET /api/v2/search": Example(query="?q=tea"),
    "GET /api/v1/emails/check_confirmation": Example(),
    "POST /api/v1/emails/confirmations": Example(
        refuses=(403, "alice has confirmed her address, and this server sends no mail")
    ),
}
_POSTS: dict[str, Example] = {
    "GET /api/v1/statuses": Example(query="?id[]={post}&id[]={boost}&id[]={quoting}"),
    "POST /api/v1/statuses": Example(
        body={
            "status": "hello @bob",
            "spoiler_text": "careful",
            "visibility": "unlisted",
            "language": "en",
            "sensitive": "true",
            "in_reply_to_id": "{post}",
            "poll": {"options": ["a", "b"], "expires_in": "600", "multiple": "true"},
        }
    ),
    "GET /api/v1/statuses/{id}": Example(POST),
    "PUT /api/v1/statuses/{id}": Example(
        NEW, prepare=making.post, body={"status": "another", "spoiler_text": "hm", "media_ids": []}
    ),
    "DELETE /api/v1/statuses/{id}": Example(NEW, prepare=making.post),
    **{
        f"GET /api/v1/statuses/{{id}}/{tail}": Example(POST)
        for tail in ("context", "source", "history", "favourited_by", "reblogged_by", "quotes")
    },
    "GET /api/v1/statuses/{id}/card": Example(POST),
    "POST /api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke": Example(
        {"id": "post", "quoting_status_id": "quoting"}, prepare=making.quoted
    ),
    "PUT /api/v1/statuses/{id}/interaction_policy": Example(
        NEW, prepare=making.post, body={"quote_approval_policy": "followers"}
    ),
    **_on_post("favourite", "unfavourite", "bookmark", "unbookmark", "mute", "unmute"),
    **_reactions("POST /api/v1/statuses/{id}/react", "POST /api/v1/statuses/{id}/unreact"),
    **_reactions(
        *(
            f"{method} {path}"
            for path in (
                "/api/v1/statuses/{id}/emoji_reactions",
                "/api/v1/pleroma/statuses/{id}/reactions",
            )
            for method in ("PUT", "DELETE")
        )
    ),
    **_reactions("GET /api/v1/pleroma/statuses/{id}/reactions"),
    "GET /api/v1/pleroma/statuses/{id}/reactions": Example(REPLY),
    "POST /api/v1/statuses/{id}/reblog": Example(REPLY, body={"visibility": "public"}),
    "POST /api/v1/statuses/{id}/unreblog": Example(REPLY),
    "POST /api/v1/statuses/{id}/pin": Example(POST),
    "POST /api/v1/statuses/{id}/unpin": Example(POST),
    "POST /api/v1/statuses/{id}/translate": Example(
        POST, refuses=(404, "nothing is translated here")
    ),
    "GET /api/v1/polls/{id}": Example({"id": "poll"}),
    "POST /api/v1/polls/{id}/votes": Example(NEW, prepare=making.vote, body={"choices": ["1"]}),
    "GET /api/v1/scheduled_statuses": Example(),
    "GET /api/v1/scheduled_statuses/{id}": Example({"id": "scheduled"}),
    "PUT /api/v1/scheduled_statuses/{id}": Example(
        {"id": "scheduled"}, body={"scheduled_at": later(48)}
    ),
    "DELETE /api/v1/scheduled_statuses/{id}": Example(NEW, prepare=making.planned),
    "POST /api/v1/media": Example(files=True, body={"description": "blue"}),
    "POST /api/v2/media": Example(files=True, body={"description": "blue"}),
    "GET /api/v1/media/{id}": Example(NEW, prepare=making.media),
    "PUT /api/v1/media/{id}": Example(
        NEW, prepare=making.media, body={"description": "green", "focus": "0.5,-0.5"}
    ),
    "DELETE /api/v1/media/{id}": Example(NEW, prepare=making.media),
    "GET /api/v1/bookmarks": Example(),
    "GET /api/v1/favourites": Example(),
    "GET /api/v1/conversations": Example(),
    "DELETE /api/v1/conversations/{id}": Example(NEW, prepare=making.talk),
    "POST /api/v1/conversations/{id}/read": Example(NEW, prepare=making.talk),
    "POST /api/v1/conversations/{id}/unread": Example(NEW, prepare=making.talk),
    "GET /api/v1/timelines/home": Example(),
    "GET /api/v1/timelines/public": Example(),
    "GET /api/v1/timelines/tag/{hashtag}": Example({"hashtag": "tag"}, any_id="tags need nobody"),
    "GET /api/v1/timelines/link": Example(query="?url=https://news.test/1"),
    "GET /api/v1/timelines/list/{id}": Example({"id": "list"}),
    "GET /api/v1/timelines/direct": Example(),
}
_IN_GROUP = {"id": "new", "account_id": "bob"}
_POST_IN_GROUP = Example({"id": "new", "status_id": "post"}, prepare=making.group_post)
_GROUPS: dict[str, Example] = {
    "GET /api/v1/fedi/groups": Example(prepare=making.group),
    "POST /api/v1/fedi/groups": Example(
        prepare=making.name,
        body={
            "name": "{group_name}",
            "display_name": "Tea",
            "note": "and cake",
            "posting": "members",
        },
    ),
    "GET /api/v1/fedi/groups/{id}": Example(NEW, prepare=making.group),
    "PATCH /api/v1/fedi/groups/{id}": Example(NEW, prepare=making.group, body={"approval": "true"}),
    "DELETE /api/v1/fedi/groups/{id}": Example(NEW, prepare=making.group),
    "GET /api/v1/fedi/groups/{id}/moderators": Example(NEW, prepare=making.group),
    "POST /api/v1/fedi/groups/{id}/moderators/{account_id}": Example(
        _IN_GROUP, prepare=making.group
    ),
    "DELETE /api/v1/fedi/groups/{id}/moderators/{account_id}": Example(
        _IN_GROUP, prepare=making.moderated
    ),
    "GET /api/v1/fedi/groups/{id}/bans": Example(NEW, prepare=making.banned),
    "POST /api/v1/fedi/groups/{id}/bans/{account_id}": Example(
        _IN_GROUP, prepare=making.group, body={"reason": "spam", "expires_in": "600"}
    ),
    "DELETE /api/v1/fedi/groups/{id}/bans/{account_id}": Example(_IN_GROUP, prepare=making.banned),
    "GET /api/v1/fedi/groups/{id}/queue": Example(NEW, prepare=making.group_post),
    "POST /api/v1/fedi/groups/{id}/posts/{status_id}/approve": _POST_IN_GROUP,
    "POST /api/v1/fedi/groups/{id}/posts/{status_id}/remove": _POST_IN_GROUP,
    "POST /api/v1/fedi/groups/{id}/posts/{status_id}/lock": _POST_IN_GROUP,
    "POST /api/v1/fedi/groups/{id}/posts/{status_id}/unlock": _POST_IN_GROUP,
}
_MEMBERS: dict[str, Example] = {
    "GET /api/v2/filters": Example(),
    "POST /api/v2/filters": Example(
        body={
            "title": "more",
            "context": ["home", "public"],
            "filter_action": "hide",
            "expires_in": "600",
            "keywords_attributes": [{"keyword": "x", "whole_word": "true"}],
        }
    ),
    "GET /api/v2/filters/{id}": Example({"id": "filter"}),
    "PUT /api/v2/filters/{id}": Example(NEW, prepare=making.new_filter, body={"title": "other"}),
    "DELETE /api/v2/filters/{id}": Example(NEW, prepare=making.new_filter),
    "GET /api/v2/filters/{filter_id}/keywords": Example({"filter_id": "filter"}),
    "POST /api/v2/filters/{filter_id}/keywords": Example(
        {"filter_id": "new"},
        prepare=making.new_filter,
        body={"keyword": "y", "whole_word": "false"},
    ),
    "GET /api/v2/filters/keywords/{id}": Example({"id": "keyword"}),
    "PUT /api/v2/filters/keywords/{id}": Example(
        NEW, prepare=making.keyword, body={"keyword": "z"}
    ),
    "DELETE /api/v2/filters/keywords/{id}": Example(NEW, prepare=making.keyword),
    "GET /api/v2/filters/{filter_id}/statuses": Example({"filter_id": "filter"}),
    "POST /api/v2/filters/{filter_id}/statuses": Example(
        {"filter_id": "filter"}, prepare=making.status_to_filter, body={"status_id": "{status}"}
    ),
    "GET /api/v2/filters/statuses/{id}": Example({"id": "filtered_status"}),
    "DELETE /api/v2/filters/statuses/{id}": Example(NEW, prepare=making.filtered),
    "GET /api/v1/filters": Example(),
    "POST /api/v1/filters": Example(
        body={"phrase": "x", "context": ["home"], "irreversible": "true", "expires_in": "60"}
    ),
    "GET /api/v1/filters/{id}": Example({"id": "keyword"}),
    "PUT /api/v1/filters/{id}": Example(
        NEW, prepare=making.old_filter, body={"phrase": "y", "context": ["home"]}
    ),
    "DELETE /api/v1/filters/{id}": Example(NEW, prepare=making.old_filter),
    "GET /api/v1/lists": Example(),
    "POST /api/v1/lists": Example(
        body={"title": "x", "replies_policy": "none", "exclusive": "false"}
    ),
    "GET /api/v1/lists/{id}": Example({"id": "list"}),
    "PUT /api/v1/lists/{id}": Example(NEW, prepare=making.new_list, body={"title": "y"}),
    "DELETE /api/v1/lists/{id}": Example(NEW, prepare=making.new_list),
    "GET /api/v1/lists/{id}/accounts": Example({"id": "list"}),
    "POST /api/v1/lists/{id}/accounts": Example(
        NEW, prepare=making.new_list, body={"account_ids": ["{bob}"]}
    ),
    "DELETE /api/v1/lists/{id}/accounts": Example(
        NEW, prepare=making.new_list, body={"account_ids": ["{bob}"]}
    ),
    "GET /api/v1/markers": Example(query="?timeline[]=home&timeline[]=notifications"),
    "POST /api/v1/markers": Example(body={"home": {"last_read_id": "{post}"}}),
    "GET /api/v1/notifications": Example(query="?limit=80"),
    "POST /api/v1/notifications/clear": Example(who="bob"),
    "DELETE /api/v1/notifications/destroy_multiple": Example(
        prepare=making.notification, body={"ids": ["{new}"]}
    ),
    "GET /api/v1/notifications/unread_count": Example(),
    "GET /api/v1/notifications/policy": Example(),
    "PATCH /api/v1/notifications/policy": Example(body={"filter_new_accounts": "false"}),
    "GET /api/v1/notifications/requests": Example(),
    "POST /api/v1/notifications/requests/accept": Example(
        prepare=making.request, body={"id": ["{new}"]}
    ),
    "POST /api/v1/notifications/requests/dismiss": Example(
        prepare=making.request, body={"id": ["{new}"]}
    ),
    "GET /api/v1/notifications/requests/merged": Example(),
    "GET /api/v1/notifications/requests/{id}": Example({"id": "request"}),
    "POST /api/v1/notifications/requests/{id}/accept": Example(NEW, prepare=making.request),
    "POST /api/v1/notifications/requests/{id}/dismiss": Example(NEW, prepare=making.request),
    "GET /api/v1/notifications/{id}": Example(NEW, prepare=making.notification),
    "POST /api/v1/notifications/{id}/dismiss": Example(NEW, prepare=making.notification),
    "DELETE /api/v1/notifications/{id}": Example(NEW, prepare=making.notification),
    "GET /api/v2/notifications": Example(query="?expand_accounts=partial_avatars"),
    "POST /api/v2/notifications/clear": Example(who="bob"),
    "GET /api/v2/notifications/unread_count": Example(),
    "GET /api/v2/notifications/policy": Example(),
    "PATCH /api/v2/notifications/policy": Example(body={"for_new_accounts": "accept"}),
    "GET /api/v2/notifications/{group_key}": Example(
        {"group_key": "group"}, prepare=making.notification
    ),
    "GET /api/v2/notifications/{group_key}/accounts": Example(
        {"group_key": "group"},
        prepare=making.notification,
        any_id="nobody is in a group that is not",
    ),
    "POST /api/v2/notifications/{group_key}/dismiss": Example(
        {"group_key": "group"}, prepare=making.notification, any_id=_same
    ),
    "GET /api/v1/push/subscription": Example(prepare=making.push),
    "POST /api/v1/push/subscription": Example(body=PUSH),
    "PUT /api/v1/push/subscription": Example(
        prepare=making.push, body={"data": {"alerts": {"mention": "false"}}, "policy": "followed"}
    ),
    "DELETE /api/v1/push/subscription": Example(prepare=making.push),
    "GET /api/v1/tags/{name}": Example({"name": "tag"}, any_id="tags need nobody"),
    **{
        f"POST /api/v1/tags/{{name}}/{verb}": Example({"name": "tag"}, any_id="tags need nobody")
        for verb in ("follow", "unfollow", "feature", "unfeature")
    },
    "GET /api/v1/followed_tags": Example(),
    "GET /api/v1/featured_tags": Example(),
    "POST /api/v1/featured_tags": Example(body={"name": "coffee"}),
    "GET /api/v1/featured_tags/suggestions": Example(),
    "DELETE /api/v1/featured_tags/{id}": Example(NEW, prepare=making.tag),
}
EXAMPLES: dict[str, Example] = {**_ACCOUNTS, **_SERVER, **_POSTS, **_GROUPS, **_MEMBERS}
PICTURE = ("a.png", png(), "image/png")
