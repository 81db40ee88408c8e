"""The router owns rules and decisions.

Hears  complaint.received, .added, .erased, agency.changed, case.assigned (all v1)
Says   complaint.routed.v1, complaint.unrouted.v1
Path   handlers.py (takes a complaint) -> decide.py (text to decision: text.py, places.py, matcher.py) -> repository.py
Drafts proposing/ (people change rules at the desk: proposals.py, approval.py; what they would move: trial_worker.py)
Rules  versions.py (the one door by which a rule set comes in force) -> in_force.py (what decides now, followed by all)
"""
