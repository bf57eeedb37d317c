"""Other servers: what we decided about them (policy, service) and how they fare (reachability)."""
