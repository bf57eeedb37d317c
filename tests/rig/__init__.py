"""Real instances, real processes, real TLS: what the federation and crash tests drive."""
