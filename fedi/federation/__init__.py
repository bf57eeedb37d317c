"""Door: server to server, in and out."""
