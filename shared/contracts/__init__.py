"""The messages: what the system can say, by type and version.

Read `complaint.py`, `case.py`, `agency.py`, `delivery.py`, `person.py` and `audit.py` to know every fact that
travels; `envelope.py` says how it travels; `registry.py` finds the class for a type.
"""
