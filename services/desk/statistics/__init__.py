"""What the city counts of its cases: facts of each, sums of each month, pages, and what is open to everybody.

`figure.py` makes the facts of one case from what the desk keeps of it, `keeping.py` renews them after each step and
sums the months that changed, `report.py` reads the sums for a page, `suppression.py` decides what the public may see.
"""
