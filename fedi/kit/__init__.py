"""The toolbox: knows nothing of fedi. May import `config` and the standard world only."""
