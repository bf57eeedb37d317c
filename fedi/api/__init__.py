"""Door: the Mastodon client API, one file per resource."""
