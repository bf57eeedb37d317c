"""Conversations: threads of direct posts, as each member who takes part sees them."""
