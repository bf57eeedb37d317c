"""Posts: who may see them, how they are written, received and read."""
