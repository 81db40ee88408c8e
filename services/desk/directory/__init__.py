"""The agency directory: who they are, how they are reached, who works there."""
