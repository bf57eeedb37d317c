"""What the hot paths cost: one real instance, one peer, loopback only. See docs/performance.md."""
