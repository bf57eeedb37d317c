"""Files: what members upload, and what is kept of other servers' media."""
