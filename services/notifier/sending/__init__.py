"""Making the attempts: whose turn it is, whether to send, how it ended, and when to try again."""
