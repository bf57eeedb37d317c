"""The wire: ActivityPub as documents, signatures and WebFinger. No database, no framework; the HTTP client is passed in."""
