"""The features. They know no HTTP server and no door; they change rows and record events."""
