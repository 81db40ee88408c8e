"""Complaints that people of the city enter for a citizen. They are kept by intake, through its one door.

Read typed.py for the form, entries.py for how intake is asked, entering.py for what is noted here.
"""
