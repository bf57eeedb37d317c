"""What routes about posts, and about what members arrange, take and give."""

from fedi.api.openapi.notation import Operation

_RULES = (
    "interaction_policy[can_favourite][automatic_approval][] "
    "interaction_policy[can_favourite][manual_approval][] "
    "interaction_policy[can_reply][automatic_approval][] "
    "interaction_policy[can_reply][manual_approval][] "
    "interaction_policy[can_reblog][automatic_approval][] "
    "interaction_policy[can_reblog][manual_approval][]"
)

OPERATIONS: dict[str, dict[str, Operation]] = {
    "statuses": {
        "GET /api/v1/statuses": Operation("[Status]", "id[]"),
        "POST /api/v1/statuses": Operation(
            "Status|ScheduledStatus",
            "status media_ids[] poll[options][] poll[expires_in] poll[multiple] "
            "poll[hide_totals] in_reply_to_id sensitive spoiler_text visibility language "
            "scheduled_at quoted_status_id quote_approval_policy " + _RULES,
        ),
        "GET /api/v1/statuses/{id}": Operation("Status"),
        "PUT /api/v1/statuses/{id}": Operation(
            "Status",
            "status spoiler_text sensitive language media_ids[] media_attributes[][id] "
            "media_attributes[][description] media_attributes[][focus] "
            "media_attributes[][thumbnail] poll[options][] poll[expires_in] poll[multiple] "
            "poll[hide_totals] quote_approval_policy " + _RULES,
        ),
        "DELETE /api/v1/statuses/{id}": Operation("Status", "delete_media"),
        "POST /api/v1/statuses/{id}/bookmark": Operation("Status"),
        "GET /api/v1/statuses/{id}/card": Operation("PreviewCard|{}", is_old=True),
        "GET /api/v1/statuses/{id}/context": Operation("Context"),
        "POST /api/v1/statuses/{id}/favourite": Operation("Status"),
        "GET /api/v1/statuses/{id}/favourited_by": Operation("[Account]", "max_id since_id limit"),
        "GET /api/v1/statuses/{id}/history": Operation("[StatusEdit]"),
        "PUT /api/v1/statuses/{id}/interaction_policy": Operation(
            "Status",
            "quote_approval_policy",
        ),
        "POST /api/v1/statuses/{id}/mute": Operation("Status"),
        "POST /api/v1/statuses/{id}/pin": Operation("Status"),
        "GET /api/v1/statuses/{id}/quotes": Operation("[Status]", "max_id since_id limit"),
        "POST /api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke": Operation("Status"),
        "POST /api/v1/statuses/{id}/reblog": Operation("Status", "visibility"),
        "GET /api/v1/statuses/{id}/reblogged_by": Operation("[Account]", "max_id since_id limit"),
        "GET /api/v1/statuses/{id}/source": Operation("StatusSource"),
        "POST /api/v1/statuses/{id}/translate": Operation("Translation", "lang"),
        "POST /api/v1/statuses/{id}/unbookmark": Operation("Status"),
        "POST /api/v1/statuses/{id}/unfavourite": Operation("Status"),
        "POST /api/v1/statuses/{id}/unmute": Operation("Status"),
        "POST /api/v1/statuses/{id}/unpin": Operation("Status"),
        "POST /api/v1/statuses/{id}/unreblog": Operation("Status"),
    },
    "interaction_requests": {
        "GET /api/v1/interaction_requests": Operation(
            "[InteractionRequest]",
            "status_id favourites replies reblogs max_id since_id min_id limit",
        ),
        "GET /api/v1/interaction_requests/{id}": Operation("InteractionRequest"),
        "POST /api/v1/interaction_requests/{id}/authorize": Operation("InteractionRequest"),
        "POST /api/v1/interaction_requests/{id}/reject": Operation("InteractionRequest"),
    },
    "media": {
        "POST /api/v1/media": Operation(
            "MediaAttachment",
            "file thumbnail description focus",
            is_old=True,
        ),
        "POST /api/v2/media": Operation("MediaAttachment", "file thumbnail description focus"),
        "GET /api/v1/media/{id}": Operation("MediaAttachment"),
        "PUT /api/v1/media/{id}": Operation("MediaAttachment", "thumbnail description focus"),
        "DELETE /api/v1/media/{id}": Operation("{}"),
    },
    "polls": {
        "GET /api/v1/polls/{id}": Operation("Poll"),
        "POST /api/v1/polls/{id}/votes": Operation("Poll", "choices[]"),
    },
    "scheduled_statuses": {
        "GET /api/v1/scheduled_statuses": Operation(
            "[ScheduledStatus]",
            "max_id since_id min_id limit",
        ),
        "GET /api/v1/scheduled_statuses/{id}": Operation("ScheduledStatus"),
        "PUT /api/v1/scheduled_statuses/{id}": Operation("ScheduledStatus", "scheduled_at"),
        "DELETE /api/v1/scheduled_statuses/{id}": Operation("{}"),
    },
    "reactions": {
        "POST /api/v1/statuses/{id}/react/{name}": Operation("Status"),
        "POST /api/v1/statuses/{id}/unreact/{name}": Operation("Status"),
        "PUT /api/v1/statuses/{id}/emoji_reactions/{name}": Operation("Status"),
        "DELETE /api/v1/statuses/{id}/emoji_reactions/{name}": Operation("Status"),
        "PUT /api/v1/pleroma/statuses/{id}/reactions/{name}": Operation("Status"),
        "DELETE /api/v1/pleroma/statuses/{id}/reactions/{name}": Operation("Status"),
        "GET /api/v1/pleroma/statuses/{id}/reactions": Operation("[Status::Reactors]"),
        "GET /api/v1/pleroma/statuses/{id}/reactions/{name}": Operation("[Status::Reactors]"),
    },
    "bookmarks": {
        "GET /api/v1/bookmarks": Operation("[Status]", "max_id since_id min_id limit"),
    },
    "favourites": {
        "GET /api/v1/favourites": Operation("[Status]", "max_id since_id min_id limit"),
    },
    "timelines": {
        "GET /api/v1/timelines/direct": Operation(
            "[Status]",
            "max_id since_id min_id limit",
            is_old=True,
        ),
        "GET /api/v1/timelines/home": Operation("[Status]", "max_id since_id min_id limit"),
        "GET /api/v1/timelines/link": Operation("[Status]", "url max_id since_id min_id limit"),
        "GET /api/v1/timelines/list/{list_id}": Operation(
            "[Status]",
            "max_id since_id min_id limit",
        ),
        "GET /api/v1/timelines/public": Operation(
            "[Status]",
            "local remote only_media max_id since_id min_id limit",
        ),
        "GET /api/v1/timelines/tag/{hashtag}": Operation(
            "[Status]",
            "any[] all[] none[] local remote only_media max_id since_id min_id limit",
        ),
    },
    "conversations": {
        "GET /api/v1/conversations": Operation("[Conversation]", "max_id since_id min_id limit"),
        "DELETE /api/v1/conversations/{id}": Operation("{}"),
        "POST /api/v1/conversations/{id}/read": Operation("Conversation"),
        "POST /api/v1/conversations/{id}/unread": Operation("Conversation"),
    },
    "lists": {
        "GET /api/v1/lists": Operation("[List]"),
        "POST /api/v1/lists": Operation("List", "title replies_policy exclusive"),
        "GET /api/v1/lists/{id}": Operation("List"),
        "PUT /api/v1/lists/{id}": Operation("List", "title replies_policy exclusive"),
        "DELETE /api/v1/lists/{id}": Operation("{}"),
        "GET /api/v1/lists/{id}/accounts": Operation("[Account]", "max_id since_id min_id limit"),
        "POST /api/v1/lists/{id}/accounts": Operation("{}", "account_ids[]"),
        "DELETE /api/v1/lists/{id}/accounts": Operation("{}", "account_ids[]"),
    },
    "groups": {
        "GET /api/v1/fedi/groups": Operation("[FediGroup]"),
        "POST /api/v1/fedi/groups": Operation(
            "FediGroup", "name display_name note posting approval"
        ),
        "GET /api/v1/fedi/groups/{id}": Operation("FediGroup"),
        "PATCH /api/v1/fedi/groups/{id}": Operation(
            "FediGroup", "display_name note posting approval"
        ),
        "DELETE /api/v1/fedi/groups/{id}": Operation("{}"),
        "GET /api/v1/fedi/groups/{id}/moderators": Operation("[Account]"),
        "POST /api/v1/fedi/groups/{id}/moderators/{account_id}": Operation("{}"),
        "DELETE /api/v1/fedi/groups/{id}/moderators/{account_id}": Operation("{}"),
        "GET /api/v1/fedi/groups/{id}/bans": Operation("[Account]"),
        "POST /api/v1/fedi/groups/{id}/bans/{account_id}": Operation("{}", "reason expires_in"),
        "DELETE /api/v1/fedi/groups/{id}/bans/{account_id}": Operation("{}"),
        "GET /api/v1/fedi/groups/{id}/queue": Operation("[Status]"),
        "POST /api/v1/fedi/groups/{id}/posts/{status_id}/approve": Operation("{}"),
        "POST /api/v1/fedi/groups/{id}/posts/{status_id}/remove": Operation("{}", "reason"),
        "POST /api/v1/fedi/groups/{id}/posts/{status_id}/lock": Operation("{}"),
        "POST /api/v1/fedi/groups/{id}/posts/{status_id}/unlock": Operation("{}"),
    },
    "collections": {
        "GET /api/v1/accounts/{account_id}/collections": Operation("Collections", "limit offset"),
        "GET /api/v1/accounts/{account_id}/in_collections": Operation(
            "Collections",
            "limit offset",
        ),
        "GET /api/v1_alpha/accounts/{account_id}/collections": Operation(
            "Collections",
            "limit offset",
            is_old=True,
        ),
        "GET /api/v1_alpha/accounts/{account_id}/in_collections": Operation(
            "Collections",
            "limit offset",
            is_old=True,
        ),
        "POST /api/v1_alpha/collections": Operation(
            "WrappedCollection",
            "name description language tag_name sensitive discoverable account_ids",
            is_old=True,
        ),
        "POST /api/v1_alpha/collections/{collection_id}/items": Operation(
            "WrappedCollectionItem",
            "account_id",
            is_old=True,
        ),
        "DELETE /api/v1_alpha/collections/{collection_id}/items/{id}": Operation("{}", is_old=True),
        "POST /api/v1_alpha/collections/{collection_id}/items/{id}/revoke": Operation(
            "{}",
            "",
            is_old=True,
        ),
        "GET /api/v1_alpha/collections/{id}": Operation("CollectionWithAccounts", is_old=True),
        "PATCH /api/v1_alpha/collections/{id}": Operation(
            "WrappedCollection",
            "name description language tag_name sensitive discoverable",
            is_old=True,
        ),
        "DELETE /api/v1_alpha/collections/{id}": Operation("{}", is_old=True),
        "POST /api/v1/collections": Operation(
            "WrappedCollection",
            "name description language tag_name sensitive discoverable account_ids",
        ),
        "POST /api/v1/collections/{collection_id}/items": Operation(
            "WrappedCollectionItem",
            "account_id",
        ),
        "DELETE /api/v1/collections/{collection_id}/items/{id}": Operation("{}"),
        "POST /api/v1/collections/{collection_id}/items/{id}/revoke": Operation("{}"),
        "GET /api/v1/collections/{id}": Operation("CollectionWithAccounts"),
        "PATCH /api/v1/collections/{id}": Operation(
            "WrappedCollection",
            "name description language tag_name sensitive discoverable",
        ),
        "DELETE /api/v1/collections/{id}": Operation("{}"),
    },
    "markers": {
        "GET /api/v1/markers": Operation("{Marker}", "timeline[]"),
        "POST /api/v1/markers": Operation(
            "{Marker}",
            "home[last_read_id] notifications[last_read_id]",
        ),
    },
    "notifications": {
        "GET /api/v1/notifications": Operation(
            "[Notification]",
            "max_id since_id min_id limit types[] exclude_types[] account_id "
            "include_filtered supported_types[]",
        ),
        "GET /api/v2/notifications": Operation(
            "GroupedNotificationsResults",
            "max_id since_id min_id limit types[] exclude_types[] account_id "
            "expand_accounts grouped_types[] include_filtered supported_types[]",
        ),
        "POST /api/v1/notifications/clear": Operation("{}"),
        "POST /api/v2/notifications/clear": Operation("{}"),
        "DELETE /api/v1/notifications/destroy_multiple": Operation("{}", "ids[]", is_old=True),
        "GET /api/v1/notifications/policy": Operation("V1::NotificationPolicy", is_old=True),
        "PATCH /api/v1/notifications/policy": Operation(
            "V1::NotificationPolicy",
            "filter_not_following filter_not_followers filter_new_accounts filter_private_mentions",
            is_old=True,
        ),
        "GET /api/v2/notifications/policy": Operation("NotificationPolicy"),
        "PATCH /api/v2/notifications/policy": Operation(
            "NotificationPolicy",
            "for_not_following for_not_followers for_new_accounts for_private_mentions "
            "for_limited_accounts for_bots",
        ),
        "GET /api/v1/notifications/requests": Operation(
            "[NotificationRequest]",
            "max_id since_id min_id limit",
        ),
        "POST /api/v1/notifications/requests/accept": Operation("{}", "id[]"),
        "POST /api/v1/notifications/requests/dismiss": Operation("{}", "id[]"),
        "GET /api/v1/notifications/requests/merged": Operation("MergedNotifications"),
        "GET /api/v1/notifications/requests/{id}": Operation("NotificationRequest"),
        "POST /api/v1/notifications/requests/{id}/accept": Operation("{}"),
        "POST /api/v1/notifications/requests/{id}/dismiss": Operation("{}"),
        "GET /api/v1/notifications/unread_count": Operation(
            "UnreadCount",
            "limit types[] exclude_types[] account_id",
        ),
        "GET /api/v2/notifications/unread_count": Operation(
            "UnreadCount",
            "limit types[] exclude_types[] account_id grouped_types[]",
        ),
        "GET /api/v2/notifications/{group_key}": Operation(
            "GroupedNotificationsResults",
            "supported_types[]",
        ),
        "GET /api/v2/notifications/{group_key}/accounts": Operation("[Account]"),
        "POST /api/v2/notifications/{group_key}/dismiss": Operation("{}"),
        "GET /api/v1/notifications/{id}": Operation("Notification", "supported_types[]"),
        "DELETE /api/v1/notifications/{id}": Operation("{}", is_old=True),
        "POST /api/v1/notifications/{id}/dismiss": Operation("{}"),
    },
    "push": {
        "GET /api/v1/push/subscription": Operation("WebPushSubscription"),
        "POST /api/v1/push/subscription": Operation(
            "WebPushSubscription",
            "subscription[endpoint] subscription[keys][p256dh] subscription[keys][auth] "
            "subscription[standard] data[alerts][mention] data[alerts][quote] "
            "data[alerts][status] data[alerts][reblog] data[alerts][follow] "
            "data[alerts][follow_request] data[alerts][favourite] data[alerts][poll] "
            "data[alerts][update] data[alerts][quoted_update] data[alerts][admin.sign_up] "
            "data[alerts][admin.report] data[policy]",
        ),
        "PUT /api/v1/push/subscription": Operation(
            "WebPushSubscription",
            "data[alerts][mention] data[alerts][status] data[alerts][reblog] "
            "data[alerts][follow] data[alerts][follow_request] data[alerts][favourite] "
            "data[alerts][poll] data[alerts][update] data[alerts][admin.sign_up] "
            "data[alerts][admin.report] policy",
        ),
        "DELETE /api/v1/push/subscription": Operation("{}"),
    },
    "filters": {
        "GET /api/v1/filters": Operation("[V1::Filter]", is_old=True),
        "POST /api/v1/filters": Operation(
            "V1::Filter",
            "phrase context[] irreversible whole_word expires_in",
            is_old=True,
        ),
        "GET /api/v2/filters": Operation("[Filter]"),
        "POST /api/v2/filters": Operation(
            "Filter",
            "title context[] filter_action expires_in keywords_attributes[][keyword] "
            "keywords_attributes[][whole_word] keywords_attributes[][id] "
            "keywords_attributes[][_destroy]",
        ),
        "GET /api/v2/filters/keywords/{id}": Operation("FilterKeyword"),
        "PUT /api/v2/filters/keywords/{id}": Operation("FilterKeyword", "keyword whole_word"),
        "DELETE /api/v2/filters/keywords/{id}": Operation("{}"),
        "GET /api/v2/filters/statuses/{id}": Operation("FilterStatus"),
        "DELETE /api/v2/filters/statuses/{id}": Operation("FilterStatus"),
        "GET /api/v2/filters/{filter_id}/keywords": Operation("[FilterKeyword]"),
        "POST /api/v2/filters/{filter_id}/keywords": Operation(
            "FilterKeyword",
            "keyword whole_word",
        ),
        "GET /api/v2/filters/{filter_id}/statuses": Operation("[FilterStatus]"),
        "POST /api/v2/filters/{filter_id}/statuses": Operation("FilterStatus", "status_id"),
        "GET /api/v1/filters/{id}": Operation("V1::Filter", is_old=True),
        "PUT /api/v1/filters/{id}": Operation(
            "V1::Filter",
            "phrase context[] irreversible whole_word expires_in",
            is_old=True,
        ),
        "DELETE /api/v1/filters/{id}": Operation("{}", is_old=True),
        "GET /api/v2/filters/{id}": Operation("Filter"),
        "PUT /api/v2/filters/{id}": Operation(
            "Filter",
            "title context[] filter_action expires_in keywords_attributes[][keyword] "
            "keywords_attributes[][whole_word] keywords_attributes[][id] "
            "keywords_attributes[][_destroy]",
        ),
        "DELETE /api/v2/filters/{id}": Operation("{}"),
    },
    "search": {
        "GET /api/v2/search": Operation(
            "Search",
            "q type resolve following account_id exclude_unreviewed max_id min_id limit offset",
        ),
    },
}
