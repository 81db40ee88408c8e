"""The router's rules as people at the desk see and change them. They lie at the router; this asks it."""
