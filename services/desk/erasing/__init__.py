"""What the desk removes when parts of a complaint are erased elsewhere: `remains.py` says what a case is without them,
`eraser.py` makes it so.

The case itself stays, with its states, deadlines and figures, and can be made again from its timeline as it is then.
The reasons that people gave for their acts stay too: they are the people's own words, and part of the audit.
"""
