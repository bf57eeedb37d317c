"""Search: people, posts and hashtags, here and (where asked to) elsewhere."""
