"""The notifier owns deliveries: who is told what, by which channel, and what became of it.

Hears  complaint.received.v1, complaint.routed.v1, case.assigned.v1, agency.changed.v1
Says   delivery.finished.v1
Path   handlers.py (plan.py: event to deliveries) -> attempt.py (compose.py: delivery to words) -> channels/
"""
