"""What authors let others do with their posts, and who asks them for it."""
