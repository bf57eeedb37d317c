"""Door: WebSocket and SSE."""
