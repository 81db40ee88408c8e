"""What helps people at work on a case: drafts, ready-made texts, files of answers, what may be done now."""
