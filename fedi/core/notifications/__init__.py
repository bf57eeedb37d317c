"""What members are told about."""
