"""What comes in: from a request to a row, and from a row to its effect."""
