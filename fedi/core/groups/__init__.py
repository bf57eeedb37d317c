"""Groups: those of others that members read, and those that live here."""
