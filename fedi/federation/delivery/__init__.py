"""The parts of delivering: what an answer means, what we know of hosts, signing, the ledger."""
