"""The wire: documents, signatures, WebFinger. No database, no framework, no network of its own."""
