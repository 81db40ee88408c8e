"""Intake owns complaints as they were received, their contacts, and the timeline that citizens see.

Hears  complaint.routed.v1, complaint.unrouted.v1, case.assigned.v1
Says   complaint.received.v1
Path   channels/, api/, open311/ (raw input to a Submission) -> accept.py (the only door) -> repository.py -> tracking
"""
