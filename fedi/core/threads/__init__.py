"""Whole conversations: what of a thread is known here, and fetching the rest where it lives."""
