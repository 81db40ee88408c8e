"""The router's internal API: rulesets.py (versions and acts on them), drafts.py (changes that people prepare)."""
