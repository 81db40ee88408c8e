"""The people who may log in, what they may do, and how they prove who they are."""
