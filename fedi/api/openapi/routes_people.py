"""What routes about people and the server take and give."""

from fedi.api.openapi.notation import Operation

_RULE = "severity reject_media reject_reports private_comment public_comment obfuscate"

OPERATIONS: dict[str, dict[str, Operation]] = {
    "oauth": {
        "GET /.well-known/oauth-authorization-server": Operation("OAuthMetadata"),
        "POST /oauth/introspect": Operation("TokenIntrospection", "token"),
        "POST /oauth/revoke": Operation("{}", "client_id client_secret token"),
        "POST /oauth/token": Operation(
            "Token",
            "grant_type code client_id client_secret redirect_uri code_verifier scope",
        ),
        "GET /oauth/token/info": Operation("TokenInfo"),
        "GET /oauth/userinfo": Operation("UserInfo"),
        "POST /oauth/userinfo": Operation("UserInfo"),
    },
    "apps": {
        "POST /api/v1/apps": Operation(
            "CredentialApplication",
            "client_name redirect_uris scopes website",
        ),
        "GET /api/v1/apps/verify_credentials": Operation("Application"),
    },
    "instance": {
        "GET /api/v1/instance": Operation("V1::Instance", is_old=True),
        "GET /api/v2/instance": Operation("Instance"),
        "GET /api/v1/instance/activity": Operation("[Activity]"),
        "GET /api/v1/instance/domain_blocks": Operation("[DomainBlock]"),
        "GET /api/v1/instance/extended_description": Operation("ExtendedDescription"),
        "GET /api/v1/instance/languages": Operation("[Language]"),
        "GET /api/v1/instance/peers": Operation("[text]"),
        "GET /api/v1/instance/privacy_policy": Operation("PrivacyPolicy"),
        "GET /api/v1/instance/rules": Operation("[Rule]"),
        "GET /api/v1/instance/terms_of_service": Operation("TermsOfService"),
        "GET /api/v1/instance/terms_of_service/{date}": Operation("TermsOfService"),
        "GET /api/v1/instance/translation_languages": Operation("object"),
        "GET /invite/{invite_code}": Operation("object"),
    },
    "oembed": {
        "GET /api/oembed": Operation("OEmbed", "url maxwidth maxheight"),
    },
    "emails": {
        "GET /api/v1/emails/check_confirmation": Operation("flag"),
        "POST /api/v1/emails/confirmations": Operation("{}", "email"),
    },
    "accounts": {
        "GET /api/v1/accounts": Operation("[Account]", "id[]"),
        "POST /api/v1/accounts": Operation(
            "Token",
            "username email password agreement locale reason date_of_birth",
        ),
        "GET /api/v1/accounts/familiar_followers": Operation("[FamiliarFollowers]", "id[]"),
        "GET /api/v1/accounts/lookup": Operation("Account", "acct"),
        "GET /api/v1/accounts/relationships": Operation("[Relationship]", "id[] with_suspended"),
        "GET /api/v1/accounts/search": Operation("[Account]", "q limit offset resolve following"),
        "PATCH /api/v1/accounts/update_credentials": Operation(
            "CredentialAccount",
            "display_name note avatar header locked bot discoverable hide_collections "
            "indexable attribution_domains[] fields_attributes "
            "fields_attributes[:index][name] fields_attributes[:index][value] "
            "source[privacy] source[sensitive] source[language] source[quote_policy]",
        ),
        "GET /api/v1/accounts/verify_credentials": Operation("CredentialAccount"),
        "GET /api/v1/accounts/{id}": Operation("Account"),
        "POST /api/v1/accounts/{id}/block": Operation("Relationship"),
        "POST /api/v1/accounts/{id}/email_subscriptions": Operation("{}", "email"),
        "POST /api/v1/accounts/{id}/endorse": Operation("Relationship"),
        "GET /api/v1/accounts/{id}/endorsements": Operation("[Account]", "max_id since_id limit"),
        "GET /api/v1/accounts/{id}/featured_tags": Operation("[FeaturedTag]"),
        "POST /api/v1/accounts/{id}/follow": Operation(
            "Relationship",
            "reblogs notify languages[]",
        ),
        "GET /api/v1/accounts/{id}/followers": Operation(
            "[Account]",
            "max_id since_id min_id limit",
        ),
        "GET /api/v1/accounts/{id}/following": Operation(
            "[Account]",
            "max_id since_id min_id limit",
        ),
        "GET /api/v1/accounts/{id}/identity_proofs": Operation("[IdentityProof]", is_old=True),
        "GET /api/v1/accounts/{id}/lists": Operation("[List]"),
        "POST /api/v1/accounts/{id}/mute": Operation("Relationship", "notifications duration"),
        "POST /api/v1/accounts/{id}/note": Operation("Relationship", "comment"),
        "POST /api/v1/accounts/{id}/pin": Operation("Relationship", is_old=True),
        "POST /api/v1/accounts/{id}/remove_from_followers": Operation("Relationship"),
        "GET /api/v1/accounts/{id}/statuses": Operation(
            "[Status]",
            "max_id since_id min_id limit only_media exclude_replies exclude_reblogs pinned tagged",
        ),
        "POST /api/v1/accounts/{id}/unblock": Operation("Relationship"),
        "POST /api/v1/accounts/{id}/unendorse": Operation("Relationship"),
        "POST /api/v1/accounts/{id}/unfollow": Operation("Relationship"),
        "POST /api/v1/accounts/{id}/unmute": Operation("Relationship"),
        "POST /api/v1/accounts/{id}/unpin": Operation("Relationship", is_old=True),
    },
    "profile": {
        "GET /api/v1/profile": Operation("Profile"),
        "PATCH /api/v1/profile": Operation(
            "Profile",
            "display_name note avatar avatar_description header header_description locked "
            "bot discoverable hide_collections indexable show_media show_media_replies "
            "show_featured attribution_domains[] fields_attributes "
            "fields_attributes[:index][name] fields_attributes[:index][value]",
        ),
        "DELETE /api/v1/profile/avatar": Operation("CredentialAccount"),
        "DELETE /api/v1/profile/header": Operation("CredentialAccount"),
    },
    "follow_requests": {
        "GET /api/v1/follow_requests": Operation("[Account]", "max_id since_id limit"),
        "POST /api/v1/follow_requests/{account_id}/authorize": Operation("Relationship"),
        "POST /api/v1/follow_requests/{account_id}/reject": Operation("Relationship"),
    },
    "blocks": {
        "GET /api/v1/blocks": Operation("[Account]", "max_id since_id min_id limit"),
    },
    "mutes": {
        "GET /api/v1/mutes": Operation("[MutedAccount]", "max_id since_id limit"),
    },
    "domain_blocks": {
        "GET /api/v1/domain_blocks": Operation("[text]", "max_id since_id min_id limit"),
        "POST /api/v1/domain_blocks": Operation("{}", "domain"),
        "DELETE /api/v1/domain_blocks": Operation("{}", "domain"),
        "GET /api/v1/domain_blocks/preview": Operation("DomainBlockPreview", "domain"),
    },
    "admin": {
        "GET /api/v1/admin/domain_allows": Operation(
            "[Admin::DomainAllow]", "max_id since_id min_id limit"
        ),
        "POST /api/v1/admin/domain_allows": Operation("Admin::DomainAllow", "domain"),
        "GET /api/v1/admin/domain_allows/{id}": Operation("Admin::DomainAllow"),
        "DELETE /api/v1/admin/domain_allows/{id}": Operation("Admin::DomainAllow"),
        "GET /api/v1/admin/domain_blocks": Operation(
            "[Admin::DomainBlock]", "max_id since_id min_id limit"
        ),
        "POST /api/v1/admin/domain_blocks": Operation("Admin::DomainBlock", f"domain {_RULE}"),
        "GET /api/v1/admin/domain_blocks/{id}": Operation("Admin::DomainBlock"),
        "PUT /api/v1/admin/domain_blocks/{id}": Operation("Admin::DomainBlock", _RULE),
        "DELETE /api/v1/admin/domain_blocks/{id}": Operation("{}"),
    },
    "endorsements": {
        "GET /api/v1/endorsements": Operation("[Account]", "max_id since_id limit"),
    },
    "featured_tags": {
        "GET /api/v1/featured_tags": Operation("[FeaturedTag]"),
        "POST /api/v1/featured_tags": Operation("FeaturedTag", "name"),
        "GET /api/v1/featured_tags/suggestions": Operation("[Tag]"),
        "DELETE /api/v1/featured_tags/{id}": Operation("{}"),
    },
    "followed_tags": {
        "GET /api/v1/followed_tags": Operation("[Tag]", "max_id since_id min_id limit"),
    },
    "tags": {
        "POST /api/v1/tags/{id}/feature": Operation("Tag"),
        "POST /api/v1/tags/{id}/unfeature": Operation("Tag"),
        "GET /api/v1/tags/{name}": Operation("Tag"),
        "POST /api/v1/tags/{name}/follow": Operation("Tag"),
        "POST /api/v1/tags/{name}/unfollow": Operation("Tag"),
    },
    "preferences": {
        "GET /api/v1/preferences": Operation("Preferences"),
    },
    "directory": {
        "GET /api/v1/directory": Operation("[Account]", "offset limit order local"),
    },
    "suggestions": {
        "GET /api/v1/suggestions": Operation("[Account]", "limit", is_old=True),
        "GET /api/v2/suggestions": Operation("[Suggestion]", "limit"),
        "DELETE /api/v1/suggestions/{account_id}": Operation("{}"),
    },
    "trends": {
        "GET /api/v1/trends": Operation("[Tag]", "limit offset", is_old=True),
        "GET /api/v1/trends/links": Operation("[Trends::Link]", "limit offset"),
        "GET /api/v1/trends/statuses": Operation("[Status]", "limit offset"),
        "GET /api/v1/trends/tags": Operation("[Tag]", "limit offset"),
    },
    "announcements": {
        "GET /api/v1/announcements": Operation("[Announcement]"),
        "POST /api/v1/announcements/{id}/dismiss": Operation("{}"),
        "PUT /api/v1/announcements/{id}/reactions/{name}": Operation("{}"),
        "DELETE /api/v1/announcements/{id}/reactions/{name}": Operation("{}"),
    },
    "annual_reports": {
        "GET /api/v1/annual_reports": Operation("WrappedAnnualReports"),
        "GET /api/v1/annual_reports/{year}": Operation("WrappedAnnualReports"),
        "POST /api/v1/annual_reports/{year}/generate": Operation("{}"),
        "POST /api/v1/annual_reports/{year}/read": Operation("{}"),
        "GET /api/v1/annual_reports/{year}/state": Operation("AnnualReportState"),
    },
    "reports": {
        "POST /api/v1/reports": Operation(
            "Report",
            "account_id status_ids[] collection_ids[] comment forward forward_to_domains[] category"
            " rule_ids[]",
        ),
    },
    "custom_emojis": {
        "GET /api/v1/custom_emojis": Operation("[CustomEmoji]"),
    },
    "async_refreshes": {
        "GET /api/v1_alpha/async_refreshes/{id}": Operation("WrappedAsyncRefresh"),
    },
    "donation_campaigns": {
        "GET /api/v1/donation_campaigns": Operation("object", "seed source locale"),
    },
    "peers": {
        "GET /api/v1/peers/search": Operation("[text]", "q"),
    },
}
