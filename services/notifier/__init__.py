"""The notifier owns deliveries: who is told what, by which channel, and what became of it.

Hears  complaint.* and case.* as far as somebody is to be told, agency.changed.v1, delivery.reported.v1
Says   delivery.finished.v1
Path   handlers.py (planning/: fact to deliveries) -> sending/ (whose turn, whether, by which channel; writing/: words)
       -> channels/; what comes back: feedback/
"""
