"""What the data-protection officer does at a terminal: purge, delete, export, and who has seen a contact."""
