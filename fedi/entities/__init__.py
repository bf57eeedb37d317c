"""Model → Mastodon JSON, always in batches."""
