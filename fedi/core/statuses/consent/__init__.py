"""Who may like, answer, boost and quote a post, and what waits for a word of its author."""
