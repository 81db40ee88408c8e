"""The router owns rules and decisions.

Hears  complaint.received.v1, agency.changed.v1
Says   complaint.routed.v1, complaint.unrouted.v1
Path   handlers.py (takes a complaint) -> decide.py (text to decision: text.py, places.py, matcher.py) -> repository.py
"""
