"""Rules changed by people at the desk: drafts, proposals that another person approves, and what they would move."""
