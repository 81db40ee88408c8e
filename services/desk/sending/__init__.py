"""What the notifier sent, as the desk shows it."""
