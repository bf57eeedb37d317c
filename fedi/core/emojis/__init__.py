"""Custom emojis: small pictures with names, of this server."""
