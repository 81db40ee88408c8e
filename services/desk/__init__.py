"""The desk owns cases as people work them, the agency directory, and the people who may log in.

Hears  complaint.routed.v1, complaint.unrouted.v1, delivery.finished.v1
Says   agency.changed.v1, case.assigned.v1
Path   handlers.py (takes a fact) -> cases.py (facts to one case) -> repository.py -> views/ -> assign.py (a person)
"""
