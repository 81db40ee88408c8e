"""The desk owns cases as people work them, the agency directory, and the people who may log in.

Hears  complaint.routed, .unrouted, .reassessed, .added, .followed, .lapsed, .rated, .erased, delivery.finished (all v1)
Says   agency.changed.v1, case.assigned.v1, case.acknowledged.v1, case.answered.v1, case.closed.v1,
       person.mail-wanted.v1, audit.head.v1
Path   handlers.py (takes a fact) -> cases.py (facts to one case) -> repository.py -> views/ -> assign.py (a coordinator
       gives it to an agency) -> acts.py (the agency takes note, answers, closes)
"""
