"""What was decided about likes, answers, boosts and quotes: by members here, and by others."""
