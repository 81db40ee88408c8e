"""Cases as an operator enters them in the national system SP4N-LAPOR!, as CSV or JSON.

Read wanted.py for what can be asked, reading.py for how it is read in pieces, record.py for what each column says,
writing.py for the two formats. No contact leaves by it, and no confidential case: those are only counted.
"""
