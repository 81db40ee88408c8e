"""Many cases at once: lists, search, acts on several."""
