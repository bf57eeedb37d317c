"""The server, its rules, and the apps that talk to it. In the notation of `notation.py`."""

from fedi.api.openapi.notation import Shape

ENTITIES: dict[str, Shape] = {
    "Instance": {
        "domain": "text",
        "title": "text",
        "version": "text",
        "source_url": "url",
        "description": "text",
        "wrapstodon": "text?",
        "usage": {
            "users": {
                "active_month": "integer",
            },
        },
        "thumbnail": {
            "url": "url",
            "description": "text",
            "blurhash?": "text",
            "versions?": {
                "@1x?": "url",
                "@2x?": "url",
            },
        },
        "icon": "[InstanceIcon]",
        "languages": "[text]",
        "configuration": {
            "urls": {
                "streaming": "url",
                "status": "url?",
                "about": "url",
                "privacy_policy": "url?",
                "terms_of_service": "url?",
            },
            "vapid": {
                "public_key": "text",
            },
            "accounts": {
                "max_display_name_length": "integer",
                "max_note_length": "integer",
                "max_avatar_description_length": "integer",
                "max_header_description_length": "integer",
                "max_featured_tags": "integer",
                "max_pinned_statuses": "integer",
                "max_profile_fields": "integer",
                "profile_field_name_limit": "integer",
                "profile_field_value_limit": "integer",
            },
            "statuses": {
                "max_characters": "integer",
                "max_media_attachments": "integer",
                "characters_reserved_per_url": "integer",
            },
            "media_attachments": {
                "supported_mime_types": "[text]",
                "description_limit": "integer",
                "image_size_limit": "integer",
                "image_matrix_limit": "integer",
                "video_size_limit": "integer",
                "video_frame_rate_limit": "integer",
                "video_matrix_limit": "integer",
            },
            "polls": {
                "max_options": "integer",
                "max_characters_per_option": "integer",
                "min_expiration": "integer",
                "max_expiration": "integer",
            },
            "translation": {
                "enabled": "flag",
            },
            "timelines_access": {
                "live_feeds": {
                    "local": "public|authenticated|disabled",
                    "remote": "public|authenticated|disabled",
                },
                "hashtag_feeds": {
                    "local": "public|authenticated",
                    "remote": "public|authenticated|disabled",
                },
                "trending_link_feeds": {
                    "local": "public|authenticated",
                    "remote": "public|authenticated|disabled",
                },
            },
            "limited_federation": "flag",
        },
        "registrations": {
            "enabled": "flag",
            "approval_required": "flag",
            "message": "html?",
            "min_age": "integer?",
            "reason_required": "flag?",
            "url": "url?",
        },
        "api_versions": {
            "mastodon": "integer",
        },
        "contact": {
            "email": "text",
            "account": "Account?",
        },
        "rules": "[Rule]",
    },
    "V1::Instance": {
        "uri": "text",
        "title": "text",
        "short_description": "text",
        "description": "text",
        "email": "text",
        "version": "text",
        "urls": {
            "streaming_api": "url",
        },
        "stats": {
            "user_count": "integer",
            "status_count": "integer",
            "domain_count": "integer",
        },
        "thumbnail": "url?",
        "languages": "[text]",
        "registrations": "flag",
        "approval_required": "flag",
        "invites_enabled": "flag",
        "configuration": {
            "accounts": {
                "max_featured_tags": "integer",
            },
            "statuses": {
                "max_characters": "integer",
                "max_media_attachments": "integer",
                "characters_reserved_per_url": "integer",
            },
            "media_attachments": {
                "supported_mime_types": "[text]",
                "image_size_limit": "integer",
                "image_matrix_limit": "integer",
                "video_size_limit": "integer",
                "video_frame_rate_limit": "integer",
                "video_matrix_limit": "integer",
            },
            "polls": {
                "max_options": "integer",
                "max_characters_per_option": "integer",
                "min_expiration": "integer",
                "max_expiration": "integer",
            },
        },
        "contact_account": "Account?",
        "rules": "[Rule]",
    },
    "InstanceIcon": {
        "src": "text",
        "size": "text",
    },
    "Rule": {
        "id": "id",
        "text": "text",
        "hint": "text",
        "translations": "object",
    },
    "ExtendedDescription": {
        "updated_at": "moment",
        "content": "html",
    },
    "PrivacyPolicy": {
        "updated_at": "moment",
        "content": "html",
    },
    "TermsOfService": {
        "effective_date": "day",
        "effective": "flag",
        "content": "html",
        "succeeded_by": "day?",
    },
    "DomainBlock": {
        "domain": "text",
        "digest": "text",
        "severity": "silence|suspend",
        "comment?": "text",
    },
    "DomainBlockPreview": {
        "followers_count": "integer",
        "following_count": "integer",
    },
    "Language": {
        "code": "text",
        "name": "text",
    },
    "Application": {
        "id": "text",
        "name": "text",
        "website?": "url?",
        "scopes": "[text]",
        "redirect_uris": "[url]",
        "redirect_uri": "text",
        "vapid_key": "text",
    },
    "CredentialApplication": {
        "...": "Application",
        "client_id": "text",
        "client_secret": "text",
        "client_secret_expires_at": "integer",
    },
    "Token": {
        "access_token": "text",
        "token_type": "text",
        "scope": "text",
        "created_at": "integer",
    },
    "OAuthMetadata": {
        "issuer": "url",
        "authorization_endpoint": "url",
        "token_endpoint": "url",
        "revocation_endpoint": "url",
        "userinfo_endpoint": "url",
        "app_registration_endpoint": "url",
        "service_documentation": "url",
        "scopes_supported": "[text]",
        "response_types_supported": "[text]",
        "response_modes_supported": "[text]",
        "grant_types_supported": "[text]",
        "token_endpoint_auth_methods_supported": "[text]",
        "code_challenge_methods_supported": "[text]",
    },
    "Error": {
        "error": "text",
        "error_description?": "text",
    },
}
