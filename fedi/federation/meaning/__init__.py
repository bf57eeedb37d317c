"""What several activities share: what they say of lists, consent, emojis, groups and relays."""
