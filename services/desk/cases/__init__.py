"""Cases as people work them: what a case is, what may be done with it, what happened to it."""
