"""What is read from other servers on our own account: people, their past, their pins."""
