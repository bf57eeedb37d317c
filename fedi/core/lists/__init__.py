"""Lists of members: chosen accounts, and a feed of what they post."""
