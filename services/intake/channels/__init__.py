"""The ways in: each turns raw input into a Submission and hands it to the one door."""
