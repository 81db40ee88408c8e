"""How long a case may take: counting days, the clocks of a case, the ladder of those who hear of what is late."""
